/**
 * Captures one folder: look, read what changed, make the trees anew from the bottom up, and commit it all at
 * once. Nothing names a tree before everything it names is durable.
 */
import { textOfBytes } from "./byteNames.ts";
import { Collected } from "./collected.ts";
import { ContentReader, type ReadOutcome } from "./contentReader.ts";
import { statOf } from "./diskStat.ts";
import type { FolderIndex } from "./folderIndex.ts";
import { markChanged, noTotals, prefixOf, type FileNode, type FolderNode } from "./folderNode.ts";
import { FolderScan, type ScanLimits, type UnreadFile } from "./folderScan.ts";
import type { IgnoreRules } from "./ignoreRules.ts";
import type { Objects, ObjectSink } from "./objectAccess.ts";
import { LISTED_PATHS, type FolderCaptured, type LeftOutFile } from "./snapshotWork.ts";
import { encodeTree, encodeWorkspace, LEFT_OUT_REASONS, type LeftOutReason, type TreeEntry } from "./tree.ts";
import type { WorkPace } from "./workPace.ts";

/** A collection at the same moment may remove what was believed to be there; then it is looked at again. */
const ATTEMPTS = 5;

export interface FolderCaptureOptions {
  readonly objects: Objects;
  readonly index: FolderIndex;
  /** Real path, as byte string. */
  readonly path: string;
  readonly limits: ScanLimits;
  readonly rules: IgnoreRules;
  readonly pace: WorkPace;
  /** As in CaptureRequest. */
  readonly onlyFolder?: string;
}

export class FolderCapture {
  readonly #options: FolderCaptureOptions;
  readonly #sink: ObjectSink;
  readonly #reader: ContentReader;
  readonly #busy: string[] = [];
  #manifest: string | undefined;

  constructor(options: FolderCaptureOptions) {
    const { objects, pace, limits } = options;
    this.#options = options;
    // The topmost tree is made to count as new, and keeps everything it reaches.
    this.#sink = objects.sink({ refresh: false });
    this.#reader = new ContentReader({ objects, pace, sink: this.#sink, racyMilliseconds: limits.racyMilliseconds });
  }

  /** `knownPaths` (byte strings): nothing else has changed since the last capture. Without: looks at everything. */
  async run(knownPaths?: readonly string[]): Promise<FolderCaptured> {
    const { objects, index } = this.#options;
    index.forgetMissing(objects);
    let known = index.isComplete ? knownPaths : undefined;
    for (let attempt = 1; ; attempt++) {
      await this.#read(await this.#look(known));
      await this.#makeTrees();
      try {
        await this.#commit();
        break;
      } catch (error) {
        if (!(error instanceof Collected) || attempt >= ATTEMPTS) throw error;
        index.forgetMissing(objects);
        this.#sink.forgetKnown();
        known = undefined;
      }
    }
    index.isComplete = true;
    index.markSaved();
    return this.#result();
  }

  async #look(knownPaths: readonly string[] | undefined): Promise<readonly UnreadFile[]> {
    const { index, path, limits, rules, pace } = this.#options;
    if (knownPaths) {
      const scan = new FolderScan(limits, pace);
      if (await this.#lookAtKnown(scan, knownPaths)) return scan.unread;
    }
    const scan = new FolderScan(limits, pace);
    await scan.look(index.root, `${path}/`, "", rules);
    return scan.unread;
  }

