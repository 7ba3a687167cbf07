import { chmod, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { BlanketApprover } from "../../../../src/core/policy/approvers.ts";
import type { ApprovalRequest } from "../../../../src/core/ports.ts";
import { oneStep, planOf, step, twoThenOne } from "../../../support/goalScenarios.ts";
import { createGate } from "../../../support/gate.ts";
import { say, slow, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { TestEngine, type TestEngineOptions } from "../../../support/testEngine.ts";

function ofKind<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

const start = (options: TestEngineOptions): Promise<TestEngine> =>
  TestEngine.start({ approver: new BlanketApprover("all"), ...options });

/** As a collection does with what nobody names. */
function loseTrees({ home }: TestEngine): void {
  const database = new DatabaseSync(`${home.path}/objects.db`, { timeout: 5_000 });
  database.exec("DELETE FROM blobs WHERE kind = 1; UPDATE meta SET value = value + 1 WHERE key = 'collections'");
  database.close();
}

/** Content of every file of a version, by path. */
async function filesOf(test: TestEngine, versionId: string): Promise<Record<string, string>> {
  const versions = await test.engine.sessions.listVersions("session_test");
  const manifest = versions.find((version) => version.versionId === versionId)?.manifest;
  if (!manifest) throw new Error(`${versionId} has no folders`);
  const snapshots = await test.engine.snapshots.of(test.folders);
  const entries = await snapshots.list(manifest);
  const files: Record<string, string> = {};
  for (const [path, { kind, hash }] of entries) {
    if (kind === "file" || kind === "symlink")
      files[path] = Buffer.from((await snapshots.read(manifest, path)) ?? hash).toString();
  }
  return files;
}

const effectsOf = (events: readonly OrchestratorEvent[], tool: string): unknown[] =>
  ofKind(events, "tool_result").flatMap((result) =>
    result.tool === tool
      ? result.effects.map(({ path, change, shared }) => [change, path, ...(shared ? [shared] : [])])
      : [],
  );

describe("the versions of a run", () => {
  it("begin with the folder as the session found it, and follow its steps", async () => {
    const work = [
      [useTool("edit", { file_path: "a.txt", old_string: "old", new_string: "new" })],
      [useTool("write", { file_path: "sub/b.txt", content: "b" })],
      say("Done."),
    ];
    await using test = await start({ script: oneStep(work, { outputFile: "report.md" }) });
    await test.workspace.write({ "a.txt": "old", "untouched.txt": "same" });
    const events = await test.run("Change a file");
    expect(await filesOf(test, "v1")).toEqual({ "a.txt": "old", "untouched.txt": "same" });
    expect(await filesOf(test, "v2")).toEqual({
      "a.txt": "new",
      "sub/b.txt": "b",
      "report.md": "Done.\n",
      "untouched.txt": "same",
    });
    expect(ofKind(events, "snapshot_captured")).toMatchObject([{ versionId: "v1", files: 2, bytes: 7 }]);
    expect(ofKind(events, "snapshot_created").at(-1)).toMatchObject({ versionId: "v2", stepId: "work", files: 3 });
  });

  it("hold what the rules leave out where the session changed it, but nothing that looks like a secret", async () => {
    const work = [
      [useTool("write", { file_path: "build/out.txt", content: "made" })],
      [useTool("write", { file_path: "build/new.txt", content: "new" })],
      [useTool("write", { file_path: ".env", content: "KEY=2" })],
      say("Done."),
    ];
    await using test = await start({ script: oneStep(work) });
    await test.workspace.write({
      ".gitignore": "build/\n",
      "build/out.txt": "found",
      "build/other.txt": "o",
      ".env": "KEY=1",
    });
    const events = await test.run("Build");
    const made = { ".gitignore": "build/\n", "build/out.txt": "made", "build/new.txt": "new" };
    expect(await filesOf(test, "v2")).toEqual(made);
    const question = ofKind(events, "approval_requested").find(({ subject }) => subject === ".env");
    expect(question).toMatchObject({ reason: "approval.secretFile", notCovered: { outside: false, paths: [".env"] } });

    const { restores } = test.engine;
    const plan = await restores.plan({ sessionId: "session_test", versionId: "v1" });
    expect(plan.changes.map(({ change, path }) => [change, path])).toEqual([
      ["deleted", "build/new.txt"],
      ["modified", "build/out.txt"],
    ]);
    const { safetyVersionId = "" } = await restores.apply(plan);
    expect(await test.workspace.read("build/out.txt")).toBe("found");
    expect(await test.workspace.files()).not.toContain("build/new.txt");
    await restores.apply(await restores.plan({ sessionId: "session_test", versionId: safetyVersionId }));
    expect(await test.workspace.read("build/out.txt")).toBe("made");
    expect(await test.workspace.read("build/new.txt")).toBe("new");
  });
});

describe("a command", () => {
  it("has the effects the folder shows, with a version, and none of what our own tools wrote", async () => {
    const work = [
      [useTool("write", { file_path: "mine.txt", content: "mine" })],
      [
        useTool("bash", {
          command: "echo made > made.txt; rm gone.txt; chmod 755 run.sh; echo more >> mine.txt; mkdir empty",
        }),
      ],
      [useTool("bash", { command: "true" })],
      say("Done."),
    ];
    await using test = await start({ script: oneStep(work) });
    await test.workspace.write({ "gone.txt": "gone", "run.sh": "#!/bin/sh\n", "kept.txt": "kept" });
    await chmod(test.workspace.join("run.sh"), 0o644);
    const events = await test.run("Run commands");
    expect(effectsOf(events, "bash")).toEqual([
      ["created", "empty"],
      ["deleted", "gone.txt"],
      ["created", "made.txt"],
      ["modified", "mine.txt"],
      ["modified", "run.sh"],
    ]);
    const versions = ofKind(events, "snapshot_created").map(({ versionId, reason, files }) => [
      versionId,
      reason,
      files,
    ]);
    expect(versions).toEqual([
      ["v1", "session_created", undefined],
      ["v2", "command", 5],
      ["v3", "step_completed", 0],
    ]);
    expect(await filesOf(test, "v2")).toMatchObject({ "made.txt": "made\n", "mine.txt": "minemore\n" });
  });

  it("shares an effect with the commands that ran at the same time, and takes none of a file tool's", async () => {
    const inside = `sh -c 'echo > "$0.ready"; until [ -e left.ready ] && [ -e right.ready ]; do sleep 0.01; done; echo $0 > $0.txt; until [ -e left.txt ] && [ -e right.txt ]; do sleep 0.01; done'`;
    const turns = (name: string) => [[useTool("bash", { command: `${inside} ${name}` })], say(name)];
    await using test = await start({
      script: twoThenOne({ left: turns("left"), right: turns("right"), both: [say("Both.")] }),
    });
    const events = await test.run("Two commands");
    const effects = effectsOf(events, "bash") as [string, string, string[]?][];
    const names = (path: string) => effects.filter((effect) => effect[1] === path).map((effect) => effect[2]?.length);
    expect(names("left.txt")).toEqual([1, 1]);
    expect(names("right.txt")).toEqual([1, 1]);
  });

  it("may be another session's that works in the same folder", async () => {
    const asked = createGate();
    const script = byAgent({
      planner: [planOf(step("beside")), planOf(step("work"))],
      steps: {
        "Step beside": [slow({ hold: asked }, say("Beside."))],
        "Step work": [[useTool("bash", { command: "echo made > made.txt" })], say("Done.")],
      },
    });
    await using test = await start({ script });
    const neighbour = await test.engine.orchestrator.start({
      goal: "Work beside",
      sessionId: "session_beside",
      workspaceFolders: test.folders,
    });
    await asked.reached();
    const shared = effectsOf(await test.run("Make a file"), "bash");
    asked.open();
    await neighbour.ended;
    expect(shared).toEqual([["created", "made.txt", ["session_beside"]]]);
  });

  it("is asked for with what could not be undone", async () => {
    const asked: ApprovalRequest[] = [];
    const approver = {
      request: async (request: ApprovalRequest) => {
        asked.push(request);
        return { decision: "allow", by: "user" } as const;
      },
    };
    await using test = await start({ approver, script: oneStep([[useTool("bash", { command: "ls" })], say("Done.")]) });
    await test.workspace.write({ ".env": "SECRET=1", "big.bin": "x".repeat(3 * 1024 * 1024), "a.txt": "a" });
    await test.run("List");
    expect(asked.map(({ notCovered }) => notCovered)).toEqual([
      {
        outside: true,
        counts: { secret: 1, size: 1, ignored: 0, unreadable: 0, special: 0 },
        paths: [".env", "big.bin"],
      },
    ]);
  });
});

describe("a folder that cannot be stored", () => {
  it("lets nothing be changed, and says so", async () => {
    await using test = await start({
      script: byAgent({
        planner: [planOf(step("work"))],
        steps: {
          "Step work": [
            [useTool("write", { file_path: "a.txt", content: "new" })],
            [useTool("bash", { command: "echo new > a.txt" })],
            say("Done."),
          ],
        },
      }),
    });
    await test.workspace.write({ "a.txt": "old" });
    await writeFile(
      `${test.home.path}/objects.db`,
      "this is no database, and long enough to be looked at ".repeat(100),
    );
    const events = await test.run("Change");
    expect(await test.workspace.read("a.txt")).toBe("old");
    expect(ofKind(events, "snapshot_failed")).toMatchObject([{ error: { code: "store.failed" } }]);
    expect(
      ofKind(events, "tool_result")
        .filter(({ tool }) => tool !== "submit_plan")
        .map(({ isError }) => isError),
    ).toEqual([true, true]);
    expect(ofKind(events, "snapshot_created").at(-1)).not.toHaveProperty("manifest");
    await rm(`${test.home.path}/objects.db`);
  });
});

describe("what was stored before", () => {
  it("may be lost meanwhile: the run says so and goes on, and what its commands change is known", async () => {
    const asked = createGate();
    const work = [
      [useTool("bash", { command: "echo one > one.txt" })],
      slow({ hold: asked }, useTool("bash", { command: "echo two > two.txt" })),
      [useTool("bash", { command: "echo three > three.txt" })],
      say("Done."),
    ];
    await using test = await start({ script: oneStep(work) });
    const run = await test.engine.orchestrator.start({
      goal: "Three commands",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    await asked.reached();
    await test.workspace.write({ "by hand.txt": "found" });
    loseTrees(test);
    asked.open();
    await run.ended;
    const events = await Array.fromAsync(run.events());
    expect(ofKind(events, "snapshot_failed").map(({ error }) => error.code)).toContain("blob.missing");
    expect(effectsOf(events, "bash")).toEqual([
      ["created", "one.txt"],
      ["created", "two.txt"],
      ["created", "three.txt"],
    ]);
    expect(events.at(-1)?.type).toBe("workflow_completed");
    expect(await filesOf(test, ofKind(events, "snapshot_created").at(-1)?.versionId ?? "")).toMatchObject({
      "by hand.txt": "found",
      "one.txt": "one\n",
      "two.txt": "two\n",
      "three.txt": "three\n",
    });
  });
});

describe("a version a person wants while a run goes on", () => {
  it("holds everything as it is, also what the person changed", async () => {
    const asked = createGate();
    await using test = await start({ script: oneStep([slow({ hold: asked }, say("Done."))]) });
    await test.workspace.write({ "a.txt": "found" });
    const run = await test.engine.orchestrator.start({
      goal: "Wait",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    await asked.reached();
    for await (const event of run.events()) if (event.type === "snapshot_captured") break;
    await test.workspace.write({ "a.txt": "by hand" });
    const { versionId } = await test.engine.versions.create({ sessionId: "session_test", label: "by hand" });
    asked.open();
    await run.ended;
    expect(versionId).toBe("v2");
    expect(await filesOf(test, "v1")).toEqual({ "a.txt": "found" });
    expect(await filesOf(test, "v2")).toEqual({ "a.txt": "by hand" });
  });
});
