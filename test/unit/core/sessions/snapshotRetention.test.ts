import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventDraft } from "../../../../src/core/events/event.ts";
import { hashesOf, namedContents } from "../../../../src/core/sessions/namedContents.ts";
import { HOUR, noise } from "../store/objectFixtures.ts";
import { startRestoreHost, type RestoreHost, type RunningSession } from "./restoreHost.ts";
import { interrupted, planned, started, workflowCompleted } from "./sessionEvents.ts";

const DAY = 24 * HOUR;
const WRITER = { agentId: "writer_1", stepId: "write" };

/** Text that takes about its length on the disk, and differs for each seed. */
function long(seed: number, length = 40_000): string {
  return Buffer.from(noise(Math.floor(length * 0.75), seed + 1)).toString("base64");
}

/** So many kilobytes, in the unit of the setting. */
function kilobytes(count: number): number {
  return count / (1024 * 1024);
}

let bench: RestoreHost;
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

async function keptVersions(): Promise<string[]> {
  const rows = await bench.host.sessions.listSessions({ limit: 100 });
  const kept: string[] = [];
  for (const { sessionId } of rows.toReversed()) {
    for (const version of await bench.host.sessions.listVersions(sessionId))
      if (version.manifest !== null) kept.push(`${sessionId}/${version.versionId}`);
  }
  return kept;
}

/** A session of `count` versions after the first, each with content of its own; somebody else's file comes and goes. */
async function session(sessionId: string, count: number, seed: number): Promise<RunningSession> {
  const running = await bench.begin(sessionId);
  for (let index = 0; index < count; index++) {
    await bench.folder.write({ "big.txt": long(seed + index) });
    await running.version();
  }
  return running;
}

describe("the quota", () => {
  beforeEach(async () => {
    bench = await startRestoreHost({ "snapshots.quotaGb": kilobytes(130) });
  });

  test("is kept by giving up the oldest snapshots, whatever session they are of; sessions stay", async () => {
    const first = await session("first", 2, 10);
    await first.emit(workflowCompleted);
    await first.end();
    await bench.host.clock.advance(1);
    const second = await session("second", 3, 20);
    await second.emit(workflowCompleted);
    await second.end();
    const dry = await bench.retention.enforce({ dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, removed: expect.objectContaining({ length: expect.any(Number) }) });
    expect(dry.usedBytes).toBeGreaterThan(dry.quotaBytes);
    const all = await keptVersions();
    expect(all).toHaveLength(7);

    // Without the sessions that go first nothing else has to.
    const without = new Set(["second"]);
    expect(
      (await bench.retention.enforce({ dryRun: true, without })).removed.every(
        ({ sessionId }) => sessionId === "first",
      ),
    ).toBe(true);
    expect((await bench.retention.enforce({ dryRun: true, without: new Set(["first", "second"]) })).removed).toEqual(
      [],
    );

    const report = await bench.retention.enforce();
    expect(report.removed).toEqual(dry.removed);
    expect(report.keptBytes).toBeLessThanOrEqual(report.quotaBytes);
    const kept = await keptVersions();
    const removed = report.removed.map(({ sessionId, versionId }) => `${sessionId}/${versionId}`);
    expect(removed.length).toBeGreaterThan(0);
    expect([...kept, ...removed].toSorted()).toEqual(all.toSorted());
    // One removed less would have been too much.
    const times = report.removed.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted());
    expect(await bench.host.sessions.listSessions({ limit: 10 })).toHaveLength(2);
    const rows = await bench.host.sessions.listVersions(report.removed[0]?.sessionId ?? "");
    expect(rows[0]).toMatchObject({ isRemoved: true, manifest: null });
    // What is kept fits, so the next look removes nothing.
    expect((await bench.retention.enforce()).removed).toEqual([]);
    await bench.host.clock.advance(2 * HOUR);
    const { collected } = await bench.retention.enforce();
    expect(collected?.blobs).toBeGreaterThan(0);
    for (const version of kept) {
      const [sessionId = "", versionId = ""] = version.split("/");
      expect((await bench.files.content({ sessionId, versionId }, "big.txt"))?.length ?? 0).toBeGreaterThanOrEqual(0);
    }
  });

  test("never takes what is pinned, a young safety version, or what a running or interrupted session has", async () => {
    const done = await session("done", 2, 10);
    await done.emit({ type: "snapshot_pinned", source: "test", versionId: "v2", pinned: true });
    await done.version("before_restore");
    await done.emit(workflowCompleted);
    await done.end();
    const cut = await session("cut", 2, 20);
    await cut.emit(planned("a"), started("a"), interrupted);
    await cut.end();
    const killed = await session("killed", 1, 30);
    await killed.emit(planned("a"), started("a"));
    await killed.end();
    const running = await session("running", 2, 40);
    const { removed } = await bench.retention.enforce();
    expect(removed.map(({ sessionId, versionId }) => `${sessionId}/${versionId}`)).toEqual(["done/v1", "done/v3"]);
    // A week later the safety version is one like any other.
    await bench.host.clock.advance(8 * DAY);
    const later = await bench.retention.enforce();
    expect(later.removed.map(({ sessionId, versionId }) => `${sessionId}/${versionId}`)).toEqual(["done/v4"]);
    expect(later.keptBytes).toBeGreaterThan(later.quotaBytes);
    expect(await keptVersions()).toEqual(
      expect.arrayContaining(["done/v2", "cut/v1", "cut/v3", "killed/v2", "running/v1", "running/v3"]),
    );
    await running.end();
  });

  test("is looked after in the background only when it is needed", async () => {
    const small = await bench.begin("small");
    await small.emit(workflowCompleted);
    await small.end();
    bench.retention.soon();
    await bench.retention.settled();
    expect(await keptVersions()).toEqual(["small/v1"]);
    const big = await session("big", 5, 10);
    await big.emit(workflowCompleted);
    await big.end();
    bench.retention.soon();
    bench.retention.soon();
    await bench.retention.settled();
    expect((await keptVersions()).length).toBeLessThan(7);
  });
});

