/** A restore whose process is killed is finished by whoever comes next, and what others did meanwhile stays. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRemote } from "../store/remoteProcess.ts";
import { contentsOf } from "../snapshots/snapshotFixtures.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";

let bench: RestoreHost;
beforeEach(async () => {
  bench = await startRestoreHost();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const FILES = Array.from({ length: 150 }, (_, index) => `dir${index % 7}/file${index}.txt`);

/** A session that changed 100 files, deleted 25 and created 25. */
async function sessionOfMany(): Promise<Record<string, string>> {
  await bench.folder.write(Object.fromEntries(FILES.slice(0, 125).map((path) => [path, `before ${path}`])));
  const before = contentsOf(bench.folder.path);
  const session = await bench.begin("mine");
  const written = FILES.map((path, index) => [path, index >= 100 && index < 125 ? null : `after ${path}`]);
  await session.write({ agentId: "writer_1" }, Object.fromEntries(written));
  await session.version();
  await session.end();
  return before;
}

/** Restores `v1` in a process that is killed so many milliseconds after the steps were recorded. */
async function restoreAndKill(milliseconds: number): Promise<void> {
  await using remote = await startRemote(new URL("./restoreProcess.ts", import.meta.url), bench.host.home.path);
  await remote.call("restore", "mine", "v1", milliseconds).catch(() => undefined);
  await remote.kill();
}

test.each([0, 1, 3, 8, 20])("killed after %i ms", async (milliseconds) => {
  const before = await sessionOfMany();
  await restoreAndKill(milliseconds);
  const pending = await bench.restores.pending("mine");
  const outcome = await bench.restores.finish("mine");
  if (milliseconds === 0) expect(pending).toMatchObject({ scope: "version", safetyVersionId: "v3" });
  expect(outcome === undefined).toBe(pending === undefined);
  expect(outcome?.failed ?? []).toEqual([]);
  expect(contentsOf(bench.folder.path)).toEqual(before);
  expect(await bench.restores.pending("mine")).toBeUndefined();
  const restored = (await bench.host.events("mine")).filter(({ type }) => type === "snapshot_restored");
  expect(restored).toHaveLength(1);
  expect(restored).toMatchObject([{ effects: expect.objectContaining({ length: 150 }) }]);
  // Undone with the safety version it had before it was killed.
  await bench.restores.apply(await bench.restores.plan({ sessionId: "mine", versionId: "v3" }));
  expect(await bench.folder.read("dir1/file1.txt")).toBe("after dir1/file1.txt");
});

test("a new restore finishes the interrupted one first, and leaves alone what somebody changed in between", async () => {
  await sessionOfMany();
  await restoreAndKill(0);
  await bench.folder.write({ "dir0/file0.txt": "somebody's" });
  const plan = await bench.restores.plan({ sessionId: "mine", versionId: "v2" });
  const [ended] = (await bench.host.events("mine")).slice(-1);
  expect(ended).toMatchObject({
    type: "snapshot_restored",
    failed: [{ path: "dir0/file0.txt", failure: "changed" }],
  });
  expect(plan.conflicts.map(({ path, reason }) => [path, reason])).toEqual([["dir0/file0.txt", "changed"]]);
  await bench.restores.apply(plan);
  expect(await bench.folder.read("dir0/file0.txt")).toBe("somebody's");
  expect(await bench.folder.read("dir2/file2.txt")).toBe("after dir2/file2.txt");
});

test("one whose steps are lost ends as failed, so that the session goes on", async () => {
  await bench.folder.write({ "a.md": "1\n" });
  const session = await bench.begin("mine");
  await session.write({ agentId: "writer_1" }, { "a.md": "2\n" });
  await session.emit({
    type: "restore_started",
    source: "restore",
    restoreId: "restore_1",
    safetyVersionId: "v1",
    scope: "version",
    after: "0".repeat(64),
    steps: "1".repeat(64),
  });
  await session.end();
  expect(await bench.restores.finish("mine")).toMatchObject({ restored: [], failed: [{ failure: "missing" }] });
  expect(await bench.restores.finish("mine")).toBeUndefined();
  expect(await bench.folder.read("a.md")).toBe("2\n");
});
