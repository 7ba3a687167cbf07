/** The schema of `objects.db`. As in migrations.ts, a migration that was released is never changed. */
import type { DatabaseFile } from "./openDatabase.ts";

/**
 * A pack is about a megabyte of blobs one after the other, compressed together: small files compress three
 * times better beside their neighbours, and a row per pack costs less than one per file. A blob too
 * long to be held in memory fills packs of its own, numbered one after the other; its `start` is -1. `blobs.kind` is 1 for a tree, whose
 * content names other blobs, so that the collection can follow it.
 *
 * `collections` in `meta` grows whenever blobs are removed; whoever remembers which blobs there are compares it.
 * The stats of a folder are kept in parts, compressed; `size` is what they have without it. `saves` grows with
 * every save, so that processes that work on one folder notice each other.
 *
 * The hash is unique by an index of an ordinary table: `WITHOUT ROWID` costs 2.5 times as much here.
 */
const VERSION_1 = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES ('collections', 0), ('next_pack', 1);

  CREATE TABLE packs (
    pack INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE blobs (
    blob INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    pack INTEGER NOT NULL,
    start INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX blobs_by_pack ON blobs (pack);
  CREATE INDEX trees_by_use ON blobs (used_at) WHERE kind = 1;

  CREATE TABLE collector (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    token INTEGER NOT NULL,
    owner TEXT,
    expires_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO collector VALUES (1, 0, NULL, 0);

  CREATE TABLE folders (
    folder INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    rules TEXT NOT NULL,
    collections INTEGER NOT NULL,
    saves INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    UNIQUE (path, rules)
  ) STRICT;

  CREATE TABLE folder_stats (
    folder INTEGER NOT NULL REFERENCES folders (folder),
    part INTEGER NOT NULL,
    size INTEGER NOT NULL,
    stats BLOB NOT NULL,
    PRIMARY KEY (folder, part)
  ) STRICT;
`;

export const OBJECTS_FILE: DatabaseFile = {
  name: "objects.db",
  migrations: [
    { description: "packs, blobs, the collector and the stat cache", run: (database) => database.exec(VERSION_1) },
  ],
  // A row per pack is long: larger pages halve the time to write it.
  layout: "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;",
  // Its content can be gigabytes, every row stands for itself, and a migration is one transaction.
  backUp: false,
};
