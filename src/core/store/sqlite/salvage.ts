/**
 * Builds a new store from what can be read of a damaged one and of its backups. Every session gets the longest
 * beginning of its log that any of them holds; everything else is derived from that again.
 */
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { OrchestratorEvent } from "../../events/event.ts";
import { DerivedRowsFold } from "../../sessions/derivedRows.ts";
import type { DerivedRows } from "../storeMaintenance.ts";
import { dailyBackupsIn } from "./dailyBackup.ts";
import { POSITIONS } from "./eventTable.ts";
import { MIGRATIONS, runMigrations } from "./migrations.ts";
import { requireSqlite } from "./openDatabase.ts";
import { readEventRows, readSalvageSource, type SalvagedSession, type SalvageSource } from "./salvageSource.ts";
import { DERIVED_COLUMNS, derivedValues } from "./sessionRecord.ts";
import { exchangeStore, storeFilesIn } from "./storeFiles.ts";
import { VersionTable } from "./versionTable.ts";

export interface SalvageReport {
  /** Where the damaged file is now. */
  readonly aside: string;
  readonly sessions: number;
  readonly events: number;
  /** Sessions that had more events than could be read. */
  readonly incomplete: readonly string[];
}

/** Below so many events a session opens quickly without a kept state. */
const CHECKPOINT_EVENTS = 1_000;

/** SQLite's default; stores were never made with another (sqlite.org/pgszchng2016.html). */
const PAGE_BYTES = 4096;

interface Chosen {
  readonly source: SalvageSource;
  readonly session: SalvagedSession;
}

/** Called under the repair lock. Leaves the damaged file as it is, under another name. */
export function salvageStore(home: string): SalvageReport {
  const files = storeFilesIn(home);
  const work = path.join(home, "store.salvage");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  const sources: SalvageSource[] = [];
  try {
    sources.push(...openSources(files.store, files.backups, work));
    const chosen = chooseSessions(sources);
    const built = path.join(work, "new.db");
    const events = build(built, chosen, sources);
    renameSync(built, files.repaired);
    const aside = exchangeStore(home);
    const incomplete = chosen.flatMap(({ session }) =>
      expectedOf(session.sessionId, sources) > session.events ? [session.sessionId] : [],
    );
    return { aside, sessions: chosen.length, events, incomplete };
  } finally {
    for (const { database } of sources) database.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The damaged store, by way of a copy, and its backups, newest first. */
function openSources(store: string, backups: string, work: string): SalvageSource[] {
  const sources: SalvageSource[] = [];
  const plain = copyStore(store, path.join(work, "plain.db"));
  const direct = readSource(plain);
  if (direct) sources.push(direct);
  if (!direct || direct.sessions.size === 0) {
    const grafted = path.join(work, "grafted.db");
    const helped = graftFirstPage(copyStore(store, grafted), work) ? readSource(grafted) : undefined;
    if (helped) sources.push(helped);
  }
  for (const name of dailyBackupsIn(backups)) {
    const copy = copyStore(path.join(backups, name), path.join(work, name));
    const backup = readSource(copy);
    if (backup) sources.push(backup);
  }
  return sources;
}

/** The file with its log, so that reading changes neither; a copy that costs nothing where the disk can. */
function copyStore(from: string, to: string): string {
  for (const end of ["", "-wal"]) {
    if (!existsSync(from + end)) continue;
    copyFileSync(from + end, to + end, constants.COPYFILE_FICLONE);
    chmodSync(to + end, 0o600);
  }
  return to;
}

function readSource(file: string): SalvageSource | undefined {
  const sqlite = requireSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(file);
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return readSalvageSource(database);
  } catch {
    database?.close();
    return undefined;
  }
}

/**
 * Puts the first page of a new store in place of a damaged one: it says where each table begins, and that is
 * the same in every store of this schema. Gives false for a file without a second page.
 */
function graftFirstPage(file: string, work: string): boolean {
  const bytes = statSync(file).size;
  if (bytes < 2 * PAGE_BYTES) return false;
  const model = path.join(work, "model.db");
  createEmpty(model).close();
  const page = Buffer.alloc(PAGE_BYTES);
  const from = openSync(model, "r");
  readSync(from, page, 0, PAGE_BYTES, 0);
  closeSync(from);
  // Fields of the header as sqlite.org/fileformat.html numbers them: a log is used, this many pages, none free.
  page[18] = page[19] = existsSync(`${file}-wal`) ? 2 : 1;
  page.writeUInt32BE(Math.floor(bytes / PAGE_BYTES), 28);
  page.writeUInt32BE(0, 32);
  page.writeUInt32BE(0, 36);
  page.copy(page, 92, 24, 28);
  const to = openSync(file, "r+");
  writeSync(to, page, 0, PAGE_BYTES, 0);
  fsyncSync(to);
  closeSync(to);
  return true;
}

/** Of every session the source with most of its events; the earlier source where they are equal. */
function chooseSessions(sources: readonly SalvageSource[]): Chosen[] {
  const chosen = new Map<string, Chosen>();
  const deleted = new Set(sources.flatMap((source, index) => (index === 0 ? [...source.deleted.keys()] : [])));
  for (const source of sources) {
    for (const session of source.sessions.values()) {
      const before = chosen.get(session.sessionId);
      if (!before && deleted.has(session.sessionId) && source !== sources[0]) continue;
      const same = before === undefined || before.session.first === session.first;
      if (same && session.events > (before?.session.events ?? 0)) chosen.set(session.sessionId, { source, session });
    }
  }
  return [...chosen.values()].toSorted((left, right) => left.session.number - right.session.number);
}

function createEmpty(file: string): DatabaseSync {
  closeSync(openSync(file, "wx", 0o600));
  const database = new (requireSqlite().DatabaseSync)(file);
  database.exec("BEGIN");
  runMigrations(database, MIGRATIONS);
  database.exec("COMMIT");
  return database;
}

/** Gives the number of events. */
function build(file: string, chosen: readonly Chosen[], sources: readonly SalvageSource[]): number {
  const database = createEmpty(file);
  try {
    database.exec("PRAGMA synchronous = FULL; BEGIN");
    const statements = prepare(database);
    let events = 0;
    for (const [index, one] of chosen.entries()) events += copySession(statements, one, index + 1, sources);
    const remember = database.prepare("INSERT OR REPLACE INTO deleted_sessions VALUES (?, ?)");
    for (const source of sources.toReversed()) for (const [id, epoch] of source.deleted) remember.run(id, epoch);
    database.exec("COMMIT");
    return events;
  } finally {
    database.close();
  }
}

function prepare(database: DatabaseSync) {
  return {
    event: database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)"),
    versions: new VersionTable(database),
    checkpoint: database.prepare("INSERT INTO checkpoints VALUES (?, ?, ?)"),
    lease: database.prepare("INSERT INTO leases VALUES (?, ?, '', '', 0, '', '', NULL)"),
    session: database.prepare(
      `INSERT INTO sessions (number, session_id, created_at, updated_at, last_seq, ${DERIVED_COLUMNS.join(", ")})
       VALUES (?, ?, ?, ?, ?, ${DERIVED_COLUMNS.map(() => "?").join(", ")})`,
    ),
  };
}

