/** How long a call into a plugin may take, whatever it asks for meanwhile; and what it may do between calls. */
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../../src/core/errors.ts";
import type { Plugin } from "../../../../src/core/plugins/plugin.ts";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

/** Asks in two strands, so that at any time one of them waits for an answer. */
const ASKING = `const ask = async () => { for (;;) await context.state.get("x"); };
  void ask(); void ask(); console.log("asks");`;
/** A clock that stands still takes everything for one second. */
const limits = { messagesPerSecond: Number.MAX_SAFE_INTEGER };

function running(scene: PluginScene, name: string): Plugin {
  const plugin = scene.manager.runningIn(scene.test.folders).find((candidate) => candidate.name === name);
  if (plugin === undefined) throw new Error(`${name} does not run`);
  return plugin;
}

describe("the time of a call", () => {
  it("is over for a plugin that asks without end while it is initialized", async () => {
    const initialize = `${ASKING} return new Promise(() => {});`;
    await using scene = await PluginScene.start({
      plugins: { "bad.js": pluginText({ name: "bad", initialize }) },
      limits,
    });
    await scene.manager.open(scene.test.folders, { start: false });
    const asks = scene.logged("bad", "asks");
    const opening = scene.manager.open(scene.test.folders);
    await asks;
    await scene.test.clock.advance(30_000);
    await opening;
    expect(scene.plugin("bad").error?.params).toMatchObject({ detail: "it did not answer within 30 s" });
  });

  it("is over for a plugin that asks without end when it is called", async () => {
    const execute = `${ASKING} return new Promise(() => {});`;
    await using scene = await PluginScene.start({
      plugins: { "bad.js": pluginText({ name: "bad", execute }) },
      limits,
    });
    await scene.open("bad");
    const asks = scene.logged("bad", "asks");
    const called = running(scene, "bad").call("execute", "a session", { input: {} }).then(String, messageOf);
    await asks;
    await scene.test.clock.advance(30_000);
    expect(await called).toContain("within 30 s");
  });

  it("is over for a plugin that asks without end when it is to end", async () => {
    const text = pluginText({ name: "bad" }).replace(
      "async initialize(config, context) {",
      `async dispose() { const { context } = this; ${ASKING} return new Promise(() => {}); }
       async initialize(config, context) { this.context = context;`,
    );
    await using scene = await PluginScene.start({ plugins: { "bad.js": text }, limits });
    await scene.open("bad");
    const asks = scene.logged("bad", "asks");
    const unloading = scene.manager.unload("bad");
    await asks;
    await scene.test.clock.advance(30_000);
    await unloading;
    expect(scene.manager.plugins).toEqual([]);
  });

  it("is each call's own: a later one is not charged for what an earlier one took", async () => {
    const execute = `
      this.ends ??= {};
      if (input.end) return this.ends[input.end]();
      if (input.asks) await context.workspace.read("a.txt").catch(() => undefined);
      console.log(input.name);
      return new Promise((resolve) => { this.ends[input.name] = () => resolve(input.name); });`;
    await using scene = await PluginScene.start({ plugins: { "slow.js": pluginText({ name: "slow", execute }) } });
    await scene.open("slow");
    const slow = running(scene, "slow");
    const call = (input: object): Promise<unknown> => slow.call("execute", "no session", { input });
    const first = call({ name: "first" });
    await scene.logged("slow", "first");
    await scene.test.clock.advance(29_000);
    const second = call({ name: "second", asks: true });
    await scene.logged("slow", "second");
    await call({ end: "first" });
    expect(await first).toBe("first");
    await scene.test.clock.advance(29_000);
    await call({ end: "second" });
    expect(await second).toBe("second");
  });
});

describe("between two calls", () => {
  it("a plugin gets no answers, so it does not go on asking", async () => {
    const counting = `this.count ??= 0;
      const { count } = this;
      const ask = async () => { for (;;) { await context.state.get("x"); this.count += 1; } };
      if (input === "begin") void ask();
      return count;`;
    await using scene = await PluginScene.start({
      plugins: {
        "busy.js": pluginText({ name: "busy", execute: counting }),
        "other.js": pluginText({ name: "other", execute: 'return context.state.get("x");' }),
      },
      limits,
    });
    await scene.open("busy");
    const [busy, other] = [running(scene, "busy"), running(scene, "other")];
    await busy.call("execute", undefined, { input: "begin" });
    // Time for hundreds of answers, in trips that take as long as those would.
    for (let trip = 0; trip < 100; trip++) await other.call("execute", undefined, { input: "" });
    expect(await busy.call("execute", undefined, { input: "look" })).toBeLessThan(5);
  });
});
