/** Turns what a person decided about a plan into what is done, and holds it against the folders of the moment. */
import type { MergeResult } from "../snapshots/mergeText.ts";
import type { FailedStep, RestoreChange, RestoreConflict } from "../snapshots/restore.ts";
import type { MergedFile, PlannedChange, PlannedConflict, RestoreChoices, SessionRestorePlan } from "./restorePlan.ts";

/** What is to be done with a path: take what the snapshot has, or put this there. */
type Deed = "take" | Uint8Array;

export interface Decided {
  readonly paths: ReadonlyMap<string, Deed>;
  readonly kept: readonly PlannedConflict[];
  readonly merged: readonly MergedFile[];
}

/** As the snapshots want it. */
export interface Deeds {
  readonly changes: readonly RestoreChange[];
  readonly conflicts: readonly RestoreConflict[];
  /** For `conflicts`. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** What is not as the plan says any more. */
  readonly stale: readonly FailedStep[];
}

/** `merge` gives undefined for what cannot be merged, which is then kept. */
export async function decide(
  plan: SessionRestorePlan,
  choices: RestoreChoices,
  merge: (path: string) => Promise<MergeResult | undefined>,
): Promise<Decided> {
  const paths = new Map<string, Deed>();
  const kept: PlannedConflict[] = [];
  const merged: MergedFile[] = [];
  for (const { path, isChosen } of plan.changes) if (choices.changes?.get(path) ?? isChosen) paths.set(path, "take");
  for (const conflict of plan.conflicts) {
    const { path } = conflict;
    const choice = choices.conflicts?.get(path) ?? "keep";
    const result = choice === "merge" ? await merge(path) : undefined;
    if (result) {
      paths.set(path, new TextEncoder().encode(result.text));
      merged.push({ path, conflicts: result.conflicts });
    } else if (choice === "keep" || choice === "merge") kept.push(conflict);
    else paths.set(path, choice);
  }
  return { paths, kept, merged };
}

/** What of it still fits a plan that was made just now. What is in its place already needs nothing. */
export function deedsNow(decided: Decided, plan: SessionRestorePlan, now: SessionRestorePlan): Deeds {
  const shown = byPath(plan);
  const present = byPath(now);
  const changes: RestoreChange[] = [];
  const conflicts: RestoreConflict[] = [];
  const contents = new Map<string, Uint8Array>();
  const stale: FailedStep[] = [];
  for (const [path, deed] of decided.paths) {
    const item = present.get(path);
    if (item === undefined && deed === "take") continue;
    if (item === undefined || !isSame(item, shown.get(path))) {
      stale.push({ path, failure: "changed", detail: "it was changed" });
      continue;
    }
    const change = {
      path,
      ...(item.before ? { before: item.before } : {}),
      ...(item.after ? { after: item.after } : {}),
    };
    if (deed === "take") changes.push({ ...change, isProtected: false });
    else {
      conflicts.push({ ...change, isProtected: false, reason: "changed" });
      contents.set(path, deed);
    }
  }
  return { changes, conflicts, contents, stale };
}

function byPath({ changes, conflicts }: SessionRestorePlan): ReadonlyMap<string, PlannedChange> {
  return new Map([...changes, ...conflicts].map((item) => [item.path, item]));
}

function isSame(one: PlannedChange, other: PlannedChange | undefined): boolean {
  const states = (change: PlannedChange | undefined): string =>
    JSON.stringify([change?.before, change?.after].map((entry) => entry && [entry.kind, entry.mode, entry.hash]));
  return states(one) === states(other);
}
