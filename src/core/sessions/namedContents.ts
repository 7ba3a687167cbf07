/**
 * Everything that sessions name of what is stored: what may not be collected. Of folders that is the snapshots that
 * are still kept, those of calls that have no outcome, and those of restores that were interrupted; of other contents
 * whatever an event mentions.
 */
import type { NamedContent, StoreMaintenance } from "../store/storeMaintenance.ts";

/** What one session names. */
export interface SessionContents {
  readonly sessionId: string;
  /** Manifests of versions whose files are kept, by version. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Everything else: what calls and restores that have not ended need, what was before and after each change. */
  readonly others: ReadonlySet<string>;
  /** It has a restore that was interrupted. */
  readonly hasPendingRestore: boolean;
}

export type NamedContentSource = Pick<StoreMaintenance, "namedContents">;

/** Session by session, or of one. */
export async function* namedContents(
  store: NamedContentSource,
  options: { readonly sessionId?: string; readonly signal?: AbortSignal } = {},
): AsyncGenerator<SessionContents, void, void> {
  const { sessionId, signal } = options;
  let fold: NamedContentsFold | undefined;
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const { items, next } = await store.namedContents({ after, ...(sessionId === undefined ? {} : { sessionId }) });
    for (const item of items) {
      if (fold && fold.sessionId !== item.sessionId) yield fold;
      if (fold?.sessionId !== item.sessionId) fold = new NamedContentsFold(item.sessionId);
      fold.apply(item);
    }
    if (next === undefined) break;
    after = next;
  }
  if (fold) yield fold;
}

/** All hashes of a session. */
export function* hashesOf({ manifests, others }: SessionContents): Generator<string> {
  yield* manifests.values();
  yield* others;
}

/** Takes what the events of one session name, in their order. */
export class NamedContentsFold implements SessionContents {
  readonly sessionId: string;
  readonly manifests = new Map<string, string>();
  /** By id: manifests of calls without outcome. */
  readonly calls = new Map<string, string>();
  /** Contents that are not of folders, and what was before and after each change. */
  readonly mentioned = new Set<string>();
  readonly #restores = new Map<string, readonly string[]>();

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  get others(): ReadonlySet<string> {
    return new Set([...this.mentioned, ...this.calls.values(), ...[...this.#restores.values()].flat()]);
  }

  get hasPendingRestore(): boolean {
    return this.#restores.size > 0;
  }

  apply({ type, hashes, keys, manifest }: NamedContent): void {
    const [key = ""] = keys;
    switch (type) {
      case "snapshot_created":
      case "snapshot_captured":
        if (manifest !== undefined) this.manifests.set(key, manifest);
        break;
      case "snapshots_removed":
        for (const versionId of keys) this.manifests.delete(versionId);
        break;
      case "restore_started":
        this.#restores.set(key, hashes);
        return;
      case "snapshot_restored":
        this.#restores.delete(key);
        break;
      case "tool_started":
        if (manifest !== undefined) this.calls.set(key, manifest);
        break;
      case "tool_result":
        this.calls.delete(key);
        break;
      default:
        if (manifest !== undefined) this.mentioned.add(manifest);
        break;
    }
    for (const hash of hashes) this.mentioned.add(hash);
  }
}
