/**
 * What the session's own tools wrote, known by hash, so that it is told from what commands and others did to the
 * same files in the same time.
 */
import type { Effect } from "../events/event.ts";
import type { EntryChange, EntryState } from "./snapshotWork.ts";

/** A hash, or undefined for nothing. */
type Content = string | undefined;

interface Write {
  readonly before: Content;
  readonly after: Content;
}

/** How many writes of each path were over at some moment. */
export type WriteMark = ReadonlyMap<string, number>;

export class OwnWrites {
  readonly #writes = new Map<string, Write[]>();

  note({ path, before, after }: Effect): void {
    const writes = this.#writes.get(path) ?? [];
    writes.push({ before, after });
    this.#writes.set(path, writes);
  }

  /** To be taken before the folders are looked at: these writes are in what is found, later ones may be. */
  mark(): WriteMark {
    return new Map([...this.#writes].map(([path, writes]) => [path, writes.length]));
  }

  /**
   * What others did, of all that differs between two looks at the folders. Writes that account for a difference are
   * forgotten; those after the second look are kept for the next.
   */
  takeOthers(changes: readonly EntryChange[], mark: WriteMark): Effect[] {
    const byPath = new Map(changes.map((change) => [change.path, change]));
    const others: Effect[] = [];
    for (const path of new Set([...byPath.keys(), ...this.#writes.keys()])) {
      const change = byPath.get(path);
      const writes = this.#writes.get(path);
      if (!writes) {
        if (change) others.push(effectOf(change));
        continue;
      }
      const other = this.#settle(path, writes, change, mark.get(path) ?? 0);
      if (other) others.push(other);
    }
    return others;
  }

  #settle(path: string, writes: Write[], change: EntryChange | undefined, certain: number): Effect | undefined {
    // Of what snapshots leave out only what we wrote ourselves is known.
    const start = change && isKnown(change.before, writes) ? contentOf(change.before) : writes[0]?.before;
    if (change?.after?.kind === "leftOut") {
      this.#forget(path, writes.length);
      return undefined;
    }
    const found = change ? contentOf(change.after) : start;
    const [count, isOurs] = accountedFor(writes, start, found, certain);
    this.#forget(path, count);
    let at = start;
    let first: { readonly content: Content; readonly index: number } | undefined;
    let last: Content;
    for (const [index, write] of writes.slice(0, count).entries()) {
      if (write.before !== at) {
        first ??= { content: at, index };
        last = write.before;
      }
      at = write.after;
    }
    if (!isOurs) {
      first ??= { content: at, index: count };
      last = found;
    }
    if (!first || first.content === last) return undefined;
    return {
      path,
      change: first.content === undefined ? "created" : last === undefined ? "deleted" : "modified",
      ...(first.content === undefined ? {} : { before: first.content }),
      ...(last === undefined ? {} : { after: last }),
      ...(first.index === 0 && change?.before ? { beforeEntry: entryOf(change.before) } : {}),
      ...(!isOurs && change?.after ? { afterEntry: entryOf(change.after) } : {}),
    };
  }

  #forget(path: string, count: number): void {
    const rest = this.#writes.get(path)?.slice(count) ?? [];
    if (rest.length > 0) this.#writes.set(path, rest);
    else this.#writes.delete(path);
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

export function entryOf({ kind, mode, size }: EntryState): NonNullable<Effect["beforeEntry"]> {
  return { kind, mode, size };
}

/** How many writes the second look saw, and whether the last of them is what it found. */
function accountedFor(writes: readonly Write[], start: Content, found: Content, certain: number): [number, boolean] {
  for (let count = writes.length; count >= certain; count--) {
    const at = count === 0 ? start : writes[count - 1]?.after;
    if (at === found) return [count, true];
  }
  return [writes.length, false];
}

function isKnown(before: EntryState | undefined, writes: readonly Write[]): boolean {
  if (before?.kind === "leftOut") return false;
  // A file the rules left out was there all the same.
  return before !== undefined || writes[0]?.before === undefined;
}

function contentOf(entry: EntryState | undefined): Content {
  return entry === undefined || entry.hash === "" ? undefined : entry.hash;
}
