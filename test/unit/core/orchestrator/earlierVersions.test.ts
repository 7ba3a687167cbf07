/** A session goes on from an earlier version, in its folder as it is, as it was then, or in a new one. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventKind, EventOf, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import type { ForkRequest } from "../../../../src/core/orchestrator/forking.ts";
import type { ResumeRequest } from "../../../../src/core/orchestrator/resumption.ts";
import { firstUserTextOf } from "../../../support/modelServerRequests.ts";
import { plan, say, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const step = (id: string, ...dependsOn: string[]) => ({
  id,
  title: `Title ${id}`,
  description: `Do the ${id} part.`,
  agentType: "writer",
  dependsOn,
});
const write = (path: string, content: string) => useTool("write_md", { path, content });
const THREE = { summary: "Three", steps: [step("alpha"), step("beta", "alpha"), step("gamma", "beta")] };

/** Alpha begins a report, beta goes on with it, gamma ends; each may be asked again. */
const script = () =>
  byAgent({
    planner: [plan(THREE)],
    steps: {
      "Do the alpha part.": [write("report.md", "alpha"), say("Result A"), say("Result A2")],
      "Do the beta part.": [
        useTool("read", { file_path: "report.md" }),
        write("report.md", "alpha and beta"),
        write("beta.md", "beta"),
        say("Result B"),
        write("report.md", "alpha and beta again"),
        say("Result B2"),
        say("Result B3"),
      ],
      "Do the gamma part.": [say("Result C"), say("Result C2"), say("Result C3")],
      "Do something else.": [say("Else")],
    },
  });

function ofKind<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

let test: TestEngine;
let outside: TemporaryFolder;
beforeEach(async () => {
  test = await TestEngine.start({ script: script() });
  outside = await createTemporaryFolder();
  await test.workspace.write({ "mine.txt": "mine" });
  await test.run("Goal");
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

async function resume(request: Omit<ResumeRequest, "sessionId">): Promise<OrchestratorEvent[]> {
  return Array.fromAsync(test.engine.orchestrator.resumeWorkflow({ sessionId: "session_test", ...request }));
}

function tasksSince(count: number): string[] {
  const titles = test.server.turns.slice(count).map((request) => /^# Your task: (.*)$/m.exec(firstUserTextOf(request)));
  return [...new Set(titles.map((title) => title?.[1] ?? ""))];
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(`${folder}/${name}`, "utf8")] as const)),
  );
}

describe("a session that goes on from an earlier version", () => {
  it("keeps what was done then, and runs what was done later anew", async () => {
    const asked = test.server.turns.length;
    const before = (await test.engine.sessions.getSession("session_test")).lastSeq;
    const events = await resume({ versionId: "v2" });
    expect(events.slice(0, 2)).toMatchObject([
      { type: "workflow_resumed", versionId: "v2", lastSeq: before },
      { type: "steps_reset", stepIds: ["beta", "gamma"] },
    ]);
    expect(tasksSince(asked)).toEqual(["Title beta", "Title gamma"]);
    expect(ofKind(events, "step_started").map(({ stepId, attempt }) => `${stepId} ${attempt}`)).toEqual([
      "beta 2",
      "gamma 2",
    ]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Result C2" });
    const versions = await test.engine.sessions.listVersions("session_test");
    expect(versions.map(({ versionId }) => versionId)).toEqual(["v1", "v2", "v3", "v4", "v5", "v6"]);
  });

  it("takes back the results of then, also where the step was run again since", async () => {
    const retried = await resume({ retrySteps: ["beta"] });
    expect(ofKind(retried, "step_completed").map(({ result }) => result)).toEqual(["Result B2", "Result C2"]);
    const events = await resume({ versionId: "v3" });
    expect(ofKind(events, "step_completed").map(({ stepId, attempt, result }) => [stepId, attempt, result])).toEqual([
      ["beta", 1, "Result B"],
      ["gamma", 3, "Result C3"],
    ]);
    const { workflow } = await test.engine.sessions.getActiveSession("session_test");
    expect(workflow.steps["beta"]).toMatchObject({ status: "completed", result: "Result B", attempt: 1 });
    expect(firstUserTextOf(test.server.turns.at(-1)!)).toContain("Result B\n");
  });

  it("from before there was a plan keeps the plan, and runs all of it", async () => {
    const events = await resume({ versionId: "v1" });
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["alpha", "beta", "gamma"] }]);
    expect(ofKind(events, "plan_created")).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed" });
  });

  it("has the plan of then, or the one a person made of it", async () => {
    const edited = {
      summary: "Edited",
      steps: [step("alpha"), { ...step("else", "alpha"), description: "Do something else." }],
    };
    const events = await resume({ versionId: "v3", plan: edited });
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["beta", "gamma"] }]);
    expect(ofKind(events, "plan_revised")).toMatchObject([{ plan: edited }]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Else" });

    const back = await resume({ versionId: "v3" });
    expect(ofKind(back, "plan_revised")).toMatchObject([{ plan: THREE }]);
    expect(ofKind(back, "step_started").map(({ stepId }) => stepId)).toEqual(["gamma"]);
    const { workflow } = await test.engine.sessions.getActiveSession("session_test");
    expect(workflow.steps["beta"]).toMatchObject({ status: "completed", result: "Result B" });
  });

  it("runs a step again whose work or whose ground was edited", async () => {
    const steps = THREE.steps.map((one) =>
      one.id === "alpha"
        ? { ...one, title: "Another title" }
        : one.id === "beta"
          ? { ...one, agentType: "coder" }
          : one,
    );
    const events = await resume({ plan: { summary: "Three", steps } });
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["beta", "gamma"] }]);
  });

  it("and is killed as soon as it says so, goes on from there", async () => {
    for await (const event of test.engine.orchestrator.resumeWorkflow({ sessionId: "session_test", versionId: "v2" }))
      if (event.type === "workflow_resumed") break;
    const events = await resume({});
    expect(ofKind(events, "step_completed").map(({ stepId }) => stepId)).toEqual(["beta", "gamma"]);
  });

  it.each<[string, Omit<ResumeRequest, "sessionId">, object]>([
    ["version.unknown", { versionId: "v22" }, { nearest: "v2" }],
    ["session.complete", { versionId: "v4" }, { id: "session_test" }],
    ["session.complete", { plan: THREE }, { id: "session_test" }],
    ["step.unknown", { versionId: "v2", fromStep: "gama" }, { known: "gamma" }],
    ["plan.notRunnable", { plan: { summary: "", steps: [{ ...step("a"), agentType: "wizard" }] } }, {}],
    ["plan.notRunnable", { plan: { summary: "", steps: [] } }, {}],
  ])("is refused as %s, and nothing changes", async (code, request, params) => {
    const row = await test.engine.sessions.getSession("session_test");
    await expect(resume(request)).rejects.toMatchObject({ code, params: expect.objectContaining(params) as unknown });
    expect(await test.engine.sessions.getSession("session_test")).toEqual(row);
  });
});

