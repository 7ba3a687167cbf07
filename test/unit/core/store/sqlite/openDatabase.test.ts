import { chmod, copyFile, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MIGRATIONS, schemaVersion, type Migration } from "../../../../../src/core/store/sqlite/migrations.ts";
import {
  isNetworkFileSystem,
  openDatabase,
  STORE_FILE,
  requireSqlite,
  type OpenedDatabase,
} from "../../../../../src/core/store/sqlite/openDatabase.ts";
import { SessionTable } from "../../../../../src/core/store/sqlite/sessionTable.ts";
import { Transactions } from "../../../../../src/core/store/sqlite/transactions.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { ELSEWHERE } from "../storeFixtures.ts";

const now = Date.UTC(2026, 0, 1);
const LATER: readonly Migration[] = [
  ...MIGRATIONS,
  { description: "a note", run: (database) => database.exec("CREATE TABLE notes (text TEXT NOT NULL) STRICT") },
  { description: "its first", run: (database) => database.exec("INSERT INTO notes VALUES ('hello')") },
];

let home: TemporaryFolder;
let file: string;
beforeEach(async () => {
  home = await createTemporaryFolder();
  file = home.join("store.db");
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

async function open(migrations?: readonly Migration[]): Promise<OpenedDatabase> {
  return openDatabase({ home: home.path, now, ...(migrations ? { file: { ...STORE_FILE, migrations } } : {}) });
}

async function openAndClose(migrations?: readonly Migration[]): Promise<OpenedDatabase> {
  const opened = await open(migrations);
  opened.database.close();
  return opened;
}

function addMeta(key: string): void {
  const database = new DatabaseSync(file);
  database.prepare("INSERT INTO meta VALUES (?, 'kept')").run(key);
  database.close();
}

async function mode(name: string): Promise<number> {
  return (await stat(name)).mode & 0o777;
}

test("a new store is for its owner alone, has the newest schema and a write-ahead log", async () => {
  const opened = await open();
  expect(opened).toMatchObject({ path: file, journal: "wal" });
  expect(opened.migrated).toBeUndefined();
  expect(schemaVersion(opened.database)).toBe(MIGRATIONS.length);
  expect(await Promise.all([mode(file), mode(`${file}-wal`), mode(`${file}-shm`)])).toEqual([0o600, 0o600, 0o600]);
  opened.database.close();
});

test("a store that others could read is closed to them again", async () => {
  await openAndClose();
  await chmod(file, 0o644);
  await openAndClose();
  expect(await mode(file)).toBe(0o600);
});

test("a newer schema is refused and no byte of it is changed", async () => {
  await openAndClose(LATER);
  const before = await readFile(file);
  await expect(open()).rejects.toMatchObject({
    code: "store.newer",
    params: { path: file, found: LATER.length, supported: MIGRATIONS.length },
  });
  expect(await readFile(file)).toEqual(before);
});

test("a newer schema whose last commits a crash left in the log is refused and left as it is", async () => {
  const newer = await open(LATER);
  await using crashed = await createTemporaryFolder();
  const files = ["store.db", "store.db-wal"];
  await Promise.all(files.map((name) => copyFile(home.join(name), crashed.join(name))));
  newer.database.close();

  const before = await Promise.all(files.map((name) => readFile(crashed.join(name))));
  await expect(openDatabase({ home: crashed.path, now })).rejects.toMatchObject({ code: "store.newer" });
  expect(await Promise.all(files.map((name) => readFile(crashed.join(name))))).toEqual(before);
});

test("an older schema is copied before it is migrated, and nothing in it is lost", async () => {
  await openAndClose();
  addMeta("mine");
  const opened = await open(LATER);
  expect(opened.migrated).toEqual({
    from: MIGRATIONS.length,
    backup: path.join(home.path, "backups", `store-v${MIGRATIONS.length}-20260101T000000000Z.db`),
  });
  expect(schemaVersion(opened.database)).toBe(LATER.length);
  expect(opened.database.prepare("SELECT text FROM notes").all()).toEqual([{ text: "hello" }]);
  expect(opened.database.prepare("SELECT value FROM meta WHERE key = 'mine'").get()).toEqual({ value: "kept" });
  opened.database.close();

  const backup = opened.migrated?.backup ?? "";
  expect(await Promise.all([mode(backup), mode(path.dirname(backup))])).toEqual([0o600, 0o700]);
  const copy = new DatabaseSync(backup, { readOnly: true });
  expect(schemaVersion(copy)).toBe(MIGRATIONS.length);
  expect(copy.prepare("SELECT value FROM meta WHERE key = 'mine'").get()).toEqual({ value: "kept" });
  copy.close();
});

test("sessions of the first schema are there in the newest, without tags", async () => {
  const first = await open(MIGRATIONS.slice(0, 1));
  first.database.exec(`
    INSERT INTO sessions VALUES (1, 'old', '2026-01-01', '2026-01-01', 0, 'goal', 'title', 'created', '[]', 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0);
    INSERT INTO leases VALUES (1, 3, 'm', 'b', 1, '1', 'terminal', NULL);
  `);
  first.database.close();
  const { database, migrated } = await open();
  expect(migrated?.from).toBe(1);
  const sessions = new SessionTable(new Transactions({ database, path: file, journal: "wal" }), ELSEWHERE);
  expect(sessions.get("old", now)).toMatchObject({ sessionId: "old", epoch: 3, title: "title", tags: [] });
  database.close();
});

test("a migration that fails half way leaves the store as it was", async () => {
  await openAndClose();
  addMeta("mine");
  const failing: readonly Migration[] = [
    ...LATER,
    {
      description: "a mistake",
      run: (database) => {
        database.exec("DELETE FROM meta");
        database.exec("INSERT INTO nowhere VALUES (1)");
      },
    },
  ];
  await expect(open(failing)).rejects.toMatchObject({ code: "store.failed" });
  const opened = await open();
  expect(opened.database.prepare("SELECT value FROM meta WHERE key = 'mine'").get()).toEqual({ value: "kept" });
  opened.database.close();
});

test("a file that is no database is refused and left as it is", async () => {
  const content = "not a database, and longer than the header of one ".repeat(10);
  await writeFile(file, content);
  await expect(open()).rejects.toMatchObject({ code: "store.failed" });
  expect(await readFile(file, "utf8")).toBe(content);
});

test("a store locked by another process is waited for a bounded number of times", async () => {
  await openAndClose();
  const holder = new DatabaseSync(file);
  holder.exec("BEGIN IMMEDIATE");
  const busy = { timeoutMilliseconds: 1, attempts: 3 };
  await expect(
    openDatabase({ home: home.path, now, busy, file: { ...STORE_FILE, migrations: LATER } }),
  ).rejects.toMatchObject({
    code: "store.busy",
    params: { path: file },
  });
  holder.close();
});

test("a Node without its own SQLite, or one that cannot copy, is named with the version that can", () => {
  const incomplete = { DatabaseSync } as unknown as typeof import("node:sqlite");
  for (const load of [() => undefined, () => incomplete]) {
    expect(() => requireSqlite(load)).toThrowError(
      expect.objectContaining({ code: "node.tooOld", params: { version: process.versions.node, required: "22.16" } }),
    );
  }
});

test("file systems shared by machines are told from those of one", () => {
  expect([0x6969, 0x517b, 0xff534d42, 0xfe534d42, -0x00acb2be].map(isNetworkFileSystem)).not.toContain(false);
  expect([0xef53, 0x01021994, 0x9123683e].map(isNetworkFileSystem)).not.toContain(true);
});

test("what a process that died had begun to change is taken back first, also before there was a write-ahead log", async () => {
  await using died = await createTemporaryFolder();
  const before = new DatabaseSync(died.join("store.db"));
  before.exec("PRAGMA cache_size = 1; CREATE TABLE begun (text TEXT); INSERT INTO begun VALUES ('kept');");
  before.exec("BEGIN");
  const insert = before.prepare("INSERT INTO begun VALUES (?)");
  for (let row = 0; row < 100; row += 1) insert.run("x".repeat(4_096));
  // As the disk is in the middle of it: pages are changed, and how they were is in the journal.
  for (const name of ["store.db", "store.db-journal"]) await copyFile(died.join(name), home.join(name));
  before.exec("ROLLBACK");
  before.close();
  expect(() => schemaVersion(new DatabaseSync(file, { readOnly: true }))).toThrow("readonly");
  const { database } = await open();
  expect(database.prepare("SELECT text FROM begun").all()).toEqual([{ text: "kept" }]);
  expect(schemaVersion(database)).toBe(MIGRATIONS.length);
  database.close();
});
