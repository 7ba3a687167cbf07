import { mkdir, readFile, rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import type { WorkspaceRestorePlan } from "../../../../src/core/snapshots/workspaceRestores.ts";
import { type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { noise } from "../store/objectFixtures.ts";
import { contentsOf, createSnapshotBench, type SnapshotBench } from "./snapshotFixtures.ts";

let bench: SnapshotBench;
let folder: TemporaryFolder;
let snapshots: WorkspaceSnapshots;
beforeEach(async () => {
  bench = await createSnapshotBench();
  ({ folder, snapshots } = bench);
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const noIntent = { onIntent: async () => {} };

async function captured(files: Record<string, string | Uint8Array>): Promise<string> {
  await folder.write(files);
  return (await snapshots.capture()).manifest;
}

async function hashOf(manifest: string, path: string): Promise<string> {
  return (await snapshots.find(manifest, path))?.hash ?? "";
}

function told({ changes, conflicts }: WorkspaceRestorePlan): unknown {
  return {
    changes: changes.map(({ path, before, after }) => [path, before?.kind, after?.kind]),
    conflicts: conflicts.map(({ path, reason }) => [path, reason]),
  };
}

test("a plan says what would change and touches nothing", async () => {
  const manifest = await captured({ "a/one.txt": "one", "two.txt": "two", ".vscode/settings.json": "{}" });
  await folder.write({ "a/one.txt": "changed", "new.txt": "new", ".vscode/settings.json": "{ }" });
  await rm(folder.join("two.txt"));
  const before = contentsOf(folder.path);
  const plan = await snapshots.planRestore({ manifest });
  expect(told(plan)).toEqual({
    changes: [
      [".vscode/settings.json", "file", "file"],
      ["a/one.txt", "file", "file"],
      ["new.txt", "file", undefined],
      ["two.txt", undefined, "file"],
    ],
    conflicts: [],
  });
  expect(plan.changes.map(({ isProtected }) => isProtected)).toEqual([true, false, false, false]);
  expect(contentsOf(folder.path)).toEqual(before);
});

test("of what others changed nothing is touched, and what they changed of the session's is a conflict", async () => {
  const manifest = await captured({
    "mine.txt": "1",
    "both.txt": "1",
    "theirs.txt": "1",
    "deleted.txt": "1",
    "kept.txt": "1",
  });
  await folder.write({ "mine.txt": "2", "both.txt": "2", "own.txt": "new", "own dir/own.txt": "new" });
  await rm(folder.join("deleted.txt"));
  const session = (await snapshots.capture()).manifest;
  const lastWritten = new Map<string, string | null>([["deleted.txt", null]]);
  for (const path of ["mine.txt", "both.txt", "own.txt", "own dir/own.txt"])
    lastWritten.set(path, await hashOf(session, path));
  await folder.write({ "both.txt": "3", "theirs.txt": "3", "their new.txt": "3", "own dir/their.txt": "3" });
  await mkdir(folder.join("their hollow"));
  const plan = await snapshots.planRestore({ manifest, lastWritten });
  expect(told(plan)).toEqual({
    changes: [
      ["deleted.txt", undefined, "file"],
      ["mine.txt", "file", "file"],
      ["own dir/own.txt", "file", undefined],
      ["own.txt", "file", undefined],
    ],
    conflicts: [
      ["both.txt", "changed"],
      ["theirs.txt", "changed"],
    ],
  });
  expect(plan.conflicts[0]).toMatchObject({ lastWritten: lastWritten.get("both.txt") });
  expect(plan.conflicts[1]).not.toHaveProperty("lastWritten");
  await snapshots.applyRestore(plan, noIntent);
  expect(contentsOf(folder.path)).toEqual({
    "both.txt": "644 3",
    "deleted.txt": "644 1",
    "kept.txt": "644 1",
    "mine.txt": "644 1",
    "own dir/": "755",
    "own dir/their.txt": "644 3",
    "their hollow/": "755",
    "their new.txt": "644 3",
    "theirs.txt": "644 3",
  });
});

test("a person decides: keep, take, merge, leave out", async () => {
  const manifest = await captured({
    "keep.txt": "1\n",
    "take.txt": "1\n",
    "merge.txt": "a\nb\nc\nd\ne\n",
    "skip.txt": "1\n",
  });
  await folder.write({ "merge.txt": "a\nb\nc\nd\nE\n", "skip.txt": "2\n", "keep.txt": "2\n", "take.txt": "2\n" });
  const session = (await snapshots.capture()).manifest;
  const lastWritten = new Map<string, string>();
  for (const path of ["keep.txt", "take.txt", "merge.txt", "skip.txt"])
    lastWritten.set(path, await hashOf(session, path));
  await folder.write({ "keep.txt": "3\n", "take.txt": "3\n", "merge.txt": "A\nb\nc\nd\nE\n" });
  const plan = await snapshots.planRestore({ manifest, lastWritten });
  const conflict = plan.conflicts.find(({ path }) => path === "merge.txt");
  const merged = await snapshots.merge({
    base: conflict?.lastWritten ?? "",
    mine: conflict?.before?.hash ?? "",
    theirs: conflict?.after?.hash ?? "",
    labels: { mine: "mine", theirs: "v1" },
  });
  expect(merged).toEqual({ text: "A\nb\nc\nd\ne\n", conflicts: 0 });
  await snapshots.applyRestore(plan, {
    ...noIntent,
    decisions: {
      skip: new Set(["skip.txt"]),
      conflicts: new Map<string, "take" | Uint8Array>([
        ["take.txt", "take"],
        ["merge.txt", new TextEncoder().encode(merged?.text)],
      ]),
    },
  });
  expect(contentsOf(folder.path)).toEqual({
    "keep.txt": "644 3\n",
    "merge.txt": "644 A\nb\nc\nd\ne\n",
    "skip.txt": "644 2\n",
    "take.txt": "644 1\n",
  });
});

test("what is no text is not merged", async () => {
  const manifest = await captured({ "text.txt": "text", "binary.bin": noise(100), "latin1.txt": Buffer.from([0xe9]) });
  const [text, binary, latin1] = await Promise.all(
    ["text.txt", "binary.bin", "latin1.txt"].map((path) => hashOf(manifest, path)),
  );
  const labels = { mine: "mine", theirs: "theirs" };
  expect(await snapshots.merge({ mine: text ?? "", theirs: binary ?? "", labels })).toBeUndefined();
  expect(await snapshots.merge({ mine: latin1 ?? "", theirs: text ?? "", labels })).toBeUndefined();
  expect(await snapshots.merge({ mine: text ?? "", theirs: text ?? "", labels })).toMatchObject({ conflicts: 0 });
});

test("one file or folder can be restored alone", async () => {
  const manifest = await captured({ "a/one.txt": "1", "a/two.txt": "1", "b.txt": "1", "ab.txt": "1" });
  await folder.write({ "a/one.txt": "2", "a/two.txt": "2", "b.txt": "2", "ab.txt": "2" });
  const plan = await snapshots.planRestore({ manifest, paths: ["a", "b.txt"] });
  expect(plan.changes.map(({ path }) => path)).toEqual(["a/one.txt", "a/two.txt", "b.txt"]);
  const single = await snapshots.planRestore({ manifest, paths: ["a/two.txt"] });
  await snapshots.applyRestore(single, noIntent);
  expect([await folder.read("a/one.txt"), await folder.read("a/two.txt")]).toEqual(["2", "1"]);
});

test("single states can be restored without a snapshot, such as what was before one agent's changes", async () => {
  const manifest = await captured({ "a.txt": "before", "b.txt": "before" });
  await folder.write({ "a.txt": "after", "b.txt": "after", "c/d.txt": "after" });
  const files = new Map([
    ["a.txt", (await snapshots.find(manifest, "a.txt")) ?? null],
    ["c/d.txt", null],
  ]);
  await snapshots.applyRestore(await snapshots.planRestore({ files }), noIntent);
  expect(contentsOf(folder.path)).toEqual({ "a.txt": "644 before", "b.txt": "644 after", "c/": "755" });
});

test("a file does not take the place of a folder in which something stays", async () => {
  const manifest = await captured({ ".gitignore": "*.log\n", thing: "a file" });
  await rm(folder.join("thing"));
  await folder.write({ "thing/new.txt": "new", "thing/kept.log": "ignored, so in no snapshot" });
  const plan = await snapshots.planRestore({ manifest });
  expect(told(plan)).toEqual({ changes: [["thing/new.txt", "file", undefined]], conflicts: [["thing", "inTheWay"]] });
  const decisions = { conflicts: new Map([["thing", "take" as const]]) };
  const { failed } = await snapshots.applyRestore(plan, { ...noIntent, decisions });
  expect(failed).toMatchObject([{ path: "thing", failure: "inTheWay" }]);
  expect(await folder.read("thing/kept.log")).toContain("ignored");
});

test("what the rules leave out by now is not taken for absent", async () => {
  const manifest = await captured({ "grows.bin": "small", "ignored.log": "text" });
  await folder.write({ "grows.bin": noise(3_000_000), "ignored.log": "changed", ".gitignore": "*.log" });
  const plan = await snapshots.planRestore({ manifest, lastWritten: new Map() });
  expect(told(plan)).toEqual({
    changes: [],
    conflicts: [
      ["grows.bin", "changed"],
      ["ignored.log", "changed"],
    ],
  });
  const { changes } = await snapshots.compareWithFolder(manifest);
  expect(changes.map(({ path, change }) => [path, change])).toEqual([
    [".gitignore", "created"],
    ["grows.bin", "modified"],
    ["ignored.log", "modified"],
  ]);
  const decisions = { conflicts: new Map([["grows.bin", "take" as const]]) };
  await snapshots.applyRestore(plan, { ...noIntent, decisions });
  expect(await folder.read("grows.bin")).toBe("small");
  const undo = await snapshots.planRestore({ manifest: plan.before, paths: ["grows.bin"] });
  await snapshots.applyRestore(undo, noIntent);
  expect((await readFile(folder.join("grows.bin"))).equals(noise(3_000_000))).toBe(true);
});

test("what is in no snapshot is neither deleted nor overwritten unless a person says so", async () => {
  await folder.write({ ".env": "SECRET=1" });
  const without = (await snapshots.capture()).manifest;
  const files = new Map([
    [
      ".env",
      {
        kind: "file" as const,
        mode: 0o644,
        size: 3,
        hash: (await bench.store.blobs.put([Buffer.from("new")]))[0] ?? "",
      },
    ],
  ]);
  const plan = await snapshots.planRestore({ files });
  expect(told(plan)).toEqual({ changes: [], conflicts: [[".env", "notCaptured"]] });
  await rm(folder.join(".env"));
  await snapshots.capture();
  expect((await snapshots.planRestore({ manifest: without })).notInSnapshot).toEqual([
    { path: ".env", reason: "secret" },
  ]);
});
