import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

describe("a plugin that a program loads", () => {
  it("is refused when another has its name, however their files are called", async () => {
    await using scene = await PluginScene.start({
      plugins: { "one.js": pluginText({ name: "twin" }) },
      files: {
        "elsewhere/other.js": pluginText({ name: "twin" }),
        "elsewhere/twin.js": pluginText({ name: "single" }),
      },
    });
    await scene.open("twin");
    const load = (path: string) =>
      scene.manager.loadPlugin({ path: scene.test.workspace.join(path), config: {}, grant: [] });
    await expect(load("elsewhere/other.js")).rejects.toMatchObject({
      code: "plugin.duplicate",
      params: { plugin: "twin", other: expect.stringMatching(/one\.js$/) },
    });
    expect((await load("elsewhere/twin.js")).name).toBe("single");
    expect(scene.manager.plugins.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "twin running",
      "single running",
    ]);
  });
});
