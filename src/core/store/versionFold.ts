/** Versions as the events tell of them; the store keeps the same as rows. */
import type { EventOf, OrchestratorEvent } from "../events/event.ts";
import type { VersionRow } from "./sessionStore.ts";

/** What an event changes about a version that is there already. */
export interface VersionChange {
  readonly versionId: string;
  readonly change: Partial<Pick<VersionRow, "manifest" | "isPinned" | "isRemoved">>;
}

export function versionOf(event: EventOf<"snapshot_created">): VersionRow {
  const { versionId, seq, reason, timestamp } = event;
  return {
    versionId,
    seq,
    reason,
    stepId: event.stepId ?? null,
    createdAt: timestamp,
    manifest: event.manifest ?? null,
    files: event.files ?? null,
    label: event.label ?? null,
    isPinned: false,
    isRemoved: false,
  };
}

export function versionChangesOf(event: OrchestratorEvent): readonly VersionChange[] {
  switch (event.type) {
    case "snapshot_captured":
      return [{ versionId: event.versionId, change: { manifest: event.manifest } }];
    case "snapshot_pinned":
      return [{ versionId: event.versionId, change: { isPinned: event.pinned } }];
    case "snapshots_removed":
      return event.versionIds.map((versionId) => ({ versionId, change: { manifest: null, isRemoved: true } }));
    default:
      return [];
  }
}

export class VersionFold {
  readonly #versions = new Map<string, VersionRow>();

  apply(event: OrchestratorEvent): void {
    if (event.type === "snapshot_created" && !this.#versions.has(event.versionId))
      this.#versions.set(event.versionId, versionOf(event));
    for (const { versionId, change } of versionChangesOf(event)) {
      const version = this.#versions.get(versionId);
      if (version) this.#versions.set(versionId, { ...version, ...change });
    }
  }

  /** In the order of the log. */
  get versions(): VersionRow[] {
    return [...this.#versions.values()];
  }
}
