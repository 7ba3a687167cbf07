/**
 * What one step or one agent did to each path, and so what taking its changes back means: the state before its first
 * change, as long as what is there is still what its last change left.
 */
import type { Effect, EventOf, OrchestratorEvent } from "../events/event.ts";
import type { EntryState } from "../snapshots/snapshotWork.ts";
import { isTreePath } from "./lastWritten.ts";

export type ChangeMaker = { readonly stepId: string } | { readonly agentId: string };

type EntryShape = NonNullable<Effect["beforeEntry"]>;

/** One path as it was before the first change and after the last. */
export interface OwnChange {
  readonly path: string;
  /** Null where nothing was. */
  readonly before: KnownState | null;
  /** Hash of what it left; null for nothing, empty where nobody knows, or somebody else changed the path in between. */
  readonly after: string | null;
  /** Others that may have made one of the changes. */
  readonly shared: readonly string[];
}

/** As far as the log knows it; without `entry` the permission bits are unknown. */
export interface KnownState {
  readonly hash?: string;
  readonly entry?: EntryShape;
}

interface Track {
  readonly before: KnownState | null;
  /** What its last change found. */
  lastBefore: string | null;
  after: string | null;
  /** Somebody else changed it since. */
  isForeign: boolean;
  /** And then this one again, so that taking it back would take back both. */
  isMixed: boolean;
  readonly shared: Set<string>;
}

export class WrittenByOne {
  readonly #who: ChangeMaker;
  readonly #tracks = new Map<string, Track>();
  readonly #agents = new Set<string>();
  #isKnown = false;

  constructor(who: ChangeMaker) {
    this.#who = who;
  }

  /** Whether the log knows the step or the agent at all. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  apply(event: OrchestratorEvent): void {
    this.#meet(event);
    if (event.type === "tool_result") {
      for (const effect of event.effects) if (isFile(effect)) this.#take(effect, event);
    }
    if (event.type === "snapshot_restored") for (const effect of event.effects) this.#restored(effect);
  }

  /** In the order of the first change. */
  get changes(): OwnChange[] {
    return [...this.#tracks].map(([path, { before, after, isMixed, shared }]) => ({
      path,
      before,
      after: isMixed ? "" : after,
      shared: [...shared],
    }));
  }

  #meet(event: OrchestratorEvent): void {
    if (event.type === "plan_created" || event.type === "plan_revised") {
      const who = this.#who;
      if ("stepId" in who && event.plan.steps.some(({ id }) => id === who.stepId)) this.#isKnown = true;
    }
    if (!("agentId" in event) || event.agentId === undefined) return;
    if (!this.#matches(event)) return;
    this.#isKnown = true;
    this.#agents.add(event.agentId);
  }

  #matches(event: { readonly agentId?: string | undefined; readonly stepId?: string | undefined }): boolean {
    return "stepId" in this.#who ? event.stepId === this.#who.stepId : event.agentId === this.#who.agentId;
  }

  #take(effect: Effect, event: EventOf<"tool_result">): void {
    const { path, shared = [] } = effect;
    const isOwn = this.#matches(event);
    const mayBeOwn = isOwn || shared.some((candidate) => this.#agents.has(candidate));
    const track = this.#tracks.get(path);
    if (!mayBeOwn) {
      if (track) track.isForeign = true;
      return;
    }
    const others = [...(isOwn ? [] : [event.agentId]), ...shared].filter((candidate) => !this.#agents.has(candidate));
    if (track) {
      // Commands that ran at the same time tell of one change twice.
      const isRepeated = hashBefore(effect) === track.lastBefore && hashAfter(effect) === track.after;
      // A person may have saved it in between, of which no event tells.
      track.isMixed ||= track.isForeign || (!isRepeated && hashBefore(effect) !== track.after);
      track.lastBefore = hashBefore(effect);
      track.after = hashAfter(effect);
      for (const other of others) track.shared.add(other);
      return;
    }
    const { change, before: hash, beforeEntry: entry } = effect;
    const before =
      change === "created"
        ? null
        : { ...(hash === undefined ? {} : { hash }), ...(entry === undefined ? {} : { entry }) };
    this.#tracks.set(path, {
      before,
      lastBefore: hashBefore(effect),
      after: hashAfter(effect),
      isForeign: false,
      isMixed: false,
      shared: new Set(others),
    });
  }

  /** Taken back is taken back; anything else that was restored is what has to be there now. */
  #restored(effect: Effect): void {
    const track = this.#tracks.get(effect.path);
    if (!track) return;
    const after = hashAfter(effect);
    if (after === (track.before === null ? null : track.before.hash)) this.#tracks.delete(effect.path);
    else track.after = after;
  }
}

/** Folders come and go with what is in them. */
function isFile({ path, beforeEntry, afterEntry }: Effect): boolean {
  return isTreePath(path) && beforeEntry?.kind !== "directory" && afterEntry?.kind !== "directory";
}

function hashBefore({ change, before }: Effect): string | null {
  return change === "created" ? null : (before ?? "");
}

function hashAfter({ change, after }: Effect): string | null {
  return change === "deleted" ? null : (after ?? "");
}

/** The state as a tree holds it; undefined where it is not kept. `sizeOf` is asked where the log does not say. */
export async function entryOf(
  state: KnownState,
  sizeOf: (hash: string) => Promise<number | undefined>,
): Promise<EntryState | undefined> {
  const { hash = "", entry } = state;
  if (hash === "" || entry?.kind === "leftOut") return undefined;
  const size = await sizeOf(hash);
  if (size === undefined) return undefined;
  return { kind: entry?.kind ?? "file", mode: entry?.mode ?? 0o644, size: entry?.size ?? size, hash };
}
