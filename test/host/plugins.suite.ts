/** Plugins inside the extension host: the view, the template, and what must not harm it. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { messageOf } from "../../src/core/errors.ts";
import { LayeredSettings } from "../../src/core/settings/layeredSettings.ts";
import type { Plugin } from "../../src/core/plugins/plugin.ts";
import { pluginTools } from "../../src/core/plugins/pluginTool.ts";
import { PluginManager } from "../../src/core/plugins/pluginManager.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { Messages } from "../../src/vscode/messages.ts";
import { grantQuestion } from "../../src/vscode/plugins/grantDialog.ts";
import { PluginsView, type PluginNode } from "../../src/vscode/plugins/pluginsView.ts";
import { WindowPlugins } from "../../src/vscode/plugins/windowPlugins.ts";
import { MISBEHAVING, REFUSED_IN_SESSION, UNDISTURBED, UNLOADABLE } from "../support/hostilePlugins.ts";
import { pluginText } from "../support/pluginText.ts";
import { createOwnEngine } from "./ownEngine.ts";
import { activateProduct, firstFolder, productExtension } from "./product.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function writePlugin(root: string, file: string, text: string): Promise<void> {
  const folder = join(root, ".ai-orchestrator", "plugins");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), text);
}

/** The first code of a section of the cheat sheet. */
async function snippetOf(section: string): Promise<string> {
  const text = await readFile(join(productExtension().extensionPath, "docs", "cheat-sheet.md"), "utf8");
  const [, code] = new RegExp(`^### ${section}\n\n\`\`\`ts\n([\\s\\S]*?)^\`\`\`$`, "m").exec(text) ?? [];
  assert.ok(code);
  return code;
}

describe("hostile plugins in the extension host", () => {
  let root: string;
  let manager: PluginManager;
  const folder = () => ({ name: "work", path: join(root, "work") });
  const named = (wanted: string): Plugin => {
    const plugin = manager.runningIn([folder()]).find(({ name }) => name === wanted);
    assert.ok(plugin, `${wanted} does not run`);
    return plugin;
  };

  before(async function () {
    this.timeout(180_000);
    root = await realpath(await mkdtemp(join(tmpdir(), "ai-orchestrator-plugins-")));
    await mkdir(folder().path);
    manager = new PluginManager({
      home: join(root, "home"),
      settings: new LayeredSettings({ values: {} }, {}),
      workspaceState: { isTrusted: () => true },
      environment: process.env,
      processUrl: pathToFileURL(join(productExtension().extensionPath, "dist", "pluginProcess.js")),
      clock: new SystemClock(),
      logger: silent,
      limits: {
        cpuMilliseconds: 500,
        callMilliseconds: 10_000,
        messagesPerSecond: 1_000_000,
        restartMilliseconds: 600_000,
      },
    });
    for (const [index, [, text]] of UNLOADABLE.entries()) await writePlugin(folder().path, `bad${index}.js`, text);
    for (const [index, [, execute]] of MISBEHAVING.entries()) {
      await writePlugin(folder().path, `mean${index}.js`, pluginText({ name: `mean${index}`, execute }));
    }
    for (const [index, [, execute]] of UNDISTURBED.entries())
      await writePlugin(folder().path, `odd${index}.js`, pluginText({ name: `odd${index}`, execute }));
    const tool = '{ name: "bash", description: "d", inputSchema: { type: "object" }, run: () => "mine" }';
    await writePlugin(
      folder().path,
      "shell.js",
      pluginText({ name: "shell", initialize: `context.registerTool(${tool});` }),
    );
    await writePlugin(folder().path, "twin1.js", pluginText({ name: "twin", execute: 'return "first"' }));
    await writePlugin(folder().path, "twin2.js", pluginText({ name: "twin", execute: 'return "second"' }));
    await writePlugin(folder().path, "lonely.js", pluginText({ name: "lonely", dependencies: ["ghost"] }));
    await writePlugin(folder().path, "mute.js", pluginText({ name: "mute", execute: "return new Promise(() => {});" }));
    await writePlugin(folder().path, "gone.js", pluginText({ name: "gone", execute: 'return "still here"' }));
    await writePlugin(folder().path, "my_plugin.ts", await snippetOf("Create a custom plugin"));
    await writePlugin(folder().path, "good.js", pluginText({ name: "good", execute: 'return "good"' }));
    await manager.open([folder()], { start: false });
    for (const { path, state } of manager.plugins)
      if (state === "needsGrant") await manager.grant(await manager.review(path));
    await manager.open([folder()]);
  });

  after(async () => {
    await manager.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });

  for (const [index, [why, , words]] of UNLOADABLE.entries()) {
    it(`cannot be loaded: ${why}`, () => {
      const plugin = manager.plugins.find(({ path }) => path.endsWith(`bad${index}.js`));
      assert.equal(plugin?.state, "failed");
      assert.ok(JSON.stringify(plugin.error?.params).includes(words), JSON.stringify(plugin.error?.params));
    });
  }

  for (const [index, [what, , words]] of MISBEHAVING.entries()) {
    it(`misbehaves when called: ${what}`, async function () {
      this.timeout(60_000);
      const plugin = manager.runningIn([folder()]).find(({ name }) => name === `mean${index}`);
      assert.ok(plugin);
      const told = await plugin.call("execute", undefined, { input: {} }).then(() => "nothing", messageOf);
      assert.ok(told.includes(words), told);
    });
  }

  for (const [index, [what, , result]] of UNDISTURBED.entries()) {
    it(`changes its own world only: ${what}`, async () => {
      for (let call = 0; call < 2; call++)
        assert.deepEqual(await named(`odd${index}`).call("execute", undefined, { input: {} }), result);
    });
  }

  it("registers a tool called bash: it is its own", async () => {
    assert.deepEqual(
      pluginTools(named("shell")).map(({ name }) => name),
      ["plugin__shell__bash"],
    );
    assert.equal(await named("shell").call("tool", undefined, { tool: "bash", input: {} }), "mine");
  });

  it("has the name of another one: the first is used", async () => {
    assert.equal(await named("twin").call("execute", undefined, { input: {} }), "first");
    const second = manager.plugins.find(({ path }) => path.endsWith("twin2.js"));
    assert.deepEqual([second?.state, second?.error?.code], ["failed", "plugin.duplicate"]);
  });

  it("needs one that is not there", () => {
    const lonely = manager.plugins.find(({ name }) => name === "lonely");
    assert.match(JSON.stringify(lonely?.error?.params), /it needs ghost, which is not there/);
  });

  it("never answers: its time is up", async function () {
    this.timeout(60_000);
    await assert.rejects(named("mute").call("execute", undefined, { input: {} }), /within 10 s/);
  });

  it("is deleted while it is loaded: it goes on as it was", async () => {
    await rm(join(folder().path, ".ai-orchestrator", "plugins", "gone.js"));
    assert.equal(await named("gone").call("execute", undefined, { input: {} }), "still here");
  });

  it("leaves the cheat sheet's plugin alone, which runs unchanged", async () => {
    const plugin = manager.runningIn([folder()]).find(({ name }) => name === "my_plugin");
    assert.deepEqual(await plugin?.call("execute", undefined, { input: { text: "this" } }), {
      result: "processed this",
    });
  });

  it("harms nobody else", async () => {
    const good = manager.runningIn([folder()]).find(({ name }) => name === "good");
    assert.equal(await good?.call("execute", undefined, { input: {} }), "good");
  });
});

