import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

describe("plugins among themselves", () => {
  const base = pluginText({ name: "base", version: "1.4.0", execute: "return input.n + 1" });

  it("are started in the order of their dependencies and can use them", async () => {
    await using scene = await PluginScene.start({
      plugins: {
        "a_first.js": pluginText({
          name: "first",
          dependencies: ["base@^1.2.0"],
          execute: `
            const other = await context.usePlugin("unnamed", {}).catch((error) => error.message);
            return [await context.usePlugin("base", { n: 41 }), other];`,
        }),
        "z_base.js": base,
      },
      calls: [{ tool: "plugin__first__execute", input: {} }],
    });
    await scene.run();
    expect(scene.results("plugin__first__execute")).toMatchObject([
      { content: '[42,"unnamed is not among the dependencies in its metadata"]' },
    ]);
    expect(scene.all("tool_use").filter(({ tool }) => tool === "use_plugin")).toMatchObject([
      { source: "plugin_first", input: { plugin: "unnamed" } },
      { source: "plugin_first", input: { plugin: "base", input: { n: 41 } } },
    ]);
  });

  it.each([
    ["missing", { dependencies: ["ghost"] }, "it needs ghost, which is not there"],
    ["the wrong version", { dependencies: ["base@^2.0.0"] }, "it needs base ^2.0.0, and 1.4.0 is there"],
    ["a circle", { dependencies: ["own"] }, "it is part of a circle: own → own"],
  ])("are not started when a dependency is %s", async (_, more, detail) => {
    await using scene = await PluginScene.start({
      plugins: { "base.js": base, "own.js": pluginText({ name: "own", ...more }) },
    });
    expect((await scene.open("own")).error).toMatchObject({
      code: "plugin.dependency",
      params: { plugin: "own", detail },
    });
    expect(scene.plugin("base").state).toBe("running");
  });

  it("get their configuration from the user's settings, checked by their own schema", async () => {
    const text = `import { BasePlugin } from "ai-orchestrator/plugin";
      export default class extends BasePlugin {
        metadata = { name: "conf", version: "1.0.0", description: "d",
          configSchema: { type: "object", properties: { tone: { type: "string" } }, required: ["tone"] } };
        async initialize(config) { this.tone = config.tone; }
        async execute() { return this.tone; }
      }`;
    await using scene = await PluginScene.start({
      plugins: { "conf.js": text },
      settings: { "plugins.configuration": { conf: { tone: "dry" } } },
      calls: [{ tool: "plugin__conf__execute", input: {} }],
    });
    await scene.run();
    expect(scene.results("plugin__conf__execute")).toEqual([{ content: "dry", isError: false }]);
    await using bad = await PluginScene.start({ plugins: { "conf.js": text } });
    expect((await bad.open("conf")).error?.params).toMatchObject({ detail: expect.stringContaining("tone") });
  });
});

describe("another configuration", () => {
  const text = pluginText({
    name: "conf",
    initialize: 'if (config.tone === undefined) throw new Error("no tone"); this.tone = config.tone;',
    execute: "return this.tone;",
  });

  it("is seen by a plugin that failed or runs with the one before, and by no other", async () => {
    await using scene = await PluginScene.start({
      plugins: { "conf.js": text, "other.js": pluginText({ name: "other" }) },
    });
    const file = { values: {} };
    const manager = scene.anotherManager(file);
    const opened = async (name: string) => {
      await manager.open(scene.test.folders);
      return manager.plugins.find((plugin) => plugin.name === name);
    };
    const tone = (): Promise<unknown> | undefined =>
      manager
        .runningIn(scene.test.folders)
        .find(({ name }) => name === "conf")
        ?.call("execute", undefined, { input: {} });
    try {
      const other = await opened("other");
      expect((await opened("conf"))?.error?.params).toMatchObject({ detail: expect.stringContaining("no tone") });
      for (const wanted of ["dry", "warm"]) {
        file.values = { "plugins.configuration": { conf: { tone: wanted } } };
        const before = await opened("conf");
        expect(before?.state).toBe("running");
        expect(await tone()).toBe(wanted);
        expect((await opened("conf"))?.pid).toBe(before?.pid);
      }
      expect((await opened("other"))?.pid).toBe(other?.pid);
    } finally {
      await manager.close();
    }
  });
});

describe("two plugins of one name", () => {
  it("one is used, and when it is gone the other", async () => {
    await using scene = await PluginScene.start({
      plugins: { "a.js": pluginText({ name: "twin" }), "b.js": pluginText({ name: "twin", version: "2.0.0" }) },
    });
    await scene.open("twin");
    const states = () => scene.manager.plugins.map(({ version, state }) => `${version} ${state}`);
    expect(states()).toEqual(["1.0.0 running", "2.0.0 failed"]);
    await rm(scene.test.workspace.join(".ai-orchestrator/plugins/a.js"));
    await scene.manager.open(scene.test.folders);
    await scene.grantAll();
    await scene.manager.open(scene.test.folders);
    expect(states()).toEqual(["2.0.0 running"]);
  });
});
