/** A plugin that crashed is started again, and whatever else happens meanwhile is not disturbed by it. */
import { describe, expect, it } from "vitest";
import type { Plugin } from "../../../../src/core/plugins/plugin.ts";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

/** Looping, it ends its process. */
const text = pluginText({ name: "bad", initialize: 'console.log("begins");', execute: "for (;;);" });
const limits = { cpuMilliseconds: 200 };

const nodePlugin = (before: string) => ({
  "own/package.json": JSON.stringify({ name: "own", version: "1.0.0", description: "d", runtime: "node" }),
  "own/index.js": `import { BasePlugin } from "ai-orchestrator/plugin";
${before}
export default class extends BasePlugin {
  metadata = { name: "own", version: "1.0.0", description: "d" };
  async execute() { process.exit(3); }
}`,
});

async function crash(scene: PluginScene): Promise<Plugin> {
  const [plugin] = scene.manager.runningIn(scene.test.folders);
  if (plugin === undefined) throw new Error("no plugin runs");
  await plugin.call("execute", undefined, { input: {} }).catch(() => undefined);
  expect(plugin.state).toBe("restarting");
  return plugin;
}

describe("a plugin that crashed", () => {
  it("is initialized once, when a look at the folder comes at the same time", async () => {
    await using scene = await PluginScene.start({ plugins: { "bad.js": text }, limits });
    await scene.open("bad");
    const { log } = await crash(scene);
    const before = log.lines.length;
    await Promise.all([scene.test.clock.advance(1000), scene.open("bad"), scene.open("bad")]);
    await scene.open("bad");
    expect(scene.plugin("bad").state).toBe("running");
    expect(log.lines.slice(before).map((line) => line.text)).toEqual(["begins"]);
  });

  it.each([
    ["revoked", (scene: PluginScene) => scene.manager.revoke("own"), "needsGrant"],
    ["disabled", (scene: PluginScene) => scene.manager.disable("own"), "disabled"],
  ])("stays stopped when it is %s while it starts again", async (_, take, state) => {
    await using scene = await PluginScene.start({ plugins: nodePlugin("") });
    await scene.open("own");
    const plugin = await crash(scene);
    await Promise.all([scene.test.clock.advance(1000), take(scene)]);
    expect(await scene.open("own")).toMatchObject({ state });
    expect(plugin.pid).toBeUndefined();
  });
});

describe("a plugin that never ends to start", () => {
  it("holds up nobody who takes its grant back", async () => {
    await using scene = await PluginScene.start({
      plugins: nodePlugin('console.log("begins"); setInterval(() => undefined, 1000); await new Promise(() => {});'),
    });
    await scene.manager.open(scene.test.folders, { start: false });
    const begun = Promise.withResolvers<void>();
    const log = scene.manager.log(scene.plugin("own").path);
    using _ = log?.onLine((line) => line.text === "begins" && begun.resolve());
    const opening = scene.manager.open(scene.test.folders);
    await begun.promise;
    expect(await scene.manager.revoke("own")).toBe(true);
    await opening;
    expect(scene.plugin("own").state).toBe("needsGrant");
    expect(scene.plugin("own").pid).toBeUndefined();
  });
});
