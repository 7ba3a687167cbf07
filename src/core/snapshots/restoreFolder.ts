/**
 * Applies the steps of a restore to one folder, so that it can be interrupted at any moment and applied again:
 * first everything is taken away that has to go, then everything put in its place.
 *
 * A path that is not what the plan says any more is left alone, whoever changed it.
 */
import { mkdirSync, rmdirSync, unlinkSync, type Stats } from "node:fs";
import { fileSystemPath, textOfBytes } from "./byteNames.ts";
import { PERMISSIONS } from "./diskStat.ts";
import { HeldFolder } from "./heldFolder.ts";
import type { ObjectReader } from "./objectAccess.ts";
import { pathBytes, type OpenFolder } from "./openFolders.ts";
import { PresentState } from "./presentState.ts";
import type { FailedStep, RestoreOutcome, RestoreStep } from "./restore.ts";
import { setEntryMode, writeInPlace } from "./restoreFile.ts";
import { describeFailure, StepFailed } from "./stepFailed.ts";
import { findEntry } from "./treeReading.ts";
import { removeLeftover, WaitingFile } from "./waitingFile.ts";
import type { WorkPace } from "./workPace.ts";

/** So many are written beside their places, to the disk; more would take minutes, and are written over what is there. */
const CAREFUL_STEPS = 100;
/** So many folders are held open for that at the same time. */
const HELD_FOLDERS = 300;
/** Of a folder that no tree has. */
const FOLDER_MODE = 0o755;

export interface FolderRestoreOptions {
  readonly open: OpenFolder;
  readonly reader: ObjectReader;
  /** Tree of what the folder is to be: tells the modes of folders that are made. */
  readonly after: string;
  readonly isResumed: boolean;
  readonly pace: WorkPace;
}

/** Steps by the names of their paths. */
interface StepNode {
  step?: RestoreStep;
  /** A step here or below takes something away before anything is put in its place. */
  takes: boolean;
  /** A step here or below puts something in place. */
  puts: boolean;
  readonly below: Map<string, StepNode>;
}

/** Written beside its place, which it takes when all of them are on the disk. */
interface WaitingStep {
  readonly path: string;
  readonly node: StepNode;
  readonly file: WaitingFile;
}

/** Held until everything is in its place. */
interface HeldStep {
  readonly path: string;
  readonly node: StepNode;
  readonly folder: HeldFolder;
  /** It gets this mode only then, which may forbid changes. */
  readonly mode: number | undefined;
}

export class FolderRestore {
  readonly #options: FolderRestoreOptions;
  readonly #present: PresentState;
  readonly #failed = new Map<string, FailedStep>();
  /** Folders that would have gone and hold something that stays. */
  readonly #remaining = new Set<string>();
  /** Folders in which something waits, the outer ones first. */
  readonly #held: HeldStep[] = [];
  readonly #waiting: WaitingStep[] = [];
  #isCareful = true;
  #total = 0;
  #done = 0;

  constructor(options: FolderRestoreOptions) {
    this.#options = options;
    this.#present = new PresentState(options.open.index.root, options.reader);
  }

