import { mkdir, rename, rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionRestorePlan } from "../../../../src/core/sessions/restorePlan.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";
import { contentsOf } from "../snapshots/snapshotFixtures.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";
import { planned } from "./sessionEvents.ts";

let bench: RestoreHost;
beforeEach(async () => {
  bench = await startRestoreHost();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const WRITER = { agentId: "writer_1", stepId: "write" };
const CODER = { agentId: "coder_1", stepId: "code" };

function told({ changes, conflicts }: SessionRestorePlan): unknown {
  return {
    changes: changes.map(({ path, change }) => [path, change]),
    conflicts: conflicts.map(({ path, reason }) => [path, reason]),
  };
}

/** A session `mine` that began with one file and whose two agents then changed the folder. */
async function sessionOfTwo(): Promise<void> {
  await bench.folder.write({ "README.md": "# Sample\n", "notes.txt": "mine\n" });
  const session = await bench.begin("mine");
  await session.emit(planned("write", "code"));
  await session.write(WRITER, { "README.md": "# Better\n", "docs/guide.md": "guide\n" });
  await session.version();
  await session.write(CODER, { "src/a.ts": "a\n", "README.md": "# Best\n" });
  await session.version();
  await session.end();
}

async function applied(plan: SessionRestorePlan, choices: Parameters<RestoreHost["restores"]["apply"]>[1] = {}) {
  return bench.restores.apply(plan, choices);
}

describe("a version", () => {
  test("is restored, told as events, and the restore can be undone and undone again", async () => {
    await sessionOfTwo();
    const after = contentsOf(bench.folder.path);
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
    expect(told(plan)).toEqual({
      changes: [
        ["README.md", "modified"],
        ["docs", "deleted"],
        ["docs/guide.md", "deleted"],
        ["src", "deleted"],
        ["src/a.ts", "deleted"],
      ],
      conflicts: [],
    });
    expect(contentsOf(bench.folder.path)).toEqual(after);

    const done = await applied(plan);
    expect(done).toMatchObject({ safetyVersionId: "v4", failed: [], kept: [] });
    expect(contentsOf(bench.folder.path)).toEqual({
      "README.md": "644 # Sample\n",
      "notes.txt": "644 mine\n",
    });
    expect(bench.told.map(({ type }) => type)).toEqual(["snapshot_created", "restore_started", "snapshot_restored"]);
    const [safety] = (await bench.host.sessions.listVersions("mine")).slice(-1);
    expect(safety).toMatchObject({ versionId: "v4", reason: "before_restore", manifest: plan.before, files: 0 });
    expect(await bench.host.sessions.getSession("mine")).toMatchObject({ owner: null });

    const undo = await bench.restores.plan({ sessionId: "mine", versionId: "v4" });
    // A path the session knows is none that was mistyped, though nothing is there and nothing has to be.
    const gone = await bench.restores.plan({ sessionId: "mine", versionId: "v1", paths: ["src/a.ts", "README.md"] });
    expect(told(gone)).toEqual({ changes: [], conflicts: [] });
    await applied(undo);
    expect(contentsOf(bench.folder.path)).toEqual(after);
    await applied(await bench.restores.plan({ sessionId: "mine", versionId: "v5" }));
    expect(contentsOf(bench.folder.path)["README.md"]).toBe("644 # Sample\n");
  });

  test("in part: one file of it, and what is below a folder", async () => {
    await sessionOfTwo();
    const one = await bench.restores.plan({ sessionId: "mine", versionId: "v2", paths: ["README.md"] });
    expect(told(one)).toEqual({ changes: [["README.md", "modified"]], conflicts: [] });
    expect(one.scope).toBe("files");
    const below = await bench.restores.plan({ sessionId: "mine", versionId: "v1", paths: ["src"] });
    expect(told(below)).toMatchObject({
      changes: [
        ["src", "deleted"],
        ["src/a.ts", "deleted"],
      ],
    });
    await expect(
      bench.restores.plan({ sessionId: "mine", versionId: "v1", paths: ["READNE.md"] }),
    ).rejects.toMatchObject({ code: "snapshot.noSuchPath", params: { path: "READNE.md", version: "v1" } });
    await expect(
      bench.restores.plan({ sessionId: "mine", versionId: "v1", paths: ["../outside"] }),
    ).rejects.toMatchObject({ code: "path.invalid" });
    // Nothing to do, but nothing wrong either.
    expect(told(await bench.restores.plan({ sessionId: "mine", versionId: "v1", paths: ["notes.txt"] }))).toEqual({
      changes: [],
      conflicts: [],
    });
  });

  test("takes back what agents wrote where nothing is captured, and leaves the rest there alone", async () => {
    await bench.folder.write({ ".gitignore": "dist/\n", "dist/old.js": "old" });
    const session = await bench.begin("mine");
    await session.write(WRITER, { "dist/new.js": "new" });
    await session.version("step_completed", ["dist/new.js"]);
    await session.end();
    await applied(await bench.restores.plan({ sessionId: "mine", versionId: "v1" }));
    expect(await bench.folder.files()).toEqual([".gitignore", "dist/old.js"]);
  });
});

test("a folder stays with what others put into it, and nobody is told that it went", async () => {
  const session = await bench.begin("mine");
  await session.write(WRITER, { "build/out.js": "out", "build/deep/er.js": "er" });
  await session.version();
  await session.end();
  await bench.folder.write({ "build/theirs.js": "theirs" });
  const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
  expect(told(plan)).toEqual({
    changes: [
      ["build/deep", "deleted"],
      ["build/deep/er.js", "deleted"],
      ["build/out.js", "deleted"],
    ],
    conflicts: [],
  });
  // Somebody was faster than the restore.
  await bench.folder.write({ "build/deep/late.js": "late" });
  const { effects } = await applied(plan);
  expect(effects.map(({ path }) => path)).toEqual(["build/deep/er.js", "build/out.js"]);
  expect(await bench.folder.files()).toEqual(["build/deep/late.js", "build/theirs.js"]);
});

describe("what a person has to decide", () => {
  test("files of others are not touched; changed ones are kept, taken or merged", async () => {
    await bench.folder.write({ "kept.md": "1\n", "taken.md": "1\n", "merged.md": "a\nb\nc\nd\ne\n", "own.md": "1\n" });
    const session = await bench.begin("mine");
    await session.write(WRITER, { "kept.md": "2\n", "taken.md": "2\n", "merged.md": "a\nb\nc\nd\nE\n" });
    await session.version();
    await session.end();
    await bench.folder.write({
      "kept.md": "3\n",
      "taken.md": "3\n",
      "merged.md": "A\nb\nc\nd\nE\n",
      "own.md": "2\n",
      "new of others.md": "new\n",
    });
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
    expect(plan.conflicts.map(({ path, reason, canMerge }) => [path, reason, canMerge])).toEqual([
      ["kept.md", "changed", true],
      ["merged.md", "changed", true],
      ["own.md", "notWritten", false],
      ["taken.md", "changed", true],
    ]);
    expect(await bench.restores.merge(plan, "merged.md")).toEqual({ text: "A\nb\nc\nd\ne\n", conflicts: 0 });
    const result = await applied(plan, {
      conflicts: new Map([
        ["taken.md", "take"],
        ["merged.md", "merge"],
      ]),
    });
    expect(result.kept.map(({ path }) => path)).toEqual(["kept.md", "own.md"]);
    expect(result.merged).toEqual([{ path: "merged.md", conflicts: 0 }]);
    expect(contentsOf(bench.folder.path)).toEqual({
      "kept.md": "644 3\n",
      "taken.md": "644 1\n",
      "merged.md": "644 A\nb\nc\nd\ne\n",
      "own.md": "644 2\n",
      "new of others.md": "644 new\n",
    });
    // What was taken was somebody's work: undoing brings it back.
    await applied(await bench.restores.plan({ sessionId: "mine", versionId: result.safetyVersionId ?? "" }));
    expect(contentsOf(bench.folder.path)).toMatchObject({
      "taken.md": "644 3\n",
      "merged.md": "644 A\nb\nc\nd\nE\n",
    });
  });

  test("a merge of what both changed marks the place, and what is no text is kept", async () => {
    await bench.folder.write({ "text.md": "1\n", "binary.bin": "\0a" });
    const session = await bench.begin("mine");
    await session.write(WRITER, { "text.md": "2\n", "binary.bin": "\0b" });
    await session.version();
    await session.end();
    await bench.folder.write({ "text.md": "3\n", "binary.bin": "\0c" });
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
    const all = new Map(plan.conflicts.map(({ path }) => [path, "merge" as const]));
    const result = await applied(plan, { conflicts: all });
    expect(result).toMatchObject({ kept: [{ path: "binary.bin" }], merged: [{ path: "text.md", conflicts: 1 }] });
    expect(await bench.folder.read("text.md")).toBe("<<<<<<< yours\n3\n=======\n1\n>>>>>>> v1\n");
    expect(await bench.folder.read("binary.bin")).toBe("\0c");
  });

  test("editors with unsaved changes, and what makes other programs run code", async () => {
    await bench.folder.write({ "a.md": "1\n", ".vscode/tasks.json": "{}\n" });
    const session = await bench.begin("mine");
    await session.write(WRITER, { "a.md": "2\n", ".vscode/tasks.json": "{ }\n" });
    await session.version();
    await session.end();
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" }, { unsaved: ["a.md"] });
    expect(told(plan)).toEqual({
      changes: [],
      conflicts: [
        [".vscode/tasks.json", "protected"],
        ["a.md", "unsaved"],
      ],
    });
    // Nothing decided, nothing done, nothing written down.
    expect(await applied(plan)).toMatchObject({ effects: [], failed: [] });
    expect(bench.told).toEqual([]);
    expect(await bench.folder.read("a.md")).toBe("2\n");
    await applied(plan, { conflicts: new Map([["a.md", "take"]]) });
    expect(await bench.folder.read("a.md")).toBe("1\n");
    expect(await bench.folder.read(".vscode/tasks.json")).toBe("{ }\n");
  });

  test("what changed after the plan was shown is left alone and told", async () => {
    await sessionOfTwo();
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
    await bench.folder.write({ "README.md": "somebody's\n", "src/theirs.ts": "theirs\n" });
    const result = await applied(plan);
    expect(result.failed).toMatchObject([{ path: "README.md", failure: "changed" }]);
    expect(contentsOf(bench.folder.path)).toEqual({
      "README.md": "644 somebody's\n",
      "notes.txt": "644 mine\n",
      "src/": "755",
      "src/theirs.ts": "644 theirs\n",
    });
    // The safety version holds what was there at that moment, not when the plan was made.
    const { manifest } = (await bench.host.sessions.listVersions("mine")).at(-1) ?? {};
    const kept = await (await bench.snapshots.of(bench.folders)).read(manifest ?? "", "README.md");
    expect(Buffer.from(kept ?? []).toString()).toBe("somebody's\n");
  });
});

describe("one step or agent", () => {
  test("is taken back without what others did", async () => {
    await sessionOfTwo();
    const step = await bench.restores.plan({ sessionId: "mine", stepId: "code" });
    expect(step.scope).toBe("step:code");
    expect(told(step)).toEqual({
      changes: [
        ["README.md", "modified"],
        ["src/a.ts", "deleted"],
      ],
      conflicts: [],
    });
    // What another changed afterwards is in doubt.
    const agent = await bench.restores.plan({ sessionId: "mine", agentId: "writer_1" });
    expect(told(agent)).toEqual({
      changes: [["docs/guide.md", "deleted"]],
      conflicts: [["README.md", "changed"]],
    });
    await applied(step);
    expect(await bench.folder.read("README.md")).toBe("# Better\n");
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
    await sessionOfTwo();
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

describe("bad input", () => {
  test("sessions and versions that are not there, and versions without files", async () => {
    await sessionOfTwo();
    const { restores, host } = bench;
    const rejects = async (target: { sessionId: string; versionId: string }, expected: object) =>
      await expect(restores.plan(target)).rejects.toMatchObject(expected);
    await rejects({ sessionId: "mina", versionId: "v1" }, { code: "session.unknown", params: { nearest: "mine" } });
    await rejects({ sessionId: "../mine", versionId: "v1" }, { code: "session.invalidId" });
    await rejects({ sessionId: "mine", versionId: "v11" }, { code: "version.unknown", params: { nearest: "v1" } });
    await host.sessions.updateSession({ sessionId: "mine", updates: { note: 1 }, createSnapshot: true });
    await rejects(
      { sessionId: "mine", versionId: "v4" },
      { code: "snapshot.notCaptured", params: { version: "v4", kept: "v1, v2, v3" } },
    );
    const writer = await host.sessions.openForWriting("mine");
    await host.commit(writer, { type: "snapshots_removed", source: "test", versionIds: ["v1"], reason: "user" });
    await writer.close();
    await rejects({ sessionId: "mine", versionId: "v1" }, { code: "snapshot.removed", params: { kept: "v2, v3" } });
    expect(bench.told).toEqual([]);
  });

  test("a session that somebody runs", async () => {
    await bench.folder.write({ "a.md": "1\n" });
    const session = await bench.begin("mine");
    await expect(bench.restores.plan({ sessionId: "mine", versionId: "v1" })).rejects.toMatchObject({
      code: "session.running",
    });
    await session.end();
    const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" });
    const again = await bench.host.sessions.openForWriting("mine");
    await expect(bench.restores.apply(plan)).rejects.toMatchObject({ code: "session.running" });
    await again.close();
  });

  test("a folder that is gone: another one can be named, and the session belongs there from then on", async () => {
    await sessionOfTwo();
    const moved = `${bench.folder.path}-moved`;
    await rename(bench.folder.path, moved);
    try {
      await expect(bench.restores.plan({ sessionId: "mine", versionId: "v1" })).rejects.toMatchObject({
        code: "session.folderGone",
        params: { id: "mine", path: bench.folder.path },
      });
      const workspaceFolders = [{ name: "moved", path: moved }];
      const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v1" }, { workspaceFolders });
      await bench.restores.apply(plan);
      expect(contentsOf(moved)).toEqual({ "README.md": "644 # Sample\n", "notes.txt": "644 mine\n" });
      expect(await bench.host.sessions.getSession("mine")).toMatchObject({ folders: [{ name: "app", path: moved }] });
      const two = [...workspaceFolders, { name: "other", path: moved }];
      await expect(
        bench.restores.plan({ sessionId: "mine", versionId: "v1" }, { workspaceFolders: two }),
      ).rejects.toMatchObject({ code: "session.otherFolders", params: { count: 1 } });
    } finally {
      await rm(moved, { recursive: true });
    }
  });

  test("a home inside the folder is refused", async () => {
    await sessionOfTwo();
    const workspaceFolders = [{ name: "app", path: `${bench.host.home.path}/..` }];
    await expect(
      bench.restores.plan({ sessionId: "mine", versionId: "v1" }, { workspaceFolders }),
    ).rejects.toMatchObject({ code: "home.insideWorkspace" });
  });
});

test("several folders are bound by name", async () => {
  await using one = await createTemporaryFolder();
  await using two = await createTemporaryFolder();
  await one.write({ "a.md": "1\n" });
  await two.write({ "a.md": "1\n" });
  const folders = [
    { name: "api", path: one.path },
    { name: "web", path: two.path },
  ];
  const session = await bench.begin("both", folders);
  await session.write(WRITER, { "api/a.md": "2\n", "web/b.md": "2\n" });
  await session.version();
  await session.end();
  const plan = await bench.restores.plan({ sessionId: "both", versionId: "v1" });
  expect(told(plan)).toEqual({
    changes: [
      ["api/a.md", "modified"],
      ["web/b.md", "deleted"],
    ],
    conflicts: [],
  });
  await bench.restores.apply(plan);
  expect(contentsOf(one.path)).toEqual({ "a.md": "644 1\n" });
  expect(contentsOf(two.path)).toEqual({ "a.md": "644 1\n" });

  // Elsewhere, and in another order.
  await mkdir(bench.folder.join("api"));
  await mkdir(bench.folder.join("web"));
  const elsewhere = ["web", "api"].map((name) => ({ name, path: bench.folder.join(name) }));
  const there = await bench.restores.plan({ sessionId: "both", versionId: "v2" }, { workspaceFolders: elsewhere });
  expect(there.folders.map(({ name, path }) => [name, path])).toEqual([
    ["api", bench.folder.join("api")],
    ["web", bench.folder.join("web")],
  ]);
});
