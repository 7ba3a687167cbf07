import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";
import { isRunning } from "../../../support/processState.ts";

const reader = (more: object = {}) =>
  pluginText({ name: "reader", permissions: ["files:read"], execute: "return 1", ...more });
const FILE = ".ai-orchestrator/plugins/reader.js";

describe("a grant", () => {
  it("comes first: a plugin nobody granted does not run, and says what it asks for", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() }, grant: false });
    await scene.run();
    expect(scene.plugin("reader")).toMatchObject({
      state: "needsGrant",
      permissions: [{ permission: "files:read", used: 0 }],
    });
    expect(scene.plugin("reader").pid).toBeUndefined();
    expect(scene.all("plugin_error")).toMatchObject([
      { plugin: "reader", error: { code: "plugin.notGranted", params: { permissions: "files:read" } } },
    ]);
    expect(scene.events.at(-1)?.type).toBe("workflow_completed");
  });

  it("is for the bytes that were shown: a change asks again, with the difference", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    expect((await scene.open("reader")).state).toBe("running");
    const changed = reader({ permissions: ["files:write", "network:example.com"], execute: "return 2" });
    await scene.test.workspace.write({ [FILE]: changed });
    expect((await scene.open("reader")).state).toBe("changed");
    const review = await scene.manager.review("reader");
    expect(review).toMatchObject({
      isChange: true,
      added: ["files:write", "network:example.com"],
      dropped: ["files:read"],
    });
    expect(review.code).toContain("-  async execute(input, context) { return 1 }");
    expect(review.code).toContain("+  async execute(input, context) { return 2 }");
    await scene.test.workspace.write({ [FILE]: `${changed}\n// once more` });
    await expect(scene.manager.grant(review)).rejects.toMatchObject({ code: "plugin.changed" });
    await scene.grantAll();
    expect((await scene.open("reader")).state).toBe("running");
  });

  it("is asked with what is new first, then with what can do most harm", async () => {
    const harmless = ["events:step_started", "files:read:a.md", "files:read:b.md"];
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader({ permissions: harmless }) } });
    const permissions = [
      ...harmless,
      "events:step_failed",
      "agents:spawn",
      "network:a.org",
      "files:write:x",
      "process:sh",
    ];
    await scene.test.workspace.write({ [FILE]: reader({ permissions }) });
    await scene.open("reader");
    expect((await scene.manager.review("reader")).permissions).toEqual([
      ...["process:sh", "files:write:x", "network:a.org", "agents:spawn", "events:step_failed"],
      ...["files:read:a.md", "files:read:b.md", "events:step_started"],
    ]);
  });

  it("can be asked for what a person can be shown, and no more", async () => {
    const many = Array.from({ length: 21 }, (_, index) => `files:read:${index}.md`);
    await using scene = await PluginScene.start({
      plugins: {
        "many.js": pluginText({ name: "many", permissions: many }),
        "long.js": pluginText({ name: "long", permissions: [`files:read:${"a".repeat(200)}`] }),
      },
    });
    expect((await scene.open("many")).error?.params).toMatchObject({ detail: expect.stringContaining("at most 20") });
    expect(scene.plugin("long").error?.params).toMatchObject({ detail: expect.stringContaining("200 characters") });
  });

  it("covers every file of a folder, and a file that comes later", async () => {
    await using scene = await PluginScene.start({
      plugins: { "folder/index.js": reader(), "folder/data.txt": "a" },
    });
    expect((await scene.open("reader")).state).toBe("running");
    await scene.test.workspace.write({ ".ai-orchestrator/plugins/folder/other.js": "export {};" });
    expect((await scene.open("reader")).state).toBe("changed");
  });

  it("can be taken back", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    await scene.open("reader");
    expect(await scene.manager.revoke("reader")).toBe(true);
    expect(scene.plugin("reader").state).toBe("needsGrant");
    expect(scene.manager.runningIn(scene.test.folders)).toEqual([]);
    expect(await scene.manager.revoke("reader")).toBe(false);
  });

  it("lies outside the workspace, and one of a stranger's name or permissions is none", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    const file = (await scene.test.home.files()).find((path) => path.startsWith("plugins/decisions/grant-")) ?? "";
    expect((await scene.test.workspace.files()).filter((path) => path.includes("grant"))).toEqual([]);
    const grant = JSON.parse(await scene.test.home.read(file)) as object;
    await scene.test.home.write({ [file]: JSON.stringify({ ...grant, permissions: [] }) });
    expect((await scene.open("reader")).state).toBe("changed");
    await scene.test.home.write({ [file]: JSON.stringify({ ...grant, name: "stranger" }) });
    expect((await scene.open("reader")).state).toBe("needsGrant");
    await scene.test.home.write({ [file]: "{ broken" });
    expect((await scene.open("reader")).state).toBe("needsGrant");
  });
});

describe("grants of several windows", () => {
  it("are all kept, when both grant at once", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `plugin${index}`);
    await using scene = await PluginScene.start({
      plugins: Object.fromEntries(names.map((name) => [`${name}.js`, pluginText({ name })])),
      grant: false,
    });
    const managers = [scene.manager, scene.anotherManager()];
    try {
      for (const manager of managers) await manager.open(scene.test.folders, { start: false });
      await Promise.all(
        names.map(async (name, index) => {
          const manager = managers[index % 2] ?? scene.manager;
          await manager.grant(await manager.review(name));
        }),
      );
      await scene.manager.open(scene.test.folders, { start: false });
      expect(scene.manager.plugins.map(({ state }) => state)).toEqual(names.map(() => "ready"));
    } finally {
      await managers[1]?.close();
    }
  });

  it("are taken back in all of them: a plugin that runs in another is stopped", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    const { pid } = await scene.open("reader");
    expect(pid).toBeDefined();
    const stopped = new Promise<void>((resolve) => {
      const listening = scene.manager.onDidChange(() => {
        if (scene.plugin("reader").state !== "needsGrant") return;
        listening[Symbol.dispose]();
        resolve();
      });
    });
    const other = scene.anotherManager();
    try {
      expect(await other.revoke("reader")).toBe(true);
      await stopped;
      expect(scene.plugin("reader").pid).toBeUndefined();
      expect(isRunning(pid ?? 0)).toBe(false);
    } finally {
      await other.close();
    }
  });
});

describe("a plugin", () => {
  it("of a folder that is not trusted is not even looked at", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() }, trusted: false });
    await scene.run();
    expect(scene.manager.plugins).toEqual([]);
    expect(scene.all("plugin_loaded")).toEqual([]);
  });

  it("that the user switched off stays off, silently, until it is switched on", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    await scene.open("reader");
    await scene.manager.disable("reader");
    expect(scene.plugin("reader").state).toBe("disabled");
    await scene.run();
    expect(scene.all("plugin_error")).toEqual([]);
    await scene.manager.enable("reader");
    expect((await scene.open("reader")).state).toBe("running");
  });

  it("that is not known is named with those that are", async () => {
    await using scene = await PluginScene.start({ plugins: { "reader.js": reader() } });
    await expect(scene.manager.review("rader")).rejects.toMatchObject({
      code: "plugin.unknown",
      params: { plugin: "rader", known: "reader" },
    });
  });

  it("whose folder has no module to begin with says so", async () => {
    await using scene = await PluginScene.start({ plugins: { "empty/notes.txt": "x" } });
    expect((await scene.open("empty")).error?.params).toMatchObject({ detail: expect.stringContaining("index.ts") });
  });
});
