/**
 * Keeps what is stored of folders within its quota: the oldest snapshots go first, never a session, never what a
 * running or interrupted session needs, no pinned one, and no safety version younger than a week. What nobody names
 * any more is collected.
 */
import { isOrchestratorError, messageOf } from "../errors.ts";
import type { EventDraft } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { BlobStore, CollectReport } from "../store/blobStore.ts";
import type { SessionRow, VersionRow } from "../store/sessionStore.ts";
import { hashesOf, namedContents, type NamedContentSource, type SessionContents } from "./namedContents.ts";
import type { SnapshotSource } from "./pendingRestore.ts";
import type { SessionManager } from "./sessionManager.ts";
import { hasFolders } from "./versionSnapshot.ts";

const GIGABYTE = 1024 * 1024 * 1024;
const SAFETY_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;
const PAGE_SESSIONS = 100;
const SOURCE = "retention";

export interface SnapshotRetentionOptions {
  readonly store: NamedContentSource;
  readonly sessions: Pick<SessionManager, "listSessions" | "listVersions" | "add">;
  readonly snapshots: SnapshotSource;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RetentionRequest {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** With `dryRun`: sessions to be taken as gone already. */
  readonly without?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

export interface RetentionReport {
  readonly dryRun: boolean;
  /** Bytes on the disk, estimated: what sessions named before, and what they may take. */
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** Snapshots that were removed, or would be, oldest first. */
  readonly removed: readonly RemovedSnapshot[];
  /** What sessions name after that. More than the quota where everything else has to stay. */
  readonly keptBytes: number;
  /** What was collected; absent in a dry run, or when another process collects at the moment. */
  readonly collected?: CollectReport;
}

export interface RemovedSnapshot {
  readonly sessionId: string;
  readonly versionId: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

interface Candidate extends RemovedSnapshot {
  readonly manifest: string;
  readonly seq: number;
}

export class SnapshotRetention {
  readonly #options: SnapshotRetentionOptions;
  #running: Promise<unknown> | undefined;

  constructor(options: SnapshotRetentionOptions) {
    this.#options = options;
  }

  /** Removes the oldest snapshots until what is named fits the quota, and collects what nobody names. */
  async enforce({ dryRun = false, without, signal }: RetentionRequest = {}): Promise<RetentionReport> {
    const { snapshots, settings } = this.#options;
    const { blobs } = await snapshots.objects();
    const quotaBytes = settings.get("snapshots.quotaGb") * GIGABYTE;
    const named = (await this.#named(signal)).filter(({ sessionId }) => !without?.has(sessionId));
    const usedBytes = await storedBytes(
      blobs,
      named.flatMap((contents) => [...hashesOf(contents)]),
    );
    const all = usedBytes > quotaBytes ? await this.#candidates(named) : [];
    const candidates = all.filter(({ sessionId }) => !without?.has(sessionId));
    const { count, keptBytes } = await this.#enough(blobs, named, candidates, { usedBytes, quotaBytes });
    const chosen = candidates.slice(0, count);
    const removed = dryRun ? chosen : await this.#remove(chosen);
    const collected = dryRun ? undefined : await this.collect(signal);
    return {
      dryRun,
      usedBytes,
      quotaBytes,
      removed: removed.map(({ sessionId, versionId, createdAt }) => ({ sessionId, versionId, createdAt })),
      keptBytes,
      ...(collected ? { collected } : {}),
    };
  }

  /** Removes what no session names and nobody put within the last hour. Undefined while another process does it. */
  async collect(signal?: AbortSignal): Promise<CollectReport | undefined> {
    const { blobs } = await this.#options.snapshots.objects();
    return blobs.collect({ keep: this.#keep(signal), ...(signal ? { signal } : {}) });
  }

  /** What everything that is stored takes on the disk, and may take. */
  async totals(): Promise<{ readonly storedBytes: number; readonly fileBytes: number; readonly quotaBytes: number }> {
    const { blobs } = await this.#options.snapshots.objects();
    const { storedBytes: stored, fileBytes } = await blobs.totals();
    return { storedBytes: stored, fileBytes, quotaBytes: this.#options.settings.get("snapshots.quotaGb") * GIGABYTE };
  }

  /** Bytes on the disk of everything a session names, estimated; others may name a part of it too. */
  async sizeOf(sessionId: string): Promise<number> {
    const { blobs } = await this.#options.snapshots.objects();
    const [contents] = await Array.fromAsync(namedContents(this.#options.store, { sessionId }));
    return contents ? storedBytes(blobs, [...hashesOf(contents)]) : 0;
  }

  /** Looks after the quota in the background; `settled` waits for it. What goes wrong is logged. */
  soon(): void {
    this.#running ??= this.#enforceIfNeeded().finally(() => {
      this.#running = undefined;
    });
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #enforceIfNeeded(): Promise<void> {
    try {
      const { storedBytes: stored, quotaBytes } = await this.totals();
      if (stored <= quotaBytes) return;
      const { removed } = await this.enforce();
      if (removed.length > 0) this.#options.logger.info("Old snapshots were removed.", { count: removed.length });
    } catch (error) {
      this.#options.logger.warn("The quota of snapshots could not be looked after.", { error: messageOf(error) });
    }
  }

  async #named(signal: AbortSignal | undefined): Promise<SessionContents[]> {
    return Array.fromAsync(namedContents(this.#options.store, signal ? { signal } : {}));
  }

  async *#keep(signal: AbortSignal | undefined): AsyncGenerator<string, void, void> {
    for await (const contents of namedContents(this.#options.store, signal ? { signal } : {}))
      yield* hashesOf(contents);
  }

  /** What may be removed, oldest first. */
  async #candidates(named: readonly SessionContents[]): Promise<Candidate[]> {
    const { sessions } = this.#options;
    const restoring = new Set(named.flatMap((one) => (one.hasPendingRestore ? [one.sessionId] : [])));
    const candidates: Candidate[] = [];
    for (let before: SessionRow | undefined; ;) {
      const page = await sessions.listSessions({ limit: PAGE_SESSIONS, ...(before ? { before } : {}) });
      for (const row of page) {
        if (!isAtRest(row) || restoring.has(row.sessionId)) continue;
        for (const version of await sessions.listVersions(row.sessionId)) {
          if (hasFolders(version) && this.#mayGo(version)) candidates.push({ ...version, sessionId: row.sessionId });
        }
      }
      before = page.at(-1);
      if (page.length < PAGE_SESSIONS) break;
    }
    return candidates.toSorted((one, other) =>
      one.createdAt === other.createdAt ? one.seq - other.seq : one.createdAt < other.createdAt ? -1 : 1,
    );
  }

  #mayGo({ isPinned, reason, createdAt }: VersionRow): boolean {
    if (isPinned) return false;
    const age = this.#options.clock.now() - Date.parse(createdAt);
    return reason !== "before_restore" || age > SAFETY_MILLISECONDS;
  }

  /** How many of the oldest have to go, and what stays then; snapshots share most of what they hold. */
  async #enough(
    blobs: BlobStore,
    named: readonly SessionContents[],
    candidates: readonly Candidate[],
    { usedBytes, quotaBytes }: { readonly usedBytes: number; readonly quotaBytes: number },
  ): Promise<{ readonly count: number; readonly keptBytes: number }> {
    if (candidates.length === 0) return { count: 0, keptBytes: usedBytes };
    const keptWithout = (count: number): Promise<number> => {
      const gone = new Set(candidates.slice(0, count).map(({ sessionId, versionId }) => `${sessionId}/${versionId}`));
      const rest = named.flatMap(({ sessionId, manifests, others }) => [
        ...[...manifests].flatMap(([id, manifest]) => (gone.has(`${sessionId}/${id}`) ? [] : [manifest])),
        ...others,
      ]);
      return storedBytes(blobs, rest);
    };
    let [low, high] = [1, candidates.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await keptWithout(middle)) <= quotaBytes) high = middle;
      else low = middle + 1;
    }
    return { count: low, keptBytes: await keptWithout(low) };
  }

  /** What somebody took up, pinned or removed since it was listed is left to them. */
  async #remove(chosen: readonly Candidate[]): Promise<Candidate[]> {
    const { sessions } = this.#options;
    const removed = new Set<Candidate>();
    for (const [sessionId, versions] of Map.groupBy(chosen, (candidate) => candidate.sessionId)) {
      try {
        const gone = await sessions.add(sessionId, async (row) => {
          const now = await sessions.listVersions(sessionId);
          const left = versions.filter(({ versionId }) =>
            now.some((version) => version.versionId === versionId && hasFolders(version) && this.#mayGo(version)),
          );
          const versionIds = left.map(({ versionId }) => versionId);
          const draft: EventDraft = { type: "snapshots_removed", source: SOURCE, versionIds, reason: "quota" };
          const none = left.length === 0 || !isAtRest(row);
          return { drafts: none ? [] : [draft], result: none ? [] : left };
        });
        for (const candidate of gone) removed.add(candidate);
      } catch (error) {
        const isTaken = isOrchestratorError(error) && ["session.running", "session.unknown"].includes(error.code);
        if (!isTaken) throw error;
      }
    }
    return chosen.filter((candidate) => removed.has(candidate));
  }
}

/** Nobody runs it, and nobody is expected to go on with it. */
function isAtRest({ owner, effectiveStatus }: SessionRow): boolean {
  return owner === null && (effectiveStatus === "completed" || effectiveStatus === "failed");
}

async function storedBytes(blobs: BlobStore, hashes: readonly string[]): Promise<number> {
  const [usage] = await blobs.usage([{ id: "named", hashes: [...new Set(hashes)] }]);
  return usage?.storedBytes ?? 0;
}
