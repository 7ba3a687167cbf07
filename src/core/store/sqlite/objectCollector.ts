/**
 * Removes blobs that nobody names: mark what is named and what is reached from it, sweep the rest.
 *
 * One process at a time, and beside others that put: what was put within the hour stays, and a tree put
 * within the hour keeps what it reaches. So whoever captures a folder need only put the trees that changed
 * and refresh the topmost one. A sweep looks at the young trees again in every transaction that removes
 * something; whoever relies on blobs it saw earlier compares `collections` in the transaction that names them.
 */
import type { StatementSync } from "node:sqlite";
import { OrchestratorError } from "../../errors.ts";
import { UNNAMED_MILLISECONDS, type CollectReport } from "../blobStore.ts";
import { isProcessGone, type HereAndNow } from "../processIdentity.ts";
import type { LeaseOwner } from "../sessionStore.ts";
import { namesIn, type NamedBy } from "./namesIn.ts";
import type { BlobRow, ObjectTable } from "./objectTable.ts";
import { ObjectSweep } from "./objectSweep.ts";

/** A collection that shows no sign of life for so long has died. */
const LEASE_MILLISECONDS = 60_000;

/** Stats of a folder that nobody captured for so long are dropped. */
const FOLDER_MILLISECONDS = 60 * 24 * 60 * 60 * 1000;

interface LeaseRecord {
  readonly token: number;
  readonly owner: string | null;
  readonly expires_at: number;
}

export interface ObjectCollectorOptions {
  readonly objects: ObjectTable;
  readonly here: HereAndNow;
  readonly namedBy: NamedBy;
}

export class ObjectCollector {
  readonly #options: ObjectCollectorOptions;
  readonly #lease: StatementSync;
  readonly #takeLease: StatementSync;
  readonly #renewLease: StatementSync;
  readonly #youngTrees: StatementSync;
  readonly #dropFolderStats: StatementSync;
  readonly #dropFolders: StatementSync;
  #marked = new Set<number>();

  constructor(options: ObjectCollectorOptions) {
    this.#options = options;
    const { database } = options.objects.transactions;
    this.#lease = database.prepare("SELECT token, owner, expires_at FROM collector");
    this.#takeLease = database.prepare(
      "UPDATE collector SET token = token + 1, owner = ?, expires_at = ? RETURNING token",
    );
    this.#renewLease = database.prepare("UPDATE collector SET expires_at = ? WHERE token = ? AND owner IS NOT NULL");
    this.#youngTrees = database.prepare(
      "SELECT blob, size, pack, start, kind, lower(hex(hash)) AS hash FROM blobs WHERE kind = 1 AND used_at >= ?",
    );
    this.#dropFolderStats = database.prepare(
      "DELETE FROM folder_stats WHERE folder IN (SELECT folder FROM folders WHERE used_at < ?)",
    );
    this.#dropFolders = database.prepare("DELETE FROM folders WHERE used_at < ?");
  }

  /** Takes the store-wide lease. Gives its token, or undefined while another process has it. */
  begin(owner: LeaseOwner, now: number): number | undefined {
    const { objects, here } = this.#options;
    return objects.transactions.write("full", () => {
      const lease = this.#lease.get() as unknown as LeaseRecord;
      const holder = lease.owner === null ? undefined : (JSON.parse(lease.owner) as LeaseOwner);
      if (holder && lease.expires_at > now && !isProcessGone(holder, here)) return undefined;
      const taken = this.#takeLease.get(JSON.stringify(owner), now + LEASE_MILLISECONDS) as unknown as {
        token: number;
      };
      this.#marked = new Set();
      return taken.token;
    });
  }

  /** Marks what somebody names, with everything it reaches. Throws `store.busy` when the lease is lost. */
  keep(token: number, hashes: readonly string[], now: number): void {
    const { objects } = this.#options;
    objects.transactions.write("normal", () => this.#renew(token, now));
    for (const hash of hashes) {
      const row = objects.find(hash);
      if (row) this.#mark(hash, row);
    }
  }

  /** Removes what is not marked, a part at a time; `pause` lets others write in between. */
  async sweep(token: number, now: number, pause: () => Promise<void>): Promise<CollectReport> {
    const { objects } = this.#options;
    const { transactions } = objects;
    const cutoff = now - UNNAMED_MILLISECONDS;
    const sweep = new ObjectSweep(objects, { isMarked: (blob) => this.#marked.has(blob), cutoff, now });
    transactions.write("full", () => {
      this.#dropFolderStats.run(now - FOLDER_MILLISECONDS);
      this.#dropFolders.run(now - FOLDER_MILLISECONDS);
    });
    for (let more = true; more; await pause()) {
      more = transactions.write("full", () => {
        this.#renew(token, now);
        this.#markYoungTrees(cutoff);
        return sweep.removeSome();
      });
    }
    sweep.forgetPacks();
    for (let more = true; more; await pause()) more = sweep.shrinkSome();
    return sweep.report;
  }

  /** Gives the lease back. */
  end(token: number): void {
    const { objects } = this.#options;
    objects.transactions.write("normal", () => {
      const lease = this.#lease.get() as unknown as LeaseRecord;
      if (lease.token === token) this.#takeLease.get(null, 0);
    });
    this.#marked = new Set();
  }

  #renew(token: number, now: number): void {
    if (this.#renewLease.run(now + LEASE_MILLISECONDS, token).changes === 1) return;
    throw new OrchestratorError("store.busy", { path: this.#options.objects.transactions.path });
  }

  #markYoungTrees(cutoff: number): void {
    for (const row of this.#youngTrees.all(cutoff) as unknown as (BlobRow & { hash: string })[]) {
      this.#mark(row.hash, row);
    }
  }

  /** A missing or corrupted tree keeps nothing alive, and is no reason to stop. */
  #mark(hash: string, row: BlobRow): void {
    const { objects, namedBy } = this.#options;
    const pending: [string, BlobRow][] = [[hash, row]];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const [nextHash, nextRow] = next;
      if (this.#marked.has(nextRow.blob)) continue;
      this.#marked.add(nextRow.blob);
      if (!objects.isTree(nextRow)) continue;
      for (const named of namesIn(objects, nextHash, namedBy)) {
        const found = objects.find(named);
        if (found) pending.push([named, found]);
      }
    }
  }
}
