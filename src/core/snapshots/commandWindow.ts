/** The time in which one command ran: what others than our own tools changed in it is its effect, or may be. */
import type { Effect } from "../events/event.ts";
import type { CommandCaller } from "../tools/changeKeeper.ts";

export class CommandWindow {
  readonly caller: CommandCaller;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly #effects = new Map<string, Effect>();

  constructor(caller: CommandCaller, since: number) {
    this.caller = caller;
    this.since = since;
  }

  /** `others`: agents whose commands ran at the same time. */
  add(effect: Effect, others: readonly string[]): void {
    const known = this.#effects.get(effect.path);
    const shared = [...new Set([...(known?.shared ?? []), ...others])];
    const { shared: _shared, ...merged } = known ? merge(known, effect) : effect;
    this.#effects.set(effect.path, shared.length > 0 ? { ...merged, shared } : merged);
  }

  /** By path, without what ended as it began. `strangers` may have made any of them. */
  effects(strangers: readonly string[]): Effect[] {
    return [...this.#effects.values()]
      .filter((effect) => !isNothing(effect))
      .map((effect) =>
        strangers.length === 0 ? effect : { ...effect, shared: [...(effect.shared ?? []), ...strangers] },
      )
      .toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }
}

function merge(first: Effect, then: Effect): Effect {
  const existed = first.change !== "created";
  const exists = then.change !== "deleted";
  return {
    path: first.path,
    change: !exists ? "deleted" : existed ? "modified" : "created",
    ...(existed && first.before !== undefined ? { before: first.before } : {}),
    ...(exists && then.after !== undefined ? { after: then.after } : {}),
    ...(existed && first.beforeEntry ? { beforeEntry: first.beforeEntry } : {}),
    ...(exists && then.afterEntry ? { afterEntry: then.afterEntry } : {}),
  };
}

/** Created and gone again, or back to what it was. */
function isNothing({ change, before, after, beforeEntry, afterEntry }: Effect): boolean {
  if (change === "deleted") return before === undefined && beforeEntry === undefined;
  if (change === "created") return false;
  return (
    before === after &&
    beforeEntry?.kind === afterEntry?.kind &&
    beforeEntry?.mode === afterEntry?.mode &&
    beforeEntry?.size === afterEntry?.size
  );
}
