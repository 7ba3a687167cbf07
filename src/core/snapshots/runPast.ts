/** What a session did to its folders before this run, folded from its log. */
import type { Effect, OrchestratorEvent } from "../events/event.ts";
import type { EntryState } from "./snapshotWork.ts";

export interface RunPast {
  /** Number of the newest version. */
  readonly versions: number;
  /** Its folders, or those of the newest version that has any. */
  readonly lastManifest?: string;
  /** The folders as the session found them were never stored. */
  readonly needsFirst: boolean;
  /** What the session last wrote to each path; null where it deleted something. */
  readonly written: ReadonlyMap<string, string | null>;
  /** What was at each path before the session changed it for the first time. */
  readonly firsts: ReadonlyMap<string, FirstState>;
}

export type FirstState = Pick<Effect, "before" | "beforeEntry">;

export const NEW_SESSION: RunPast = { versions: 1, needsFirst: true, written: new Map(), firsts: new Map() };

export class RunPastFold {
  readonly #written = new Map<string, string | null>();
  readonly #firsts = new Map<string, FirstState>();
  #versions = 0;
  #lastManifest: string | undefined;
  #hasFirst = false;

  apply(event: OrchestratorEvent): void {
    switch (event.type) {
      case "snapshot_created":
        this.#versions = Math.max(this.#versions, Number(event.versionId.slice(1)) || 0);
        this.#lastManifest = event.manifest ?? this.#lastManifest;
        if (event.versionId === "v1") this.#hasFirst = event.manifest !== undefined;
        break;
      case "snapshot_captured":
        this.#lastManifest ??= event.manifest;
        if (event.versionId === "v1") this.#hasFirst = true;
        break;
      case "tool_started":
        for (const { path, before, beforeEntry } of event.preImages ?? []) this.#first(path, { before, beforeEntry });
        break;
      case "tool_result":
      case "snapshot_restored":
        this.took(event.effects);
        break;
      default:
        break;
    }
  }

  /** Effects that are not in the log yet. */
  took(effects: readonly Effect[]): void {
    for (const { path, change, before, beforeEntry, after } of effects) {
      this.#first(path, { before, beforeEntry });
      this.#written.set(path, change === "deleted" ? null : (after ?? ""));
    }
  }

  get past(): RunPast {
    return {
      versions: this.#versions,
      needsFirst: !this.#hasFirst,
      written: this.#written,
      firsts: this.#firsts,
      ...(this.#lastManifest === undefined ? {} : { lastManifest: this.#lastManifest }),
    };
  }

  #first(path: string, state: { before?: string | undefined; beforeEntry?: Effect["beforeEntry"] }): void {
    if (this.#firsts.has(path)) return;
    const { before, beforeEntry } = state;
    this.#firsts.set(path, { ...(before === undefined ? {} : { before }), ...(beforeEntry ? { beforeEntry } : {}) });
  }
}

/** The folders before the session: what it has changed since is put back in, as far as it is stored. */
export function firstStates({ firsts }: RunPast): Map<string, EntryState | null> {
  const states = new Map<string, EntryState | null>();
  for (const [path, { before, beforeEntry }] of firsts) {
    if (before === undefined && !beforeEntry) states.set(path, null);
    else if (beforeEntry && (before !== undefined || beforeEntry.kind === "directory"))
      states.set(path, { ...beforeEntry, hash: before ?? "" });
  }
  return states;
}