test("sizes: of a session, and of everything", async () => {
  bench = await startRestoreHost();
  const one = await session("one", 1, 10);
  const bytes = await bench.retention.sizeOf("one");
  expect(bytes).toBeGreaterThan(30_000);
  expect(bytes).toBeLessThan(60_000);
  expect(await bench.retention.sizeOf("nobody")).toBe(0);
  expect(await bench.retention.totals()).toMatchObject({ quotaBytes: 2 * 1024 ** 3 });
  await one.end();
});

test("what a call or a restore without an end needs is kept, and given up when it has ended", async () => {
  bench = await startRestoreHost();
  const running = await bench.begin("mine");
  const { blobs } = await bench.snapshots.objects();
  await bench.folder.write({ "a.md": "for the command" });
  const { manifest } = await (await bench.snapshots.of(bench.folders)).capture();
  await bench.folder.write({ "a.md": "for the restore" });
  const { manifest: after } = await (await bench.snapshots.of(bench.folders)).capture();
  const [steps = "", merged = ""] = await blobs.put([Buffer.from("[]"), Buffer.from("merged by somebody")]);
  const restore = { restoreId: "restore_1", safetyVersionId: "v1", scope: "version" };
  const call = { agentId: "writer_1", toolUseId: "call_1", tool: "bash" };
  await running.emit(
    { type: "tool_started", source: "writer_1", ...call, manifest },
    { type: "restore_started", source: "test", ...restore, after, steps, contents: [merged] },
  );
  const there = (): Promise<boolean[]> => blobs.has([manifest, after, steps, merged]);
  await bench.host.clock.advance(2 * HOUR);
  await bench.retention.collect();
  expect(await there()).toEqual([true, true, true, true]);
  await running.emit(
    { type: "tool_result", source: "writer_1", ...call, isError: true, content: "", effects: [] },
    { type: "snapshot_restored", source: "test", ...restore, effects: [], failed: [] },
  );
  await bench.retention.collect();
  expect(await there()).toEqual([false, false, false, false]);
  await running.end();
});

/** What may happen to a store with sessions. */
type Happening =
  | { readonly kind: "write" | "delete"; readonly file: number; readonly seed: number }
  | { readonly kind: "version" | "removeSnapshots" | "deleteSession" | "restore" | "begin" | "collect" | "quota" }
  | { readonly kind: "call"; readonly ends: boolean };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("write" as const, "delete" as const),
      file: fc.nat({ max: 4 }),
      seed: fc.nat({ max: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("version" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("call" as const), ends: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("removeSnapshots", "deleteSession", "restore", "begin", "collect", "quota"),
    }),
  },
);

