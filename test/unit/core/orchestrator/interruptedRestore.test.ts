import { expect, test } from "vitest";
import { createGate } from "../../../support/gate.ts";
import { oneStep } from "../../../support/goalScenarios.ts";
import { say, slow, useTool, type Scripted } from "../../../support/modelServerReplies.ts";
import { TestEngine } from "../../../support/testEngine.ts";

test("a restore that was interrupted is finished before a session goes on", async () => {
  const asked = Promise.withResolvers<void>();
  const gate = createGate();
  const hang = (): Scripted => {
    asked.resolve();
    return slow({ hold: gate }, say("never"));
  };
  await using bench = await TestEngine.start({
    script: oneStep([useTool("write_md", { path: "b.md", content: "b" }), hang, say("Done.")], { agentType: "writer" }),
  });
  const { sessions, snapshots, orchestrator } = bench.engine;
  const sessionId = "session_test";
  const running = await orchestrator.start({ goal: "Goal", sessionId, workspaceFolders: bench.folders });
  await asked.promise;
  running.stop("a test");
  await Array.fromAsync(running.events());
  expect(await bench.workspace.files()).toEqual(["b.md"]);

  // As a restore leaves it whose process ends when its steps are recorded.
  const here = await snapshots.of(bench.folders);
  const { manifest } = (await sessions.listVersions(sessionId))[0] ?? {};
  const { blobs } = await snapshots.objects();
  const cut = new Error("cut");
  const record = async ({
    before,
    after,
    steps: list,
  }: {
    before: string;
    after: string;
    steps: readonly object[];
  }) => {
    const [steps = ""] = await blobs.put([new TextEncoder().encode(JSON.stringify(list))]);
    const made = { type: "snapshot_created", source: "test", versionId: "v9", reason: "before_restore" } as const;
    const begun = { type: "restore_started", source: "test", restoreId: "restore_1", scope: "version" } as const;
    await sessions.add(sessionId, async () => ({
      drafts: [
        { ...made, manifest: before },
        { ...begun, versionId: "v1", safetyVersionId: "v9", after, steps },
      ],
      result: undefined,
    }));
    throw cut;
  };
  const plan = await here.planRestore({ manifest: manifest ?? "" });
  await expect(here.applyRestore(plan, { onIntent: record })).rejects.toBe(cut);
  expect(await bench.workspace.files()).toEqual(["b.md"]);

  const resumed = await Array.fromAsync(orchestrator.resumeWorkflow({ sessionId }));
  expect(await bench.workspace.files()).toEqual([]);
  expect(resumed.at(-1)).toMatchObject({ type: "workflow_completed" });
  const events = await Array.fromAsync(sessions.readEvents(sessionId));
  const types = events.map(({ type }) => type);
  expect(types.lastIndexOf("snapshot_restored")).toBe(types.indexOf("snapshot_restored"));
  expect(types.indexOf("snapshot_restored")).toBeLessThan(types.indexOf("workflow_resumed"));
  expect(events.find(({ type }) => type === "snapshot_restored")).toMatchObject({
    restoreId: "restore_1",
    effects: [{ path: "b.md", change: "deleted" }],
    failed: [],
  });
});
