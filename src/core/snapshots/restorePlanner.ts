/** Finds out what a restore would change in one folder, and what of it is in doubt. */
import { isProtectedName } from "../policy/protectedPaths.ts";
import { bytesOfText, textOfBytes } from "./byteNames.ts";
import { stateOf, type TreeDifference } from "./compareTrees.ts";
import { foldersOf, prefixOf, type FolderNode } from "./folderNode.ts";
import type { ConflictReason, RestoreChange, RestoreConflict, RestoreRequest } from "./restore.ts";
import { folderAt } from "./singleFiles.ts";
import type { LeftOutFile } from "./snapshotWork.ts";
import { parentsOf } from "./treePaths.ts";

export interface SortedDifferences {
  readonly changes: RestoreChange[];
  readonly conflicts: RestoreConflict[];
  readonly notInSnapshot: LeftOutFile[];
}

export class RestorePlanner {
  readonly #lastWritten: ReadonlyMap<string, string | null> | undefined;
  readonly #isWanted: (path: string) => boolean;
  readonly #root: FolderNode;
  readonly #emptied: readonly string[];
  /** Folders the session wrote, or something below them. */
  readonly #ownFolders: ReadonlySet<string>;

  /** `root`: the folder as it was captured just now. */
  constructor(
    { lastWritten, paths, emptied = [] }: Pick<RestoreRequest, "lastWritten" | "paths" | "emptied">,
    root: FolderNode,
  ) {
    this.#lastWritten = lastWritten;
    this.#isWanted = paths ? below(paths) : () => true;
    this.#root = root;
    this.#emptied = emptied;
    this.#ownFolders = new Set([...(lastWritten?.keys() ?? [])].flatMap((path) => [path, ...parentsOf(path)]));
  }

  /** `differences` lead from what is there to what is to be, with every folder. */
  sort(differences: readonly TreeDifference[]): SortedDifferences {
    const sorted: SortedDifferences = { changes: [], conflicts: [], notInSnapshot: [] };
    for (const difference of differences) {
      const path = textOfBytes(difference.path);
      if (this.#isWanted(path)) this.#sortOne(path, difference, sorted);
    }
    return this.#withEmptied(this.#withoutTakenPlaces(sorted));
  }

  #withEmptied({ changes, ...sorted }: SortedDifferences): SortedDifferences {
    const removed = new Set(changes.flatMap(({ path, after }) => (after ? [] : [path])));
    const emptied = this.#emptied.flatMap((path): RestoreChange[] => {
      const folder = removed.has(path) ? undefined : folderAt(this.#root, bytesOfText(path)?.split("/") ?? []);
      if (!folder || this.#holdsMore(path, removed)) return [];
      return [{ path, before: { kind: "directory", mode: folder.mode, size: 0, hash: "" }, isProtected: false }];
    });
    if (emptied.length === 0) return { changes, ...sorted };
    const all = [...changes, ...emptied].toSorted((one, other) => (one.path < other.path ? -1 : 1));
    return { changes: all, ...sorted };
  }

  #sortOne(path: string, { before, after }: TreeDifference, sorted: SortedDifferences): void {
    if (after?.kind === "leftOut") {
      sorted.notInSnapshot.push({ path, reason: after.reason ?? "unreadable" });
      return;
    }
    const change: RestoreChange = {
      path,
      ...(before ? { before: stateOf(before) } : {}),
      ...(after ? { after: stateOf(after) } : {}),
      isProtected: isProtectedName(path.split("/")),
    };
    if (isFolderOnly(change)) {
      if (!this.#lastWritten || this.#ownFolders.has(path)) sorted.changes.push(change);
      return;
    }
    const lastWritten = this.#lastWritten?.get(path);
    const reason = this.#doubtAbout(change, lastWritten);
    if (reason === "leave") return;
    if (!reason) sorted.changes.push(change);
    else sorted.conflicts.push({ ...change, reason, ...(lastWritten === undefined ? {} : { lastWritten }) });
  }

  #doubtAbout(
    { before, after }: RestoreChange,
    lastWritten: string | null | undefined,
  ): ConflictReason | "leave" | undefined {
    // What no snapshot has must not be deleted; what is in its place can be put there only if a person says so.
    if (before?.kind === "leftOut") return after ? "notCaptured" : "leave";
    if (!this.#lastWritten) return undefined;
    if (lastWritten === undefined) return after ? "changed" : "leave";
    const hash = before === undefined || before.kind === "directory" ? null : before.hash;
    return hash === lastWritten ? undefined : "changed";
  }

  /** A file cannot take a folder's place while something in the folder stays. */
  #withoutTakenPlaces(sorted: SortedDifferences): SortedDifferences {
    const removed = new Set(
      sorted.changes.flatMap(({ path, after }) => (after && after.kind !== "directory" ? [] : [path])),
    );
    const stays = ({ path, before, after }: RestoreChange): boolean =>
      before?.kind === "directory" &&
      after !== undefined &&
      after.kind !== "directory" &&
      this.#holdsMore(path, removed);
    const taken = new Set(sorted.changes.filter(stays));
    // A folder goes only with everything that is in it.
    const mayGo = new Set([
      ...removed,
      ...sorted.conflicts.flatMap(({ path, after }) => (after === undefined ? [path] : [])),
    ]);
    const remains = (change: RestoreChange): boolean =>
      change.after === undefined && isFolderOnly(change) && this.#holdsMore(change.path, mayGo);
    return {
      ...sorted,
      changes: sorted.changes.filter((change) => !taken.has(change) && !remains(change)),
      conflicts: [...sorted.conflicts, ...[...taken].map((change) => ({ ...change, reason: "inTheWay" as const }))],
    };
  }

  #holdsMore(path: string, removed: ReadonlySet<string>): boolean {
    const folder = folderAt(this.#root, bytesOfText(path)?.split("/") ?? []);
    if (!folder) return true;
    for (const inside of foldersOf(folder)) {
      if (inside.isRepository || inside.leftOut.size > 0) return true;
      const prefix = prefixOf(inside);
      for (const name of inside.files.keys()) if (!removed.has(textOfBytes(prefix + name))) return true;
    }
    return false;
  }
}

/** Of folders alone: one appears, goes or gets another mode, and no file is involved. */
function isFolderOnly({ before, after }: RestoreChange): boolean {
  const kinds = [before?.kind ?? "directory", after?.kind ?? "directory"];
  return kinds.every((kind) => kind === "directory");
}

function below(paths: readonly string[]): (path: string) => boolean {
  const wanted = new Set(paths);
  return (path) => wanted.has(path) || parentsOf(path).some((parent) => wanted.has(parent));
}