/** Hashes that sessions name, with what manifests lead to, and those of them that the store has. */
async function contentsNow(): Promise<{ named: ReadonlySet<string>; there: ReadonlySet<string> }> {
  const { blobs } = await bench.snapshots.objects();
  const snapshots = await bench.snapshots.of([]);
  const named = new Set<string>();
  for await (const contents of namedContents(bench.host.store)) {
    for (const hash of hashesOf(contents)) named.add(hash);
    for (const manifest of contents.manifests.values())
      for (const { hash } of (await snapshots.list(manifest)).values()) if (hash !== "") named.add(hash);
  }
  const hashes = [...named];
  const there = await blobs.has(hashes);
  return { named, there: new Set(hashes.filter((_, index) => there[index])) };
}

/** What a file became is in the store only once something was captured; what is there can be read. */
async function expectReadable(hashes: ReadonlySet<string>): Promise<void> {
  const { blobs } = await bench.snapshots.objects();
  await blobs.getMany([...hashes]);
}

test("whatever happens, nothing that is still named is ever collected", async () => {
  bench = await startRestoreHost({ "snapshots.quotaGb": kilobytes(60) });
  let number = 0;
  let collected = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 6, maxLength: 25 }), async (happenings) => {
      const ids: string[] = [];
      for (const what of [{ kind: "begin" } as const, ...happenings, { kind: "collect" } as const]) {
        const id = ids.at(-1);
        if (what.kind === "begin" || id === undefined) {
          const running = await bench.begin(`s${++number}`);
          await running.emit(workflowCompleted);
          await running.end();
          ids.push(running.sessionId);
        } else if (what.kind === "collect" || what.kind === "quota") {
          await bench.host.clock.advance(2 * HOUR);
          const before = await contentsNow();
          const report = await (what.kind === "quota" ? bench.retention.enforce() : bench.retention.collect());
          collected += (report && "blobs" in report ? report.blobs : report?.collected?.blobs) ?? 0;
          // The quota gives up names; of what is named after that, all that was there is there.
          const after = await contentsNow();
          if (what.kind === "collect") expect(after.named).toEqual(before.named);
          expect([...after.named].filter((hash) => before.there.has(hash) && !after.there.has(hash))).toEqual([]);
          await expectReadable(after.there);
        } else await happen(what, id, ids);
      }
    }),
    { numRuns: 12, seed: 20261122 },
  );
  // The property would also hold if nothing was ever collected.
  expect(collected).toBeGreaterThan(0);
}, 120_000);

async function happen(what: Exclude<Happening, { kind: "begin" }>, sessionId: string, ids: string[]): Promise<void> {
  const { sessions } = bench.host;
  switch (what.kind) {
    case "removeSnapshots":
      return void (await bench.versions.removeSnapshots({ sessionId }));
    case "deleteSession":
      ids.pop();
      return sessions.deleteSession(sessionId);
    case "restore": {
      const version = (await sessions.listVersions(sessionId)).find(({ manifest }) => manifest !== null);
      if (!version) return;
      const plan = await bench.restores.plan({ sessionId, versionId: version.versionId });
      const take = new Map(plan.conflicts.map(({ path }) => [path, "take" as const]));
      return void (await bench.restores.apply(plan, { conflicts: take }));
    }
    case "version":
      return void (await bench.versions.create({ sessionId }));
    default: {
      const writer = await sessions.openForWriting(sessionId);
      const running = bench.reopen(writer);
      if ("ends" in what) {
        const { manifest } = await (await bench.snapshots.of(bench.folders)).capture();
        const call = { agentId: "writer_1", toolUseId: `call_${++calls}`, tool: "bash" };
        const drafts: EventDraft[] = [{ type: "tool_started", source: "writer_1", ...call, manifest }];
        if (what.ends)
          drafts.push({ type: "tool_result", source: "x", ...call, isError: false, content: "", effects: [] });
        await running.emit(...drafts);
      } else if ("file" in what) {
        const path = `file${what.file}.txt`;
        const isThere = (await bench.folder.files()).includes(path);
        if (what.kind === "write" || isThere)
          await running.write(WRITER, { [path]: what.kind === "delete" ? null : long(what.seed, 8_000) });
      }
      return writer.close();
    }
  }
}

let calls = 0;
