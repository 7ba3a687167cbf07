import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionRestorePlan } from "../../../../src/core/sessions/restorePlan.ts";
import { contentsOf } from "../snapshots/snapshotFixtures.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";
import { CODER, sessionOfTwo, told, WRITER } from "./sessionOfTwo.ts";

let bench: RestoreHost;
beforeEach(async () => {
  bench = await startRestoreHost();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

async function applied(plan: SessionRestorePlan, choices: Parameters<RestoreHost["restores"]["apply"]>[1] = {}) {
  return bench.restores.apply(plan, choices);
}

describe("one step or agent", () => {
  test("is taken back without what others did", async () => {
    await sessionOfTwo(bench);
    const step = await bench.restores.plan({ sessionId: "mine", stepId: "code" });
    expect(step.scope).toBe("step:code");
    expect(told(step)).toEqual({
      changes: [
        ["README.md", "modified"],
        ["src", "deleted"],
        ["src/a.ts", "deleted"],
      ],
      conflicts: [],
    });
    // What another changed afterwards is in doubt.
    const agent = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    expect(told(agent)).toEqual({
      changes: [
        ["docs", "deleted"],
        ["docs/guide.md", "deleted"],
      ],
      conflicts: [["README.md", "changed"]],
    });
    await applied(step);
    expect(await bench.folder.read("README.md")).toBe("# Better\n");
    expect(contentsOf(bench.folder.path)).not.toHaveProperty("src/");
    const again = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    expect(told(again)).toMatchObject({ conflicts: [] });
    await applied(again);
    expect(await bench.folder.read("README.md")).toBe("# Sample\n");
    expect(told(await bench.restores.plan({ sessionId: "mine", stepId: "code" }))).toEqual({
      changes: [],
      conflicts: [],
    });
  });

  test("with what others may have done offered, but not chosen", async () => {
    await bench.folder.write({ "a.md": "1\n", "b.md": "1\n" });
    const session = await bench.begin("mine");
    await session.write(CODER, { "b.md": "2\n" });
    await session.write({ ...WRITER, shared: ["coder_1"] }, { "a.md": "2\n" });
    await session.version();
    await session.end();
    for (const target of [{ agentId: "writer_1" }, { agentId: "coder_1" }] as const) {
      const plan = await bench.restores.plan({ sessionId: "mine", ...target });
      const [change] = plan.changes.filter(({ path }) => path === "a.md");
      const other = target.agentId === "writer_1" ? "coder_1" : "writer_1";
      expect(change).toMatchObject({ isChosen: false, shared: [other] });
    }
    const plan = await bench.restores.plan({ sessionId: "mine", agentId: "coder_1" });
    await applied(plan);
    expect(contentsOf(bench.folder.path)).toMatchObject({ "a.md": "644 2\n", "b.md": "644 1\n" });
    const chosen = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    await applied(chosen, { changes: new Map([["a.md", true]]) });
    expect(await bench.folder.read("a.md")).toBe("1\n");
    // Between agents of the session the whole version need not decide; a stranger makes it a question.
    const more = await bench.host.sessions.openForWriting("mine");
    const shared = ["coder_1", "somebody else"];
    const effect = { path: "b.md", change: "modified" as const, after: await hashOf("b.md"), shared };
    const call = { toolUseId: "call_x", tool: "bash", isError: false, content: "", effects: [effect] };
    await bench.host.commit(more, { type: "tool_result", source: "writer_1", agentId: "writer_1", ...call });
    await more.close();
    const whole = await bench.restores.plan({ sessionId: "mine", versionId: "v2" });
    expect(whole.changes.map(({ path, isChosen }) => [path, isChosen])).toEqual([
      ["a.md", true],
      ["b.md", false],
    ]);
  });

  test("with what a person changed between two of its writes is a question, also of the same agent", async () => {
    await bench.folder.write({ "a.md": "1\n" });
    const session = await bench.begin("mine");
    await session.write(WRITER, { "a.md": "2\n" });
    await bench.folder.write({ "a.md": "a person's\n" });
    await session.write(WRITER, { "a.md": "3\n" });
    await session.end();
    const plan = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    expect(told(plan)).toEqual({ changes: [], conflicts: [["a.md", "changed"]] });
    await applied(plan);
    expect(await bench.folder.read("a.md")).toBe("3\n");
  });

  test("whose commands ran at the same time shares nothing with itself", async () => {
    await bench.folder.write({ "a.md": "1\n" });
    const session = await bench.begin("mine");
    await session.write({ ...WRITER, shared: ["writer_1"] }, { "a.md": "2\n" });
    const [first] = (await Array.fromAsync(bench.host.sessions.readEvents("mine", 0))).slice(-1);
    if (first?.type !== "tool_result") throw new Error("the write is not the last event");
    const { isError, content, effects } = first;
    const again = { source: "writer_1", ...WRITER, toolUseId: "call_again", tool: "bash", isError, content, effects };
    await session.emit({ type: "tool_result", ...again });
    await session.end();
    const plan = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    expect(plan.changes).toMatchObject([{ path: "a.md", change: "modified", isChosen: true }]);
    expect(plan.conflicts).toEqual([]);
  });

  test("that nobody knows is named with those there are", async () => {
    await sessionOfTwo(bench);
    await expect(bench.restores.plan({ sessionId: "mine", stepId: "cod" })).rejects.toMatchObject({
      code: "step.unknown",
      params: { known: "code" },
    });
    await expect(bench.restores.plan({ sessionId: "mine", agentId: "nobody" })).rejects.toMatchObject({
      code: "agent.unknown",
      params: { known: "writer_1, coder_1" },
    });
  });
});

async function hashOf(path: string): Promise<string> {
  const { entry } = await (await bench.snapshots.of(bench.folders)).preserve(path);
  return entry?.hash ?? "";
}
