import { mkdir, rename, rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionRestorePlan } from "../../../../src/core/sessions/restorePlan.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";
import { contentsOf } from "../snapshots/snapshotFixtures.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";
import { sessionOfTwo, told, WRITER } from "./sessionOfTwo.ts";

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

describe("a version", () => {
  test("is restored, told as events, and the restore can be undone and undone again", async () => {
    await sessionOfTwo(bench);
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
    await sessionOfTwo(bench);
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
    await sessionOfTwo(bench);
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

describe("bad input", () => {
  test("sessions and versions that are not there, and versions without files", async () => {
    await sessionOfTwo(bench);
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
    await sessionOfTwo(bench);
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
    await sessionOfTwo(bench);
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
