/**
 * Applies the steps of a restore to one folder, so that it can be interrupted at any moment and applied again:
 * first everything is taken away that has to go, then everything put in its place.
 *
 * A path that is not what the plan says any more is left alone, whoever changed it.
 */
import { mkdirSync, rmdirSync, unlinkSync, type Stats } from "node:fs";
import { isOrchestratorError, messageOf } from "../errors.ts";
import { fileSystemPath, textOfBytes } from "./byteNames.ts";
import { PERMISSIONS } from "./diskStat.ts";
import { HeldFolder } from "./heldFolder.ts";
import type { ObjectReader } from "./objectAccess.ts";
import { pathBytes, type OpenFolder } from "./openFolders.ts";
import { PresentState } from "./presentState.ts";
import type { FailedStep, RestoreOutcome, RestoreStep, StepFailure } from "./restore.ts";
import { removeLeftover, setEntryMode, writeEntry, type WriteManner } from "./restoreFile.ts";
import { findEntry } from "./treeReading.ts";
import type { WorkPace } from "./workPace.ts";

/** So many files are written one by one with all care; more would take minutes, and are written over what is there. */
const CAREFUL_FILES = 100;
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
  /** A step here or below puts something in place. */
  puts: boolean;
  readonly below: Map<string, StepNode>;
}

class StepFailed extends Error {
  readonly failure: StepFailure;

  constructor(failure: StepFailure, detail: string) {
    super(detail);
    this.failure = failure;
  }
}

export class FolderRestore {
  readonly #options: FolderRestoreOptions;
  readonly #present: PresentState;
  readonly #failed = new Map<string, FailedStep>();
  #manner: WriteManner = "careful";
  #total = 0;
  #done = 0;

  constructor(options: FolderRestoreOptions) {
    this.#options = options;
    this.#present = new PresentState(options.open.index.root, options.reader);
  }

  async apply(steps: readonly RestoreStep[]): Promise<RestoreOutcome> {
    const root: StepNode = { puts: false, below: new Map() };
    for (const step of steps) addStep(root, step);
    this.#manner = steps.filter(({ after }) => after?.kind === "file").length > CAREFUL_FILES ? "fast" : "careful";
    this.#total = steps.length;
    using folder = HeldFolder.open(this.#options.open.path);
    await this.#takeAway(folder, root, "");
    await this.#put(folder, root, "");
    return {
      restored: steps.map(({ path }) => path).filter((path) => !this.#failed.has(path)),
      failed: [...this.#failed.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    };
  }

  async #takeAway(folder: HeldFolder, node: StepNode, prefix: string): Promise<void> {
    for (const [name, below] of node.below) {
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
    if (this.#manner === "careful") folder.sync();
  }

  #takeOne(folder: HeldFolder, name: string, path: string, { before, after }: RestoreStep, found: Stats): void {
    const wasFolder = before?.kind === "directory";
    const staysKind = after !== undefined && (after.kind === "directory") === wasFolder;
    if (before === undefined || staysKind) return;
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
    else if (!removeEmptyFolder(place) && after) throw new StepFailed("inTheWay", "the folder is not empty");
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
        if (isFile) this.#putFile(folder, name, path, step);
        else await this.#putFolder(folder, name, path, below);
      } catch (error) {
        this.#fail(path, below, error);
      }
      this.#done++;
      if (this.#options.pace.isDue) await this.#pause();
    }
    if (this.#manner === "careful") folder.sync();
  }

  async #putFolder(folder: HeldFolder, name: string, path: string, node: StepNode): Promise<void> {
    const found = folder.stat(name);
    if (found && !found.isDirectory()) throw new StepFailed("inTheWay", "a file is where a folder is needed");
    if (!found) {
      folder.makeChangeable();
      mkdirSync(fileSystemPath(folder.at(name)), 0o700);
      folder.noteChange();
    }
    using inside = folder.openBelow(name);
    await this.#put(inside, node, `${path}/`);
    const mode = node.step?.after?.mode ?? (found ? undefined : this.#modeOf(path));
    if (mode !== undefined) inside.setMode(mode);
  }

  #putFile(folder: HeldFolder, name: string, path: string, { before, after }: RestoreStep): void {
    const { reader, isResumed } = this.#options;
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
    writeEntry(reader, { folder, name, found, before }, after, this.#manner);
    folder.noteChange();
  }

  #modeOf(path: string): number {
    const entry = findEntry(this.#options.reader, this.#options.after, path);
    return entry?.kind === "directory" ? entry.mode : FOLDER_MODE;
  }

  /** A path that failed takes with it what was to be put below it. */
  #fail(path: string, node: StepNode, error: unknown, takes = (below: StepNode): boolean => below.puts): void {
    this.#options.pace.signal.throwIfAborted();
    const { failure, detail } = describe(error);
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
  let node = root;
  for (const name of pathBytes(step.path).split("/")) {
    node.puts ||= step.after !== undefined;
    const known: StepNode = node.below.get(name) ?? { puts: false, below: new Map() };
    node.below.set(name, known);
    node = known;
  }
  node.step = step;
  node.puts ||= step.after !== undefined;
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

function describe(error: unknown): { failure: StepFailure; detail: string } {
  if (error instanceof StepFailed) return { failure: error.failure, detail: error.message };
  if (isOrchestratorError(error) && error.code === "blob.missing") return { failure: "missing", detail: "" };
  if (isOrchestratorError(error) && error.code === "blob.corrupted") return { failure: "corrupted", detail: "" };
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ELOOP" || code === "ENOTDIR")
    return { failure: "inTheWay", detail: "a link or a file is where a folder was" };
  return { failure: "failed", detail: code ?? messageOf(error) };
}