describe("in a new folder", () => {
  it("has the files of the version, and leaves the old folder alone", async () => {
    const before = await filesIn(test.workspace.path);
    const filled: unknown[] = [];
    const path = outside.join("deep/new");
    const workspace = { kind: "newFolder", path, onFilled: (report: unknown) => void filled.push(report) } as const;
    const events = await resume({ versionId: "v2", workspace });
    expect(filled).toEqual([{ path, folders: [{ name: "workspace", path }], files: 2, notInSnapshot: [] }]);
    expect(events[0]).toMatchObject({ type: "workflow_resumed", folders: [{ name: "workspace", path }] });
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", workspace: path });
    expect(await filesIn(path)).toEqual({ "mine.txt": "mine", "report.md": "alpha and beta again\n" });
    expect(await filesIn(test.workspace.path)).toEqual(before);
    expect((await test.engine.sessions.getSession("session_test")).folders).toEqual([{ name: "workspace", path }]);
    // Its next versions are of the new folder.
    const versions = await test.engine.sessions.listVersions("session_test");
    const snapshots = await test.engine.snapshots.of([{ name: "workspace", path }]);
    const newest = await snapshots.list(versions.at(-1)?.manifest ?? "");
    expect([...newest.keys()]).toEqual(["mine.txt", "report.md"]);
  });

  it("a fork works while its parent goes on in the old one", async () => {
    const path = outside.join("new");
    const parent = await test.engine.sessions.openForWriting("session_test");
    const forked = await Array.fromAsync(
      test.engine.orchestrator.forkWorkflow({
        ...{ sessionId: "session_test", versionId: "v2", forkId: "fork" },
        workspace: { kind: "newFolder", path },
      }),
    );
    await parent.close();
    expect(forked[0]).toMatchObject({ type: "session_forked", folders: [{ name: "workspace", path }] });
    expect(forked.at(-1)).toMatchObject({ type: "workflow_completed", workspace: path });
    expect(await filesIn(path)).toMatchObject({ "report.md": "alpha and beta again\n" });
    expect(await filesIn(test.workspace.path)).toMatchObject({ "report.md": "alpha and beta\n" });
    const versions = await test.engine.sessions.listVersions("fork");
    expect(versions.map(({ versionId }) => versionId)).toEqual(["v1", "v2", "v3", "v4"]);
    expect(versions[0]?.manifest).toEqual((await test.engine.sessions.listVersions("session_test"))[0]?.manifest);
  });

  it("several folders keep their names", async () => {
    await using other = await TestEngine.start({
      script: byAgent({
        planner: [plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] })],
        steps: {
          "Do the alpha part.": [write("left/a.md", "a"), say("A")],
          "Do the beta part.": [write("right/b.md", "b"), say("B"), write("right/b.md", "b2"), say("B2")],
        },
      }),
    });
    const folders = await Promise.all(
      ["left", "right"].map(async (name) => {
        const path = other.workspace.join(name);
        await mkdir(path);
        return { name, path };
      }),
    );
    const request = { goal: "Goal", sessionId: "two", workspaceFolders: folders };
    await Array.fromAsync(other.engine.orchestrator.executeGoalStreaming(request));
    const path = outside.join("both");
    const workspace = { kind: "newFolder", path } as const;
    await Array.fromAsync(other.engine.orchestrator.resumeWorkflow({ sessionId: "two", versionId: "v2", workspace }));
    expect(await filesIn(`${path}/left`)).toEqual({ "a.md": "a\n" });
    expect(await filesIn(`${path}/right`)).toEqual({ "b.md": "b2\n" });
    expect((await other.engine.sessions.getSession("two")).folders).toEqual([
      { name: "left", path: `${path}/left` },
      { name: "right", path: `${path}/right` },
    ]);
  });

  it.each([
    ["newFolder.notEmpty", async () => (await outside.write({ "full/a.txt": "a" }), outside.join("full"))],
    ["workspace.notAFolder", async () => (await outside.write({ file: "a" }), outside.join("file"))],
    ["workspace.notAFolder", async () => (await outside.write({ file: "a" }), outside.join("file/new"))],
    ["workspace.insideHome", async () => test.home.join("sessions")],
    [
      "workspace.insideHome",
      async () => {
        await symlink(test.home.path, outside.join("link"));
        return outside.join("link/new");
      },
    ],
  ])("that cannot be used is refused as %s, and nothing changes", async (code, prepare) => {
    const path = await prepare();
    const row = await test.engine.sessions.getSession("session_test");
    const workspace = { kind: "newFolder", path } as const;
    await expect(resume({ versionId: "v2", workspace })).rejects.toMatchObject({ code });
    const fork = { sessionId: "session_test", versionId: "v2", workspace };
    await expect(Array.fromAsync(test.engine.orchestrator.forkWorkflow(fork))).rejects.toMatchObject({ code });
    expect(await test.engine.sessions.getSession("session_test")).toEqual(row);
    expect(await test.engine.sessions.listSessions({ limit: 9 })).toHaveLength(1);
    await expect(readdir(test.home.join("sessions"))).rejects.toThrow("ENOENT");
  });

  it("that was made is taken away again when the session cannot go on there", async () => {
    const path = outside.join("a/b");
    const workspace = {
      kind: "newFolder" as const,
      path,
      onFilled: () => {
        throw new Error("no");
      },
    };
    await expect(resume({ versionId: "v2", workspace })).rejects.toThrow("no");
    expect(await readdir(outside.path)).toEqual([]);
    await mkdir(outside.join("empty"));
    await expect(resume({ versionId: "v2", workspace: { ...workspace, path: outside.join("empty") } })).rejects.toThrow(
      "no",
    );
    expect(await readdir(outside.path)).toEqual(["empty"]);
    expect(await readdir(outside.join("empty"))).toEqual([]);
  });
});

