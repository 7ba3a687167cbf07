import { chmod } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SessionFiles, type FileChange, type VersionChanges } from "../../../../src/core/sessions/sessionFiles.ts";
import { SnapshotStore } from "../../../../src/core/snapshots/snapshotStore.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";
import { fixedSettings } from "../snapshots/snapshotFixtures.ts";
import { openTestObjects } from "../store/objectFixtures.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";

let bench: RestoreHost;
beforeEach(async () => {
  bench = await startRestoreHost();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const WRITER = { agentId: "writer_1", stepId: "write" };

function at(sessionId: string, versionId: string) {
  return { sessionId, versionId };
}

function told({ basis, changes }: VersionChanges): unknown {
  return [basis, changes.map(({ path, change }) => [path, change])];
}

function textOf(content: Uint8Array | undefined): string | undefined {
  return content && Buffer.from(content).toString();
}

async function session(sessionId = "mine"): Promise<void> {
  const running = await bench.begin(sessionId);
  await running.write(WRITER, { "a.md": "two\n", "new.md": "new\n" });
  await running.version();
  await running.write(WRITER, { "new.md": null });
  await running.version();
  await running.end();
}

test("lists a version, gives contents, and tells what differs since the one before or any other", async () => {
  await bench.folder.write({ "a.md": "one\n", "same.md": "same\n" });
  await session();
  expect([...(await bench.files.list(at("mine", "v2"))).keys()]).toEqual(["a.md", "new.md", "same.md"]);
  expect(textOf(await bench.files.content(at("mine", "v1"), "a.md"))).toBe("one\n");
  expect(await bench.files.content(at("mine", "v1"), "new.md")).toBeUndefined();
  expect(told(await bench.files.changes({ to: at("mine", "v2") }))).toEqual([
    "snapshots",
    [
      ["a.md", "modified"],
      ["new.md", "created"],
    ],
  ]);
  expect(await bench.files.changes({ to: at("mine", "v1") })).toEqual({
    to: at("mine", "v1"),
    basis: "snapshots",
    changes: [],
  });
  const back = await bench.files.changes({ from: at("mine", "latest"), to: at("mine", "v2") });
  expect(told(back)).toEqual(["snapshots", [["new.md", "created"]]]);
  const [change] = back.changes;
  expect(textOf(await bench.files.contentOf(change?.after?.hash ?? ""))).toBe("new\n");
});

test("two sessions are compared, and a version with the folders as they are now", async () => {
  await bench.folder.write({ "a.md": "one\n", ".gitignore": "out/\n" });
  await session("first");
  await session("second");
  const changes = await bench.files.changes({ from: at("first", "v1"), to: at("second", "v2") });
  expect(told(changes)).toEqual([
    "snapshots",
    [
      ["a.md", "modified"],
      ["new.md", "created"],
    ],
  ]);
  const more = await bench.host.sessions.openForWriting("first");
  const written = [{ path: "out/a.js", change: "created" as const, after: "0".repeat(64) }];
  const call = { toolUseId: "call_x", tool: "bash", isError: false, content: "", effects: written };
  await bench.host.commit(more, { type: "tool_result", source: "writer_1", agentId: "writer_1", ...call });
  await more.close();
  await bench.folder.write({ "theirs.md": "theirs\n", "out/a.js": "a", "out/b.js": "b" });
  const { changes: since, folders } = await bench.files.changesInWorkspace(at("first", "v3"));
  expect(folders).toEqual(bench.folders);
  // What the session wrote counts where nothing else is looked at.
  expect(since.map(({ path, change }) => [path, change])).toEqual([
    ["out/a.js", "created"],
    ["theirs.md", "created"],
  ]);
});

test("where a version holds no files, what agents did is told; between sessions that is an error", async () => {
  await bench.folder.write({ "a.md": "one\n" });
  await session();
  await session("other");
  const removed = await bench.versions.removeSnapshots({ sessionId: "mine", versionIds: ["v2"] });
  expect(removed).toEqual({ removed: ["v2"], pinned: [] });
  const forth = await bench.files.changes({ from: at("mine", "v1"), to: at("mine", "v2") });
  expect(told(forth)).toEqual([
    "effects",
    [
      ["a.md", "modified"],
      ["new.md", "created"],
    ],
  ]);
  const back = await bench.files.changes({ from: at("mine", "v2"), to: at("mine", "v1") });
  expect(told(back)).toEqual([
    "effects",
    [
      ["a.md", "modified"],
      ["new.md", "deleted"],
    ],
  ]);
  const [patch] = await patches(forth.changes);
  expect(patch).toMatchObject({ kind: "text", text: expect.stringContaining("-one\n+two\n") });
  await expect(bench.files.changes({ from: at("mine", "v2"), to: at("other", "v2") })).rejects.toMatchObject({
    code: "snapshot.removed",
    params: { version: "v2", kept: "v1, v3" },
  });
});

function patches(changes: readonly FileChange[]) {
  return Promise.all(changes.map((change) => bench.files.patch(change)));
}

test("a unified diff is one that git applies", async () => {
  const before = {
    "text.md": "a\nb\nc\n",
    "gone.md": "gone",
    "with space.md": "1",
    "mode.sh": "x\n",
    "ümläut.md": "1\n",
  };
  await bench.folder.write(before);
  const running = await bench.begin("mine");
  await bench.folder.write({
    "text.md": "a\nB\nc",
    "new/file.md": "new\n",
    "with space.md": "2\n",
    "ümläut.md": "2\n",
  });
  await chmod(bench.folder.join("mode.sh"), 0o755);
  await running.write(WRITER, { "gone.md": null });
  await running.version();
  await running.end();
  const { changes } = await bench.files.changes({ to: at("mine", "v2") });
  const texts = (await patches(changes)).map((patch) => (patch.kind === "text" ? patch.text : patch.kind));
  await using clone = await createTemporaryFolder();
  await clone.write(before);
  execFileSync("git", ["apply"], { cwd: clone.path, input: texts.join("") });
  const files = await bench.folder.files();
  expect(await clone.files()).toEqual(files);
  for (const file of files) expect(await clone.read(file)).toBe(await bench.folder.read(file));
});

test("says honestly what cannot be shown", async () => {
  const long = "line\n".repeat(850_000);
  await bench.folder.write({ "binary.bin": "\0a", "long.txt": long, ".env": "KEY=1\n", "lost.md": "1\n" });
  bench = await withLimit();
  const running = await bench.begin("mine");
  await bench.folder.write({ "binary.bin": "\0b", "long.txt": `${long}!`, ".env": "KEY=22\n", "lost.md": "22\n" });
  await running.version();
  await running.end();
  const { changes } = await bench.files.changes({ to: at("mine", "v2") });
  const lost = changes.find(({ path }) => path === "lost.md");
  const missing: FileChange = {
    path: "lost.md",
    change: "modified",
    before: { hash: "0".repeat(64) },
    after: lost?.after ?? {},
  };
  expect(await patches([...changes.filter(({ path }) => path !== "lost.md"), missing])).toEqual([
    { kind: "notKept", path: ".env" },
    { kind: "binary", path: "binary.bin" },
    { kind: "tooLong", path: "long.txt" },
    { kind: "missing", path: "lost.md" },
  ]);
});

/** A bench on the same folder that captures long files. */
async function withLimit(): Promise<RestoreHost> {
  const other = await startRestoreHost({ "snapshots.maxFileSizeMb": 64 });
  const files = await bench.folder.files();
  for (const file of files) await other.folder.write({ [file]: await bench.folder.read(file) });
  await bench[Symbol.asyncDispose]();
  return other;
}

test("content that was damaged on the disk is told as that", async () => {
  await bench.folder.write({ "a.md": "one\n".repeat(100) });
  await session();
  const { changes } = await bench.files.changes({ to: at("mine", "v2") });
  await bench.snapshots.close();
  const database = new DatabaseSync(bench.host.home.join("objects.db"));
  database.exec("UPDATE packs SET bytes = zeroblob(length(bytes))");
  database.close();
  const { host } = bench;
  const snapshots = new SnapshotStore({
    open: () => openTestObjects(host.home.path, host.clock),
    settings: fixedSettings({}),
  });
  const files = new SessionFiles({ home: host.home.path, sessions: host.sessions, snapshots });
  const [change] = changes.filter(({ path }) => path === "a.md");
  expect(await files.patch(change as FileChange)).toEqual({ kind: "corrupted", path: "a.md" });
  await snapshots.close();
});
