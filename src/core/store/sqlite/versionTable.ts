/** The versions of sessions, derived from their events. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { VersionRow } from "../sessionStore.ts";
import type { VersionChange } from "../versionFold.ts";

const COLUMNS = [
  "session",
  "version_id",
  "seq",
  "reason",
  "step_id",
  "created_at",
  "manifest",
  "files",
  "label",
  "pinned",
  "removed",
];

type VersionRecord = Omit<VersionRow, "isPinned" | "isRemoved"> & { readonly pinned: number; readonly removed: number };

export class VersionTable {
  readonly #insert: StatementSync;
  readonly #change: StatementSync;
  readonly #list: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO versions (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    // A manifest that is no longer kept is told as null, so absence needs a mark of its own.
    this.#change = database.prepare(
      `UPDATE versions SET manifest = CASE WHEN ? THEN ? ELSE manifest END, pinned = coalesce(?, pinned),
       removed = coalesce(?, removed) WHERE session = ? AND version_id = ?`,
    );
    this.#list = database.prepare(
      `SELECT version_id AS versionId, seq, reason, step_id AS stepId, created_at AS createdAt, manifest, files, label,
       pinned, removed FROM versions WHERE session = ? ORDER BY seq`,
    );
    this.#delete = database.prepare("DELETE FROM versions WHERE session = ?");
  }

  insert(session: number, version: VersionRow): void {
    const { versionId, seq, reason, stepId, createdAt, manifest, files, label, isPinned, isRemoved } = version;
    const marks = [Number(isPinned), Number(isRemoved)] as const;
    this.#insert.run(session, versionId, seq, reason, stepId, createdAt, manifest, files, label, ...marks);
  }

  change(session: number, { versionId, change }: VersionChange): void {
    const { manifest, isPinned, isRemoved } = change;
    const marks = [isPinned, isRemoved].map((mark) => (mark === undefined ? null : Number(mark)));
    this.#change.run(manifest === undefined ? 0 : 1, manifest ?? null, ...marks, session, versionId);
  }

  list(session: number): VersionRow[] {
    return (this.#list.all(session) as unknown as VersionRecord[]).map(({ pinned, removed, ...version }) => ({
      ...version,
      isPinned: pinned === 1,
      isRemoved: removed === 1,
    }));
  }

  replace(session: number, versions: readonly VersionRow[]): void {
    this.#delete.run(session);
    for (const version of versions) this.insert(session, version);
  }
}
