import { chmod, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { examineHome, examineOpenHome, type DoctorReport } from "../../../../src/core/sessions/doctor.ts";
import { openSessionStore } from "../../../../src/core/store/sqlite/openSessionStore.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { noise, openTestObjects } from "../store/objectFixtures.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { createSessions, openHome, overwrite, PAGE, pageWith } from "../store/sqlite/damagedStore.ts";
import { silentLogger, storeWorkerUrl } from "../store/storeFixtures.ts";
import { startRestoreHost } from "./restoreHost.ts";

let home: TemporaryFolder;
beforeEach(async () => {
  home = await createTemporaryFolder();
  await chmod(home.path, 0o700);
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

function examine(): Promise<DoctorReport> {
  const options = { home: home.path, workerUrl: storeWorkerUrl, clock: new FakeClock(), logger: silentLogger };
  return examineHome({ home: home.path, openStore: (onNotice) => openSessionStore({ ...options, onNotice }) });
}

/** Findings by check, each `code` or `code, repaired`. */
function told({ checks }: DoctorReport): Record<string, string[]> {
  return Object.fromEntries(
    checks.map(({ name, findings }) => [
      name,
      findings.map(({ repaired, message }) => (repaired ? `${message.code}, repaired` : message.code)),
    ]),
  );
}

const NOTHING = { home: [], settings: [], store: [], leases: [], sessions: [] };

/** Changes the file behind the store's back. */
function change(sql: string): void {
  const database = new DatabaseSync(home.join("store.db"));
  database.exec(sql);
  database.close();
}

test("a home in order, and one that is empty, have nothing to tell", async () => {
  expect(told(await examine())).toEqual(NOTHING);
  await createSessions(home, { one: 40, two: 1_200 });
  const report = await examine();
  expect(told(report)).toEqual(NOTHING);
  expect(report).toMatchObject({ healthy: true, sessions: 2, events: 1_240 });
});

test("derived rows that differ from the log are written again", async () => {
  await createSessions(home, { one: 40, two: 40, three: 40, four: 40 });
  const before = await openHome(home);
  const rows = await before.sessions.listSessions({ limit: 9 });
  await before.store.close();
  change(`
    UPDATE sessions SET title = 'Not mine', cost_usd = 5 WHERE session_id = 'one';
    DELETE FROM versions WHERE session = (SELECT number FROM sessions WHERE session_id = 'two');
    UPDATE checkpoints SET state = replace(state, 'completed', 'failed')
      WHERE session = (SELECT number FROM sessions WHERE session_id = 'three');
  `);
  const report = await examine();
  expect(report.healthy).toBe(true);
  const { findings = [] } = report.checks.find(({ name }) => name === "sessions") ?? {};
  expect(Object.fromEntries(findings.map(({ message }) => Object.values(message.params)))).toEqual({
    one: "list entry",
    two: "versions",
    three: "kept states",
  });
  expect(told(await examine())).toEqual(NOTHING);
  const after = await openHome(home);
  expect(await after.sessions.listSessions({ limit: 9 })).toEqual(rows);
  expect((await after.sessions.listVersions("two")).map(({ versionId }) => versionId)).toEqual(["v1", "v2"]);
  expect((await after.sessions.getActiveSession("three")).workflow.steps).toMatchObject({ a: { status: "completed" } });
  await after.store.close();
});

test("a log that ends elsewhere than its entry says is taken at its word", async () => {
  await createSessions(home, { one: 40 });
  change("UPDATE sessions SET last_seq = 30");
  expect(told(await examine())).toEqual({ ...NOTHING, sessions: ["doctor.derived, repaired"] });
  const { sessions, store } = await openHome(home);
  const writer = await sessions.openForWriting("one");
  expect(writer.lastSeq).toBe(40);
  await writer.close();
  await store.close();
});

test("what cannot be repaired is told, session by session, and stays as it is", async () => {
  await createSessions(home, { one: 40, two: 40, three: 40 });
  change(`
    DELETE FROM events WHERE json LIKE '%"one 5 %';
    UPDATE events SET json = replace(json, '"stepId":"a"', '"stepped":"a"') WHERE json LIKE '%"two"%' AND type = 'step_started';
    UPDATE sessions SET title = 'Not mine' WHERE session_id = 'one';
  `);
  const report = await examine();
  expect(report.healthy).toBe(false);
  expect(told(report)["sessions"]).toContain("doctor.gap");
  const messages = report.checks.flatMap(({ findings }) => findings.map(({ message }) => message));
  expect(messages).toContainEqual({ code: "doctor.gap", params: { id: "one", count: 39, last: 40 } });
  expect(messages).toContainEqual({
    code: "doctor.event",
    params: { id: "two", seq: 4, detail: expect.stringContaining("stepId") },
  });
});

test("a session that somebody runs is looked at and left alone", async () => {
  await using remote = await startRemote(new URL("../store/storeProcess.ts", import.meta.url), home.path);
  await remote.call("write", "one", 5);
  change("UPDATE sessions SET title = 'Not mine'");
  const report = await examine();
  expect(told(report)).toEqual({ ...NOTHING, sessions: ["doctor.derived"] });
  await remote.kill();
  expect(told(await examine())).toEqual({
    ...NOTHING,
    leases: ["doctor.lease, repaired"],
    sessions: ["doctor.derived, repaired"],
  });
});

test("a damaged store is salvaged, and what came of it is examined", async () => {
  await createSessions(home, { one: 40, two: 1_200 });
  const page = await pageWith(home.join("store.db"), "two 600 word");
  await overwrite(home.join("store.db"), page * PAGE, Buffer.alloc(PAGE, 7));
  const report = await examine();
  expect(told(report)).toEqual({ ...NOTHING, store: ["store.salvaged, repaired"] });
  expect(report).toMatchObject({ healthy: true, sessions: 2 });
  expect(told(await examine())).toEqual(NOTHING);
});

test("a store that is open here cannot be salvaged here", async () => {
  await createSessions(home, { two: 1_200 });
  const { store } = await openHome(home);
  const page = await pageWith(home.join("store.db"), "two 600 word");
  await overwrite(home.join("store.db"), page * PAGE, Buffer.alloc(PAGE, 7));
  const report = await examineOpenHome(home.path, store);
  expect(report.healthy).toBe(false);
  expect(told(report)).toEqual({ home: [], settings: [], store: ["doctor.damaged"] });
  await store.close();
});

test("settings that cannot be used, and a store of a newer version, are told and left alone", async () => {
  await createSessions(home, { one: 40 });
  await writeFile(home.join("config.json"), '{ "modle": "x" }', { mode: 0o600 });
  change("PRAGMA user_version = 1000");
  const report = await examine();
  expect(report.healthy).toBe(false);
  expect(told(report)).toEqual({ home: [], settings: ["settings.invalid"], store: ["store.newer"] });
});

test.runIf(process.platform !== "win32")("what others could read is closed to them", async () => {
  await createSessions(home, { one: 40 });
  await writeFile(home.join("config.json"), "{}");
  for (const [name, mode] of [
    ["", 0o755],
    ["config.json", 0o644],
  ] as const)
    await chmod(home.join(name), mode);
  expect(told(await examine())).toEqual({ ...NOTHING, home: ["doctor.exposed, repaired", "doctor.exposed, repaired"] });
  expect((await stat(home.path)).mode & 0o777).toBe(0o700);
  expect((await stat(home.join("config.json"))).mode & 0o777).toBe(0o600);
  expect(told(await examine())).toEqual(NOTHING);
});

test("a schema that was changed is told", async () => {
  await createSessions(home, { one: 40 });
  change("CREATE TABLE mine (x)");
  expect(told(await examine())).toEqual({ ...NOTHING, store: ["doctor.schema"] });
});

test("everything derived can be written again at any time, of one session or of all", async () => {
  await createSessions(home, { one: 40, two: 40 });
  change("UPDATE sessions SET title = 'Not mine'; DELETE FROM versions; DELETE FROM checkpoints");
  const { sessions, store } = await openHome(home);
  expect(await sessions.rebuildDerived("one")).toBe(1);
  expect(await sessions.getSession("one")).toMatchObject({ title: "one", versions: 2 });
  expect(await sessions.getSession("two")).toMatchObject({ title: "Not mine" });
  expect(await sessions.rebuildDerived()).toBe(2);
  expect(await sessions.getSession("two")).toMatchObject({ title: "two" });
  expect(await sessions.listVersions("two")).toHaveLength(2);
  const writer = await sessions.openForWriting("two");
  await expect(sessions.rebuildDerived("two")).rejects.toMatchObject({ code: "session.running" });
  expect(await sessions.rebuildDerived()).toBe(1);
  await writer.close();
  await expect(sessions.rebuildDerived("none")).rejects.toMatchObject({ code: "session.unknown" });
  await store.close();
});

test("files that snapshots should hold and cannot are told by session and version", async () => {
  await using bench = await startRestoreHost();
  const { host, snapshots } = bench;
  await bench.folder.write({ "a.md": "one\n", "big.bin": noise(400_000) });
  const running = await bench.begin("mine");
  await bench.folder.write({ "big.bin": noise(400_000, 2) });
  await running.version();
  await running.end();
  const objects = (): ReturnType<typeof snapshots.objects> => snapshots.objects();
  const examineOpen = () => examineOpenHome(host.home.path, host.store, objects);
  expect(told(await examineOpen())).toMatchObject({ contents: [] });
  await snapshots.close();
  const database = new DatabaseSync(host.home.join("objects.db"));
  // The first big file is a pack of its own.
  const first = "(SELECT min(pack) FROM packs WHERE size = 400000)";
  database.exec(`UPDATE packs SET bytes = zeroblob(length(bytes)) WHERE pack = ${first}`);
  database.close();
  const again = await openTestObjects(host.home.path, host.clock);
  const report = await examineOpenHome(host.home.path, host.store, async () => again);
  expect(report.healthy).toBe(false);
  expect(report.checks.at(-1)).toEqual({
    name: "contents",
    findings: [
      {
        repaired: false,
        message: { code: "doctor.contents", params: { id: "mine", versions: "v1", missing: 0, corrupted: 1 } },
      },
    ],
  });
  await again.close();
});