  async apply(steps: readonly RestoreStep[]): Promise<RestoreOutcome> {
    const root: StepNode = { takes: false, puts: false, below: new Map() };
    for (const step of steps) addStep(root, step);
    const puts = steps.filter(({ after }) => after !== undefined).length;
    this.#isCareful = puts <= CAREFUL_STEPS && foldersPutInto(root) <= HELD_FOLDERS;
    this.#total = steps.length;
    using folder = HeldFolder.open(this.#options.open.path);
    try {
      await this.#takeAway(folder, root, "");
      await this.#put(folder, root, "");
      await this.#takePlaces(folder);
    } finally {
      for (const { file } of this.#waiting) file[Symbol.dispose]();
      for (const { folder: inside } of this.#held.toReversed()) inside[Symbol.dispose]();
    }
    return {
      restored: steps.map(({ path }) => path).filter((path) => !this.#failed.has(path) && !this.#remaining.has(path)),
      failed: [...this.#failed.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    };
  }

  async #takeAway(folder: HeldFolder, node: StepNode, prefix: string): Promise<void> {
    for (const [name, below] of node.below) {
      if (!below.takes) continue;
      const path = `${prefix}${name}`;
      const found = folder.stat(name);
      try {
        if (below.below.size > 0 && found?.isDirectory()) {
          using inside = folder.openBelow(name);
          await this.#takeAway(inside, below, `${path}/`);
        }
      } catch (error) {
        this.#fail(path, below, error, () => true);
      }
      try {
        if (below.step && found) this.#takeOne(folder, name, path, below.step, found);
      } catch (error) {
        this.#fail(path, below, error);
      }
      if (this.#options.pace.isDue) await this.#pause();
    }
    if (this.#isCareful) await folder.sync();
  }

  #takeOne(folder: HeldFolder, name: string, path: string, step: RestoreStep, found: Stats): void {
    const { before, after } = step;
    if (before === undefined || !takesAway(step)) return;
    const wasFolder = before.kind === "directory";
    if (found.isDirectory() !== wasFolder) {
      // What is to be there already is: an interrupted restore came so far.
      if (after && found.isDirectory() === (after.kind === "directory")) return;
      throw new StepFailed("changed", "something else is there now");
    }
    if (!wasFolder && !this.#present.is(before, { folder, name, path, found })) {
      throw new StepFailed("changed", "it was changed");
    }
    folder.makeChangeable();
    const place = fileSystemPath(folder.at(name));
    if (!wasFolder) unlinkSync(place);
    else if (!removeEmptyFolder(place)) {
      if (after) throw new StepFailed("inTheWay", "the folder is not empty");
      this.#remaining.add(textOfBytes(path));
      return;
    }
    folder.noteChange();
  }

  async #put(folder: HeldFolder, node: StepNode, prefix: string): Promise<void> {
    for (const [name, below] of node.below) {
      const path = `${prefix}${name}`;
      if (!below.puts) continue;
      try {
        const { step } = below;
        const failed = this.#failed.get(textOfBytes(path));
        if (failed) throw new StepFailed(failed.failure, failed.detail);
        const isFile = step?.after !== undefined && step.after.kind !== "directory";
        if (isFile) await this.#putFile(folder, name, path, below);
        else await this.#putFolder(folder, name, path, below);
      } catch (error) {
        this.#fail(path, below, error);
      }
      this.#done++;
      if (this.#options.pace.isDue) await this.#pause();
    }
  }

  async #putFolder(folder: HeldFolder, name: string, path: string, node: StepNode): Promise<void> {
    const found = folder.stat(name);
    if (found && !found.isDirectory()) throw new StepFailed("inTheWay", "a file is where a folder is needed");
    if (!found) {
      folder.makeChangeable();
      mkdirSync(fileSystemPath(folder.at(name)), 0o700);
      folder.noteChange();
    }
    const mode = node.step?.after?.mode ?? (found ? undefined : this.#modeOf(path));
    if (this.#isCareful) {
      const inside = folder.openBelow(name);
      this.#held.push({ path, node, folder: inside, mode });
      await this.#put(inside, node, `${path}/`);
      return;
    }
    using inside = folder.openBelow(name);
    await this.#put(inside, node, `${path}/`);
    if (mode !== undefined) inside.setMode(mode);
  }

  async #putFile(folder: HeldFolder, name: string, path: string, node: StepNode): Promise<void> {
    const { reader, isResumed } = this.#options;
    const { before, after } = node.step ?? {};
    if (!after) return;
    const found = folder.stat(name);
    if (found?.isDirectory()) throw new StepFailed("inTheWay", "a folder is where a file is needed");
    const place = { folder, name, path, found };
    if (isResumed) removeLeftover(folder, name);
    if (found && this.#present.is(after, { ...place, found })) {
      if ((found.mode & PERMISSIONS) !== after.mode && after.kind === "file") setEntryMode(folder, name, after.mode);
      return;
    }
    const isExpected =
      !found ||
      (before !== undefined && this.#present.is(before, { ...place, found })) ||
      (isResumed && this.#present.isMixture(before, after, { ...place, found }));
    if (!isExpected) throw new StepFailed("changed", "it was changed");
    folder.makeChangeable();
    if (!this.#isCareful && writeInPlace(reader, { folder, name, found, before }, after)) return;
    const file = WaitingFile.write(reader, { folder, name, found, before }, after);
    if (this.#isCareful) this.#waiting.push({ path, node, file });
    else await takePlace(file);
  }

  /** What waits for its place takes it. All are waited for at the same time, because each waits for the disk. */
  async #takePlaces(root: HeldFolder): Promise<void> {
    if (!this.#isCareful) return;
    const synced = await Promise.allSettled(this.#waiting.map(({ file }) => file.sync()));
    for (const [index, { path, node, file }] of this.#waiting.entries()) {
      try {
        const result = synced[index];
        if (result?.status === "rejected") throw result.reason;
        file.takePlace();
      } catch (error) {
        this.#fail(path, node, error);
      }
    }
    for (const { path, node, folder, mode } of this.#held.toReversed()) {
      try {
        if (mode !== undefined) folder.setMode(mode);
      } catch (error) {
        this.#fail(path, node, error, () => false);
      }
    }
    await Promise.all([root, ...this.#held.map(({ folder }) => folder)].map((folder) => folder.sync()));
  }

  #modeOf(path: string): number {
    const entry = findEntry(this.#options.reader, this.#options.after, path);
    return entry?.kind === "directory" ? entry.mode : FOLDER_MODE;
  }

  /** A path that failed takes with it what was to be put below it. */
  #fail(path: string, node: StepNode, error: unknown, takes = (below: StepNode): boolean => below.puts): void {
    this.#options.pace.signal.throwIfAborted();
    const { failure, detail } = describeFailure(error);
    const text = textOfBytes(path);
    if (node.step && !this.#failed.has(text)) this.#failed.set(text, { path: text, failure, detail });
    for (const [name, below] of node.below) {
      if (takes(below)) this.#fail(`${path}/${name}`, below, new StepFailed("inTheWay", detail), takes);
    }
  }

  async #pause(): Promise<void> {
    await this.#options.pace.pause({ phase: "writing", done: this.#done, total: this.#total });
  }
}

function addStep(root: StepNode, step: RestoreStep): void {
  const [takes, puts] = [takesAway(step), step.after !== undefined];
  let node = root;
  for (const name of pathBytes(step.path).split("/")) {
    node.takes ||= takes;
    node.puts ||= puts;
    const known: StepNode = node.below.get(name) ?? { takes: false, puts: false, below: new Map() };
    node.below.set(name, known);
    node = known;
  }
  node.step = step;
  node.takes ||= takes;
  node.puts ||= puts;
}

/** What only changes is written over where it is. */
function takesAway({ before, after }: RestoreStep): boolean {
  return before !== undefined && (!after || (before.kind === "directory") !== (after.kind === "directory"));
}

async function takePlace(file: WaitingFile): Promise<void> {
  using waiting = file;
  await waiting.sync();
  waiting.takePlace();
}

/** How many folders below have something put into them. */
function foldersPutInto({ below }: StepNode): number {
  return [...below.values()].reduce(
    (count, node) => count + (node.puts && node.below.size > 0 ? 1 + foldersPutInto(node) : 0),
    0,
  );
}

/** False when something is in it, which then stays. */
function removeEmptyFolder(place: string | Buffer): boolean {
  try {
    rmdirSync(place);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
