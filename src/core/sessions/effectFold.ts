/** What became of each file over several tool calls: effects that follow each other are one change. */
import type { Effect, OrchestratorEvent } from "../events/event.ts";

export interface FileDiff {
  /** Workspace form: relative, or `folder/…` with several folders. */
  readonly path: string;
  readonly change: Effect["change"];
  /** SHA-256 of the content, in hex; absent where there was no file or its content is not known. */
  readonly before?: string;
  readonly after?: string;
  /** Agents whose tool calls changed it. */
  readonly agents: readonly string[];
  /** Others that may have: they changed files at the same time. */
  readonly shared?: readonly string[];
}

interface Track {
  readonly existedBefore: boolean;
  readonly before: string | undefined;
  exists: boolean;
  after: string | undefined;
  readonly agents: Set<string>;
  readonly shared: Set<string>;
}

export class EffectFold {
  readonly #tracks = new Map<string, Track>();

  apply(event: OrchestratorEvent): void {
    if (event.type === "tool_result") for (const effect of event.effects) this.#add(effect, event.agentId);
    // Whoever restores is no agent; what was restored counts all the same.
    if (event.type === "snapshot_restored") for (const effect of event.effects) this.#add(effect, undefined);
  }

  /** From the first effect to the last, sorted by path. */
  files(): FileDiff[] {
    return this.#diffs((track) => track);
  }

  /** What taking all of it back does. */
  undone(): FileDiff[] {
    return this.#diffs(({ existedBefore, before, exists, after, ...who }) => ({
      existedBefore: exists,
      before: after,
      exists: existedBefore,
      after: before,
      ...who,
    }));
  }

  #add({ path, change, before, after, shared = [] }: Effect, agentId: string | undefined): void {
    let track = this.#tracks.get(path);
    if (!track) {
      const existedBefore = change !== "created";
      track = { existedBefore, before, exists: existedBefore, after: before, agents: new Set(), shared: new Set() };
      this.#tracks.set(path, track);
    }
    track.exists = change !== "deleted";
    track.after = track.exists ? after : undefined;
    if (agentId !== undefined) track.agents.add(agentId);
    for (const other of shared) track.shared.add(other);
  }

  #diffs(view: (track: Track) => Track): FileDiff[] {
    const diffs: FileDiff[] = [];
    for (const [path, track] of this.#tracks) {
      const { existedBefore, before, exists, after, agents, shared } = view(track);
      if (!existedBefore && !exists) continue;
      if (existedBefore && exists && before !== undefined && before === after) continue;
      diffs.push({
        path,
        change: !existedBefore ? "created" : exists ? "modified" : "deleted",
        ...(existedBefore && before !== undefined ? { before } : {}),
        ...(exists && after !== undefined ? { after } : {}),
        agents: [...agents],
        ...(shared.size > 0 ? { shared: [...shared] } : {}),
      });
    }
    return diffs.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }
}
