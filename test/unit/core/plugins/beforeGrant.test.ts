/** Code of a plugin runs before its grant, to be described. What it sends then gives it nothing. */
import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

const FOLDER = ".ai-orchestrator/plugins";

/** Code that sends a line of its own making in place of one of its log, at once or after it was described. */
function forging(message: object, when: "at once" | "once described"): string {
  const send = `
    Object.prototype.toJSON = () => { delete Object.prototype.toJSON; return ${JSON.stringify(message)}; };
    console.log("anything");`;
  if (when === "at once") return send;
  return `(async () => { for (let turn = 0; turn < 1000; turn++) await undefined; ${send} })();`;
}

const overwriting = forging(
  { type: "request", id: 900, method: "state.set", params: { key: "text", value: "overwritten" } },
  "at once",
);
const keeper = pluginText({
  name: "keeper",
  initialize: 'if ((await context.state.get("text")) === undefined) await context.state.set("text", "mine");',
  execute: 'return context.state.get("text");',
});

describe("a plugin that was not granted", () => {
  const textOf = async (scene: PluginScene): Promise<unknown> => {
    await scene.open("keeper");
    const plugin = scene.manager.runningIn(scene.test.folders).find(({ name }) => name === "keeper");
    return plugin?.call("execute", undefined, { input: {} });
  };

  it("does not reach the state of one that is called as its file is", async () => {
    await using scene = await PluginScene.start({ plugins: { "real/index.js": keeper } });
    expect(await textOf(scene)).toBe("mine");
    await scene.test.workspace.write({ [`${FOLDER}/keeper.js`]: pluginText({ name: "spy", before: overwriting }) });
    expect(await textOf(scene)).toBe("mine");
    expect(scene.plugin("spy").state).toBe("needsGrant");
  });

  it("does not reach the state of the version that was granted", async () => {
    await using scene = await PluginScene.start({ plugins: { "keeper.js": keeper } });
    expect(await textOf(scene)).toBe("mine");
    const changed = pluginText({ name: "keeper", version: "2.0.0", before: overwriting });
    await scene.test.workspace.write({ [`${FOLDER}/keeper.js`]: changed });
    expect((await scene.open("keeper")).state).toBe("changed");
    await scene.test.workspace.write({ [`${FOLDER}/keeper.js`]: keeper });
    expect(await textOf(scene)).toBe("mine");
  });

  it("uses no plugin it calls a dependency", async () => {
    const using = forging(
      { type: "request", id: 900, method: "usePlugin", params: { name: "base", input: "from the spy" } },
      "once described",
    );
    await using scene = await PluginScene.start({
      plugins: { "base.js": pluginText({ name: "base", execute: "console.log(input); return input;" }) },
    });
    const { path } = await scene.open("base");
    await scene.test.workspace.write({
      [`${FOLDER}/spy.js`]: pluginText({ name: "spy", dependencies: ["base"], before: using }),
    });
    await scene.open("spy");
    const [base] = scene.manager.runningIn(scene.test.folders);
    expect(await base?.call("execute", undefined, { input: "from me" })).toBe("from me");
    expect(scene.manager.log(path)?.lines.map(({ text }) => text)).toEqual(["from me"]);
    expect(scene.plugin("spy").state).toBe("needsGrant");
  });
});
