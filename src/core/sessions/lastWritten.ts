/** What a session last wrote, path by path, as its log tells: who finds something else there knows that others were at it. */
import type { Effect, OrchestratorEvent } from "../events/event.ts";

/** Stands for content nobody knows, so that nothing is ever taken for it. */
const UNKNOWN = "";

export class LastWritten {
  readonly #hashes = new Map<string, string | null>();
  readonly #candidates = new Map<string, readonly string[]>();

  apply(event: OrchestratorEvent): void {
    if (event.type === "session_imported") {
      // On another machine, so none of the files here.
      this.#hashes.clear();
      this.#candidates.clear();
    }
    if (event.type !== "tool_result" && event.type !== "snapshot_restored") return;
    for (const effect of event.effects) this.#take(effect);
  }

  /** By workspace path: a hash, or null for what was deleted. */
  get hashes(): ReadonlyMap<string, string | null> {
    return this.#hashes;
  }

  /** Paths whose last change somebody else may have made as well, and who. */
  get shared(): ReadonlyMap<string, readonly string[]> {
    return this.#candidates;
  }

  #take({ path, change, after, afterEntry, shared = [] }: Effect): void {
    if (!isTreePath(path)) return;
    const isFolder = afterEntry?.kind === "directory";
    this.#hashes.set(path, change === "deleted" || isFolder ? null : (after ?? UNKNOWN));
    if (shared.length > 0) this.#candidates.set(path, shared);
    else this.#candidates.delete(path);
  }
}

/** A path as trees have it. An imported log may hold others, which lead nowhere here. */
export function isTreePath(path: string): boolean {
  return !path.includes("\0") && path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}
