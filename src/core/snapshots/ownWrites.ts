/**
 * What the session's own tools wrote, known by hash, so that it is told from what commands and others did to the
 * same files between two looks at the folders. No write is under way while they are looked at (changeGate.ts).
 */
import type { Effect } from "../events/event.ts";
import type { EntryChange, EntryState } from "./snapshotWork.ts";

/** A hash, or undefined for nothing. */
type Content = string | undefined;

interface Write {
  readonly before: Content;
  readonly after: Content;
}

export class OwnWrites {
  readonly #writes = new Map<string, Write[]>();

  note({ path, before, after }: Effect): void {
    const writes = this.#writes.get(path) ?? [];
    writes.push({ before, after });
    this.#writes.set(path, writes);
  }

  /**
   * What others did, of all that differs between two looks. What we wrote between them is forgotten. `unchanged` tells
   * what both found at a path we wrote to that is the same in both.
   */
  async takeOthers(
    changes: readonly EntryChange[],
    unchanged: (path: string) => Promise<EntryState | undefined>,
  ): Promise<Effect[]> {
    const others: Effect[] = [];
    const byPath = new Map(changes.map((change) => [change.path, change]));
    for (const change of changes) if (!this.#writes.has(change.path)) others.push(effectOf(change));
    for (const [path, writes] of this.#writes) {
      const change = byPath.get(path);
      const same = change ? undefined : await unchanged(path);
      const other = othersOf(path, writes, change ?? { before: same, after: same });
      if (other) others.push(other);
    }
    this.clear();
    return others;
  }

  clear(): void {
    this.#writes.clear();
  }
}

export function effectOf({ path, change, before, after }: EntryChange): Effect {
  const [was, is] = [contentOf(before), contentOf(after)];
  return {
    path,
    change,
    ...(was === undefined ? {} : { before: was }),
    ...(is === undefined ? {} : { after: is }),
    ...(before ? { beforeEntry: entryOf(before) } : {}),
    ...(after ? { afterEntry: entryOf(after) } : {}),
  };
}

interface FoundTwice {
  readonly before?: EntryState | undefined;
  readonly after?: EntryState | undefined;
}

/** From the first state that we did not write to the last. */
function othersOf(path: string, writes: readonly Write[], found: FoundTwice): Effect | undefined {
  // Of what snapshots leave out only what we wrote ourselves is known.
  if (found.after?.kind === "leftOut") return undefined;
  const start = isKnown(found.before, writes) ? contentOf(found.before) : writes[0]?.before;
  const end = contentOf(found.after);
  let at = start;
  const gaps: { readonly from: Content; readonly to: Content }[] = [];
  for (const { before, after } of writes) {
    if (before !== at) gaps.push({ from: at, to: before });
    at = after;
  }
  const isAfterOurs = at !== end;
  if (isAfterOurs) gaps.push({ from: at, to: end });
  const [first, last] = [gaps[0], gaps.at(-1)];
  if (!first || !last || first.from === last.to) return undefined;
  return {
    path,
    change: first.from === undefined ? "created" : last.to === undefined ? "deleted" : "modified",
    ...(first.from === undefined ? {} : { before: first.from }),
    ...(last.to === undefined ? {} : { after: last.to }),
    ...(first.from === start && found.before && first.from !== undefined ? { beforeEntry: entryOf(found.before) } : {}),
    ...(isAfterOurs && found.after ? { afterEntry: entryOf(found.after) } : {}),
  };
}

function isKnown(before: EntryState | undefined, writes: readonly Write[]): boolean {
  if (before?.kind === "leftOut") return false;
  // A file the rules left out was there all the same.
  return before !== undefined || writes[0]?.before === undefined;
}

function entryOf({ kind, mode, size }: EntryState): NonNullable<Effect["beforeEntry"]> {
  return { kind, mode, size };
}

function contentOf(entry: EntryState | undefined): Content {
  return entry === undefined || entry.hash === "" ? undefined : entry.hash;
}