  /** False when a rule file changed, so that anything may have become ignored or wanted. */
  async #lookAtKnown(scan: FolderScan, paths: readonly string[]): Promise<boolean> {
    for (const known of paths) {
      let { path, rules } = this.#options;
      let folder = this.#options.index.root;
      let prefix = "";
      path += "/";
      const names = known.split("/");
      for (const [depth, name] of names.entries()) {
        const inside = scan.rulesInside(folder, path, prefix, rules);
        if (inside.key !== folder.rules || name === ".gitignore") return false;
        const below = folder.folders.get(name);
        if (!below || depth === names.length - 1 || !statOf(path + name)?.isDirectory()) {
          await scan.lookAtEntry(folder, name, path, prefix, inside);
          break;
        }
        folder = below;
        rules = inside;
        path += `${name}/`;
        prefix += `${name}/`;
      }
    }
    return true;
  }

  async #read(unread: readonly UnreadFile[]): Promise<void> {
    const { pace, limits } = this.#options;
    for (const [done, { folder, name, path, seen }] of unread.entries()) {
      const file = folder.files.get(name);
      if (!file) continue;
      const before = { ...file };
      let outcome = this.#reader.read(path, file, limits.maxFileBytes, seen);
      if (outcome === "long") outcome = await this.#reader.readLong(path, file);
      this.#note(folder, name, { file, before, outcome, path });
      if (this.#sink.isBehind) await this.#sink.settle();
      if (pace.isDue) await pace.pause({ phase: "reading", done, total: unread.length });
    }
  }

  #note(
    folder: FolderNode,
    name: string,
    { file, before, outcome, path }: { file: FileNode; before: FileNode; outcome: ReadOutcome; path: string },
  ): void {
    folder.saved = false;
    if (outcome === "read" || outcome === "busy") {
      const same = file.hash === before.hash && file.mode === before.mode && file.size === before.size;
      if (!same) markChanged(folder);
      if (outcome === "busy") this.#busy.push(textOfBytes(prefixOf(folder) + name));
      return;
    }
    folder.files.delete(name);
    markChanged(folder);
    // Whatever is there now is looked at next time.
    folder.settled = false;
    const size = statOf(path)?.size ?? 0;
    if (outcome === "tooLong") folder.leftOut.set(name, { reason: "size", isDirectory: false, size });
    if (outcome === "unreadable") folder.leftOut.set(name, { reason: "unreadable", isDirectory: false, size });
  }

  async #makeTrees(): Promise<void> {
    const { index, pace } = this.#options;
    const changed: FolderNode[] = index.root.tree === "" ? [index.root] : [];
    // Grows while it is walked, so that parents come before what is in them.
    for (const folder of changed) {
      for (const below of folder.folders.values()) if (below.tree === "") changed.push(below);
    }
    for (const folder of changed.toReversed()) {
      folder.tree = this.#sink.add(encodeTree(entriesOf(folder)), "tree");
      folder.totals = totalsOf(folder);
      folder.saved = false;
      if (this.#sink.isBehind) await this.#sink.settle();
      if (pace.isDue) await pace.pause();
    }
  }

  async #commit(): Promise<void> {
    const { objects, index, onlyFolder } = this.#options;
    const { tree } = index.root;
    if (onlyFolder !== undefined)
      this.#manifest = this.#sink.add(encodeWorkspace([{ name: onlyFolder, tree }]), "tree");
    const topmost = this.#manifest ?? tree;
    await this.#sink.finish(() => {
      // Only what is on top need count as new: it keeps all the rest.
      const isThere = objects.refreshTree(topmost);
      if (!isThere || objects.reader.collections() !== index.collections) throw new Collected();
      index.save(objects);
    });
  }

  #result(): FolderCaptured {
    const { root } = this.#options.index;
    const { files, bytes, leftOut } = root.totals;
    return {
      tree: root.tree,
      ...(this.#manifest === undefined ? {} : { manifest: this.#manifest }),
      files,
      bytes,
      leftOut: leftOutOf(root),
      leftOutCounts: Object.fromEntries(
        LEFT_OUT_REASONS.map((reason, index) => [reason, leftOut[index] ?? 0]),
      ) as Record<LeftOutReason, number>,
      changedWhileRead: this.#busy.slice(0, LISTED_PATHS),
    };
  }
}

/** What is ignored is nobody's business and not in the tree; everything else that is left out is. */
function entriesOf(folder: FolderNode): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const [name, { kind, mode, size, hash }] of folder.files) entries.push({ name, kind, mode, size, hash });
  for (const [name, { mode, tree }] of folder.folders) {
    entries.push({ name, kind: "directory", mode, size: 0, hash: tree });
  }
  for (const [name, { reason, size }] of folder.leftOut) {
    if (reason !== "ignored") entries.push({ name, kind: "leftOut", mode: 0, size, hash: "", reason });
  }
  return entries;
}

function totalsOf(folder: FolderNode): FolderNode["totals"] {
  const totals = noTotals();
  totals.files = folder.files.size;
  for (const { size } of folder.files.values()) totals.bytes += size;
  for (const { reason } of folder.leftOut.values()) addTo(totals.leftOut, LEFT_OUT_REASONS.indexOf(reason), 1);
  for (const below of folder.folders.values()) {
    totals.files += below.totals.files;
    totals.bytes += below.totals.bytes;
    for (const [index, count] of below.totals.leftOut.entries()) addTo(totals.leftOut, index, count);
  }
  return totals;
}

function addTo(counts: number[], index: number, count: number): void {
  counts[index] = (counts[index] ?? 0) + count;
}

function leftOutOf(root: FolderNode): LeftOutFile[] {
  const list: LeftOutFile[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder && list.length < LISTED_PATHS; folder = pending.pop()) {
    if (folder.totals.leftOut.every((count) => count === 0)) continue;
    const prefix = folder.leftOut.size > 0 ? prefixOf(folder) : "";
    for (const [name, { reason }] of folder.leftOut) list.push({ path: textOfBytes(prefix + name), reason });
    for (const below of folder.folders.values()) pending.push(below);
  }
  return list.slice(0, LISTED_PATHS).toSorted((one, other) => (one.path < other.path ? -1 : 1));
}
