import { mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backUpDaily, type BackupOutcome } from "../../../../../src/core/store/sqlite/dailyBackup.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { createSessions, openHome, overwrite, PAGE, pageWith } from "./damagedStore.ts";

const DAY = 24 * 60 * 60 * 1_000;
const FIRST = Date.UTC(2026, 0, 1);

let home: TemporaryFolder;
beforeEach(async () => {
  home = await createTemporaryFolder();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

function backUp(now: number, signal = new AbortController().signal): Promise<BackupOutcome> {
  return backUpDaily({ home: home.path, now, journal: "wal", signal });
}

async function backups(): Promise<string[]> {
  return (await home.files()).filter((name) => name.startsWith("backups/"));
}

test("a copy is made once a day, for its owner alone, and the last three are kept", async () => {
  await createSessions(home, { one: 20 });
  for (let day = 0; day < 5; day++) {
    expect(await backUp(FIRST + day * DAY)).toBe("made");
    expect(await backUp(FIRST + day * DAY + 1_000)).toBe("none");
  }
  const names = ["2026-01-03", "2026-01-04", "2026-01-05"].map((day) => `backups/store-${day}.db`);
  expect(await backups()).toEqual(names);
  for (const name of ["backups", ...names]) expect((await stat(home.join(name))).mode & 0o077, name).toBe(0);
  const copy = new DatabaseSync(home.join(names[2] ?? ""), { readOnly: true });
  expect(copy.prepare("SELECT count(*) AS n FROM events").get()).toEqual({ n: 20 });
  copy.close();
});

test("the copy is the store as it is at one moment, while others write", async () => {
  await createSessions(home, { one: 2_000 });
  const { store, sessions } = await openHome(home);
  await sessions.createSession({ sessionId: "busy" });
  const copying = backUp(FIRST + DAY);
  for (let number = 0; number < 20; number++) await sessions.updateSession({ sessionId: "busy", updates: { number } });
  expect(await copying).toBe("made");
  await store.close();
  const copy = new DatabaseSync(home.join("backups", "store-2026-01-02.db"));
  expect(copy.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  const places = copy.prepare("SELECT last_seq FROM sessions ORDER BY number").all();
  expect(places[0]).toEqual({ last_seq: 2_000 });
  copy.close();
});

test("a store without sessions is not worth a copy", async () => {
  await (await openHome(home)).store.close();
  expect(await backUp(FIRST)).toBe("none");
  expect(await home.files()).not.toContain("backups/store-2026-01-01.db");
});

test("a copy that is no longer wanted leaves nothing, and can be made later", async () => {
  await createSessions(home, { one: 20_000 });
  expect(await backUp(FIRST, AbortSignal.abort())).toBe("stopped");
  expect(await backups()).toEqual([]);
  expect(await backUp(FIRST)).toBe("made");
});

test("a copy that another process makes is left to it, unless it has long been given up", async () => {
  await createSessions(home, { one: 20 });
  await mkdir(home.join("backups"));
  const part = home.join("backups", "store-2026-01-01.db.part");
  await writeFile(part, "half");
  expect(await backUp(FIRST)).toBe("none");
  expect(await readFile(part, "utf8")).toBe("half");
  await utimes(part, new Date(0), new Date(0));
  expect(await backUp(FIRST)).toBe("made");
  expect(await backups()).toEqual(["backups/store-2026-01-01.db"]);
});

test("a damaged store replaces no backup, and is repaired at the next opening", async () => {
  const logs = await createSessions(home, { one: 20, two: 1_000 });
  await backUp(FIRST);
  const file = home.join("store.db");
  const page = await pageWith(file, "two 600 word");
  await overwrite(file, page * PAGE, Buffer.alloc(PAGE, 7));
  expect(await backUp(FIRST + DAY)).toBe("damaged");
  expect(await backups()).toEqual(["backups/store-2026-01-01.db"]);

  const { store, sessions, notices } = await openHome(home);
  expect(notices).toMatchObject([{ code: "store.salvaged", params: { sessions: 2, incomplete: "" } }]);
  expect(await Array.fromAsync(sessions.readEvents("two"))).toEqual(logs["two"]);
  await store.close();
});

test("opening a store that is in use makes the copy of the day by itself", async () => {
  await createSessions(home, { one: 20 });
  const clock = new FakeClock();
  const { store, notices } = await openHome(home, clock);
  // The copy is small: it is ready before the store that is asked to close has answered.
  await store.close();
  expect(await backups()).toEqual(["backups/store-2026-01-01.db"]);
  expect(notices).toEqual([]);
});

test("where no copy can be made a person is told, and the store works", async () => {
  await createSessions(home, { one: 20 });
  await writeFile(home.join("backups"), "no folder");
  const { store, sessions, notices } = await openHome(home);
  await sessions.updateSession({ sessionId: "one", updates: { more: true } });
  await store.close();
  expect(notices).toMatchObject([{ code: "store.backupFailed" }]);
});