describe("hostile plugins in a session of the extension host", () => {
  it("are refused what they were not granted, and the session goes on", async function () {
    this.timeout(120_000);
    const root = await realpath(await mkdtemp(join(tmpdir(), "ai-orchestrator-plugins-")));
    const folder = { name: "work", path: join(root, "work") };
    await mkdir(folder.path);
    await using engine = await createOwnEngine();
    for (const [index, [, body]] of REFUSED_IN_SESSION.entries()) {
      const call = `(async (input) => { ${body} })(${JSON.stringify({ home: engine.home })})`;
      const text = pluginText({
        name: `mean${index}`,
        permissions: ["files:read", "events:workflow_completed"],
        initialize: `context.onEvent("workflow_completed", async (_, context) => {
          await ${call}.then(() => console.log("given"), (error) => console.log("told: " + error.message)); });`,
      });
      await writePlugin(folder.path, `mean${index}.js`, text);
    }
    try {
      const { plugins, orchestrator } = await engine.host.get();
      await plugins.open([folder], { start: false });
      for (const { path } of plugins.plugins) await plugins.grant(await plugins.review(path));
      const { status } = await orchestrator.executeGoal({
        goal: "Describe this folder",
        workspaceFolders: [folder],
        provider: "demo",
      });
      assert.equal(status, "completed");
      for (const [index, [what, , words]] of REFUSED_IN_SESSION.entries()) {
        const { path } = plugins.plugins.find(({ name }) => name === `mean${index}`) ?? { path: "" };
        const [told = "nothing", ...more] = plugins.log(path)?.lines.map(({ text }) => text) ?? [];
        assert.ok(told.startsWith("told: ") && told.includes(words) && more.length === 0, `${what}: ${told}`);
      }
    } finally {
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

describe("the Plugins view", () => {
  const messages = new Messages(silent);

  async function children(view: PluginsView, node?: PluginNode): Promise<string[]> {
    const nodes = await view.getChildren(node);
    return nodes.map((child) => {
      const { label, description = "" } = view.getTreeItem(child);
      return `${String(label)} | ${String(description)}`;
    });
  }

  it("creates a plugin that works, with a test that passes", async function () {
    this.timeout(120_000);
    await activateProduct();
    const made = await vscode.commands.executeCommand<string>("aiOrchestrator.createPlugin", "made_here");
    assert.equal(made, join(firstFolder().fsPath, ".ai-orchestrator", "plugins", "made_here"));
    const { stdout } = await promisify(execFile)(process.execPath, ["--test"], { cwd: made });
    assert.match(stdout, /pass 1/);

    await using engine = await createOwnEngine();
    const plugins = new WindowPlugins(engine.host);
    const view = new PluginsView(plugins, messages);
    try {
      assert.deepEqual(await children(view), ["made_here | 1.0.0 · not granted"]);
      const manager = await plugins.manager();
      const review = await manager.review("made_here");
      const { message, detail } = grantQuestion(review, messages);
      assert.equal(message, "Let the plugin made_here 1.0.0 run?");
      assert.match(detail, /no permission[\s\S]*sandbox/);
      await manager.grant(review);
      await plugins.look({ start: true });
      assert.deepEqual(await children(view), ["made_here | 1.0.0 · running"]);
      const [node] = await view.getChildren();
      assert.deepEqual(await children(view, node), ["greet | "]);
      const [plugin] = manager.runningIn([{ name: "x", path: firstFolder().fsPath }]);
      assert.equal(await plugin?.call("tool", undefined, { tool: "greet", input: { name: "Ada" } }), "Hello, Ada!");

      const index = vscode.Uri.file(join(made, "index.ts"));
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(index));
      const changed = text.replace("permissions: []", 'permissions: ["files:read", "network:example.com"]');
      await vscode.workspace.fs.writeFile(index, new TextEncoder().encode(changed));
      await plugins.look();
      assert.deepEqual(await children(view), ["made_here | 1.0.0 · changed since it was granted"]);
      const again = grantQuestion(await manager.review("made_here"), messages);
      assert.match(again.message, /changed since you granted it/);
      assert.match(again.detail, /New: Send requests to example\.com[\s\S]*New: Read all files/);
      assert.equal(again.show, "Show Difference");

      await manager.disable("made_here");
      assert.deepEqual(await children(view), ["made_here | 1.0.0 · disabled"]);
    } finally {
      view.dispose();
      plugins.dispose();
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      await rm(made, { recursive: true });
    }
  });

  it("looks for plugins, and creates them, where the setting says", async function () {
    this.timeout(60_000);
    await activateProduct();
    const setting = vscode.workspace.getConfiguration("aiOrchestrator");
    await setting.update("plugins.folder", "tools/agents", vscode.ConfigurationTarget.Global);
    await using engine = await createOwnEngine();
    const plugins = new WindowPlugins(engine.host);
    try {
      const made = await vscode.commands.executeCommand<string>("aiOrchestrator.createPlugin", "elsewhere");
      assert.equal(made, join(firstFolder().fsPath, "tools", "agents", "elsewhere"));
      assert.deepEqual(
        (await plugins.all()).map(({ name }) => name),
        ["elsewhere"],
      );
    } finally {
      plugins.dispose();
      await setting.update("plugins.folder", undefined, vscode.ConfigurationTarget.Global);
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      await rm(join(firstFolder().fsPath, "tools"), { recursive: true, force: true });
    }
  });

  it("hides no permission of a plugin that asks for many", () => {
    const permissions = Array.from({ length: 20 }, (_, index) => `files:read:${index}.md`);
    const { detail } = grantQuestion(
      {
        ...{ name: "many", version: "1.0.0", path: "/x", hash: "", dropped: [], isChange: false, code: "" },
        ...{ permissions, added: permissions },
      },
      messages,
    );
    for (let index = 0; index < 20; index++) assert.match(detail, new RegExp(`• Read the files ${index}\\.md of`));
  });

  it("says of a plugin that wants the rights of the user what that is", () => {
    const review = {
      ...{ name: "full", version: "1.0.0", path: "/x", hash: "", dropped: [], isChange: false, code: "" },
      ...{ permissions: ["runtime:node"], added: ["runtime:node"] },
    };
    const { detail, grant } = grantQuestion(review, messages);
    assert.match(detail, /EVERYTHING YOU CAN DO/);
    assert.equal(grant, "Grant My Rights");
  });
});