describe("in its folder as it was then", () => {
  it.each<[string, Partial<ForkRequest>]>([
    ["session.exists", { forkId: "session_test" }],
    ["session.invalidId", { forkId: "a/b" }],
    ["goal.empty", { goal: " " }],
    ["plan.notRunnable", { plan: { summary: "", steps: [] } }],
  ])("a fork that is refused as %s restores nothing", async (code, more) => {
    const before = await filesIn(test.workspace.path);
    const request = { sessionId: "session_test", versionId: "v2", workspace: { kind: "restore" } as const, ...more };
    await expect(test.engine.orchestrator.fork(request)).rejects.toMatchObject({ code });
    expect(await filesIn(test.workspace.path)).toEqual(before);
  });

  it("restores what it wrote, and keeps what somebody else changed", async () => {
    await writeFile(test.workspace.join("beta.md"), "mine now");
    const told: unknown[] = [];
    const workspace = { kind: "restore", onRestored: (result: unknown) => void told.push(result) } as const;
    const running = await test.engine.orchestrator.resume({ sessionId: "session_test", versionId: "v2", workspace });
    expect(told).toMatchObject([{ effects: [{ path: "report.md" }], kept: [{ path: "beta.md", reason: "changed" }] }]);
    const events = await Array.fromAsync(running.events());
    expect(events[0]).toMatchObject({ type: "workflow_resumed", versionId: "v2" });
    expect(await filesIn(test.workspace.path)).toMatchObject({ "beta.md": "mine now", "mine.txt": "mine" });
    const versions = await test.engine.sessions.listVersions("session_test");
    expect(versions.map(({ reason }) => reason)).toContain("before_restore");
  });

  it("a fork begins there too, and the parent can undo it", async () => {
    const request = {
      sessionId: "session_test",
      versionId: "v2",
      forkId: "fork",
      workspace: { kind: "restore" },
    } as const;
    await Array.fromAsync(test.engine.orchestrator.forkWorkflow(request));
    expect(await filesIn(test.workspace.path)).toMatchObject({ "report.md": "alpha and beta again\n" });
    const safety = (await test.engine.sessions.listVersions("session_test")).at(-1);
    expect(safety).toMatchObject({ reason: "before_restore" });
  });
});
