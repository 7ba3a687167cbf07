/**
 * The schema of `store.db` and how an older one becomes it. `PRAGMA user_version` holds the number of
 * migrations a file has seen; a migration that was released is never changed, only followed by another.
 */
import type { DatabaseSync } from "node:sqlite";

export interface Migration {
  readonly description: string;
  /** Runs inside the transaction that also sets the new version. */
  run(database: DatabaseSync): void;
}

/**
 * `events.position` is `session number * 2^32 + seq`: one integer key keeps a session's events together
 * in one tree. A table without rowid would too, but stores rows over 1 KB at three times their size.
 */
const VERSION_1 = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    goal TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    folders TEXT NOT NULL,
    steps_total INTEGER NOT NULL,
    steps_completed INTEGER NOT NULL,
    agents_running INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    cost_is_partial INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    last_completed_step TEXT,
    versions INTEGER NOT NULL,
    demo INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_by_age ON sessions (created_at, session_id);

  CREATE TABLE leases (
    session INTEGER PRIMARY KEY REFERENCES sessions (number),
    epoch INTEGER NOT NULL,
    machine_id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started_at TEXT NOT NULL,
    host TEXT NOT NULL,
    expires_at INTEGER
  ) STRICT;

  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    agent_id TEXT,
    timestamp INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT;

  CREATE TABLE versions (
    session INTEGER NOT NULL REFERENCES sessions (number),
    version_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    step_id TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (session, version_id)
  ) STRICT;

  CREATE TABLE checkpoints (
    session INTEGER NOT NULL REFERENCES sessions (number),
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (session, seq)
  ) STRICT;

  CREATE TABLE commands (
    number INTEGER PRIMARY KEY,
    command_id TEXT NOT NULL UNIQUE,
    session INTEGER NOT NULL REFERENCES sessions (number),
    epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    origin TEXT NOT NULL,
    created_at TEXT NOT NULL,
    outcome TEXT
  ) STRICT;
  CREATE INDEX commands_pending ON commands (session) WHERE outcome IS NULL;

  INSERT INTO meta VALUES ('created_at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
`;

/**
 * `deleted_sessions` holds the last epoch of every id that was used before, so that a new session of the same id
 * begins beyond it.
 */
const VERSION_2 = `
  ALTER TABLE sessions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';

  CREATE TABLE deleted_sessions (
    session_id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL
  ) STRICT;
`;

/** Of each version: its folders, how many files differ from the one before, and what people decided about it. */
const VERSION_3 = `
  ALTER TABLE versions ADD COLUMN manifest TEXT;
  ALTER TABLE versions ADD COLUMN files INTEGER;
  ALTER TABLE versions ADD COLUMN label TEXT;
  ALTER TABLE versions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE versions ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
`;

const VERSION_4 = `
  ALTER TABLE sessions ADD COLUMN parent TEXT;
`;

/** Most of a log is text for eyes; who needs none of it would otherwise step over every piece. */
const VERSION_5 = `
  CREATE INDEX events_without_text ON events (position)
  WHERE type NOT IN ('text_chunk', 'thinking_chunk', 'tool_output');
`;

export const MIGRATIONS: readonly Migration[] = [
  {
    description: "sessions, leases, events, versions, checkpoints and commands",
    run: (database) => database.exec(VERSION_1),
  },
  { description: "tags, and the epochs of deleted sessions", run: (database) => database.exec(VERSION_2) },
  { description: "what versions hold of the folders", run: (database) => database.exec(VERSION_3) },
  { description: "what a fork comes from", run: (database) => database.exec(VERSION_4) },
  { description: "where the events without text are", run: (database) => database.exec(VERSION_5) },
];

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

/** Runs what the file has not seen yet. The caller holds the write lock. */
export function runMigrations(database: DatabaseSync, migrations: readonly Migration[]): void {
  for (const migration of migrations.slice(schemaVersion(database))) migration.run(database);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
}