function copySession(
  statements: ReturnType<typeof prepare>,
  { source, session }: Chosen,
  number: number,
  sources: readonly SalvageSource[],
): number {
  const { sessionId } = session;
  // First read, then written: the rows that refer to the session come after it.
  const { lastSeq, summary, versions, checkpoint, createdAt = "", updatedAt = "", epoch } = derive(source, session);
  statements.session.run(number, sessionId, createdAt, updatedAt, lastSeq, ...derivedValues(summary));
  for (const { seq, type, agentId, timestamp, json } of readEventRows(source.database, session)) {
    if (seq > lastSeq) break;
    statements.event.run(number * POSITIONS + seq, type, agentId, timestamp, json);
  }
  for (const version of versions) statements.versions.insert(number, version);
  if (lastSeq >= CHECKPOINT_EVENTS) statements.checkpoint.run(number, lastSeq, checkpoint);
  // Beyond every epoch there may have been, so that whoever ran it writes no more.
  const epochs = sources.map(({ sessions }) => sessions.get(sessionId)?.epoch ?? 0);
  statements.lease.run(number, Math.max(epoch, ...epochs) + 1);
  return lastSeq;
}

/** Ends before an event that has its place and cannot be understood: its text was changed and is still JSON. */
function derive(source: SalvageSource, session: SalvagedSession, limit = Infinity): DerivedRows {
  const fold = new DerivedRowsFold();
  let understood = 0;
  try {
    for (const { seq, json } of readEventRows(source.database, session)) {
      if (seq > limit) break;
      fold.apply(JSON.parse(json) as OrchestratorEvent);
      understood = seq;
    }
  } catch {
    return derive(source, session, understood);
  }
  return fold.rows();
}

function expectedOf(sessionId: string, sources: readonly SalvageSource[]): number {
  return Math.max(0, ...sources.map(({ sessions }) => sessions.get(sessionId)?.expected ?? 0));
}
