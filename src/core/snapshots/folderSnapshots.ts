/** The work on snapshots as the worker does it; see snapshotWork.ts for what each call means. */
import { isUtf8 } from "node:buffer";
import { amendTree } from "./amendTree.ts";
import { textOfBytes } from "./byteNames.ts";
import { changeOf, compareTrees, stateOf, type TreePair } from "./compareTrees.ts";
import { ContentReader } from "./contentReader.ts";
import { RACY_MILLISECONDS, statOf } from "./diskStat.ts";
import { FolderCapture } from "./folderCapture.ts";
import type { FolderNode } from "./folderNode.ts";
import { includeFiles } from "./includedFiles.ts";
import { mergeTexts, type MergeResult } from "./mergeText.ts";
import type { Objects } from "./objectAccess.ts";
import { OpenFolders, pathBytes, type OpenFolder } from "./openFolders.ts";
import type { ApplyRequest, RestoreOutcome, RestorePlan, RestoreRequest } from "./restore.ts";
import { FolderRestore } from "./restoreFolder.ts";
import { RestorePlanner } from "./restorePlanner.ts";
import { readPath } from "./singleFiles.ts";
import type {
  CaptureRequest,
  EntryChange,
  EntryState,
  FolderCaptured,
  FolderScope,
  MergeRequest,
  PreservedState,
} from "./snapshotWork.ts";
import { encodeWorkspace, type TreeEntry, type WorkspaceEntry } from "./tree.ts";
import { findEntry, readWorkspace } from "./treeReading.ts";
import type { WorkPace } from "./workPace.ts";

/** Of a folder that a tree gets only because something in it was put in. */
const FOLDER_MODE = 0o755;

/** Longer texts are not merged. */
const MERGED_BYTES = 4 * 1024 * 1024;

/** What one piece of work is given. */
export interface Work {
  readonly objects: Objects;
  readonly pace: WorkPace;
}

export class FolderSnapshots {
  readonly #racyMilliseconds: number;
  readonly #folders: OpenFolders;

  constructor(racyMilliseconds: number = RACY_MILLISECONDS) {
    this.#racyMilliseconds = racyMilliseconds;
    this.#folders = new OpenFolders(racyMilliseconds);
  }

  capture({ folder, knownPaths, include = [], onlyFolder }: CaptureRequest, work: Work): Promise<FolderCaptured> {
    const known = knownPaths?.map(pathBytes);
    const included = include.map(pathBytes);
    return this.#folders.use(folder, work.objects, (open) =>
      this.#capture(open, work, { known, included, onlyFolder }),
    );
  }

  async preserve(
    { folder, path }: { folder: FolderScope; path: string },
    { objects, pace }: Work,
  ): Promise<PreservedState> {
    const root = this.#folders.realPath(folder);
    const bytes = pathBytes(path);
    const sink = objects.sink({ refresh: true });
    const reader = new ContentReader({ objects, sink, pace, racyMilliseconds: this.#racyMilliseconds });
    for (;;) {
      const { path: at, entry } = await readPath(root, bytes, { reader });
      const vanished = await sink.finish();
      if (vanished.length === 0) return { path: textOfBytes(at), entry };
    }
  }

  async amend(
    { tree, entries }: { tree: string; entries: ReadonlyMap<string, EntryState | null> },
    { objects }: Work,
  ): Promise<string> {
    if (entries.size === 0) return tree;
    const sink = objects.sink({ refresh: true });
    const amendments = new Map([...entries].map(([path, entry]) => [pathBytes(path), entry]));
    for (;;) {
      const amended = amendTree(tree, amendments, { reader: objects.reader, sink, folderMode: () => FOLDER_MODE });
      const vanished = await sink.finish();
      if (vanished.length === 0) return amended;
    }
  }

  async compare(trees: TreePair, { objects, pace }: Work): Promise<EntryChange[]> {
    return (await compareTrees(objects.reader, trees, pace)).map(changeOf);
  }

  find({ tree, path }: { tree: string; path: string }, { objects }: Work): EntryState | undefined {
    const entry = findEntry(objects.reader, tree, pathBytes(path));
    return entry && stateOf(entry);
  }

  async list({ tree }: { tree: string }, { objects, pace }: Work): Promise<ReadonlyMap<string, EntryState>> {
    const differences = await compareTrees(objects.reader, { before: "", after: tree }, pace);
    return new Map(differences.flatMap(({ path, after }) => (after ? [[textOfBytes(path), stateOf(after)]] : [])));
  }

  planRestore(request: RestoreRequest, work: Work): Promise<RestorePlan> {
    const {
      folder,
      tree,
      files = new Map<string, EntryState | null>(),
      lastWritten,
      include = [],
      onlyFolder,
    } = request;
    const { objects, pace } = work;
    // What the session wrote is looked at whatever the rules say: it must be possible to take it back.
    const own = [...new Set([...include, ...files.keys(), ...(lastWritten?.keys() ?? [])])].map(pathBytes);
    return this.#folders.use(folder, objects, async (open) => {
      let captured = await this.#capture(open, work, { included: own, onlyFolder });
      const target = await this.amend({ tree: tree === "" ? captured.tree : tree, entries: files }, work);
      const differ = (before: string) =>
        compareTrees(objects.reader, { before, after: target }, pace, { everyFolder: true });
      let differences = await differ(captured.tree);
      // What the rules leave out now may be there all the same, and must not be taken for absent.
      const hidden = differences.filter(
        ({ before, after, path }) => isContent(after) && !isContent(before) && isThere(open, path),
      );
      if (hidden.length > 0) {
        const included = [...own, ...hidden.map(({ path }) => path)];
        captured = await this.#capture(open, work, { known: [], included, onlyFolder });
        differences = await differ(captured.tree);
      }
      return {
        before: captured.tree,
        ...(captured.manifest === undefined ? {} : { manifestBefore: captured.manifest }),
        after: target,
        ...new RestorePlanner(request, open.index.root).sort(differences),
      };
    });
  }

  applyRestore({ folder, after, steps, isResumed }: ApplyRequest, { objects, pace }: Work): Promise<RestoreOutcome> {
    return this.#folders.use(folder, objects, (open) =>
      new FolderRestore({ open, reader: objects.reader, after, isResumed, pace }).apply(steps),
    );
  }

  async joinFolders({ folders }: { folders: readonly WorkspaceEntry[] }, { objects }: Work): Promise<string> {
    const sink = objects.sink({ refresh: true });
    for (;;) {
      const manifest = sink.add(encodeWorkspace(folders), "tree");
      const vanished = await sink.finish(() => folders.forEach(({ tree }) => objects.refreshTree(tree)));
      if (vanished.length === 0) return manifest;
    }
  }

  splitFolders({ manifest }: { manifest: string }, { objects }: Work): readonly WorkspaceEntry[] {
    return readWorkspace(objects.reader, manifest);
  }

  merge({ base, mine, theirs, labels }: MergeRequest, { objects }: Work): MergeResult | undefined {
    const [was, my, their] = [base, mine, theirs].map((hash) =>
      hash === undefined ? "" : textOf(objects.reader.read(hash)),
    );
    if (was === undefined || my === undefined || their === undefined) return undefined;
    return mergeTexts(was, my, their, { labels });
  }

  async #capture(
    open: OpenFolder,
    { objects, pace }: Work,
    { known, included = [], onlyFolder }: CaptureParts,
  ): Promise<FolderCaptured> {
    const only = onlyFolder === undefined ? {} : { onlyFolder };
    const captured = await new FolderCapture({ ...open, ...only, objects, pace }).run(known);
    return includeFiles(open, captured, included, { objects, pace, onlyFolder });
  }
}

/** Of a request, with paths as byte strings. */
interface CaptureParts {
  readonly known?: readonly string[] | undefined;
  readonly included?: readonly string[];
  readonly onlyFolder?: string | undefined;
}

/** Undefined for what is no text, or too long to be compared line by line. */
function textOf(content: Buffer): string | undefined {
  if (content.length > MERGED_BYTES || content.includes(0) || !isUtf8(content)) return undefined;
  return content.toString();
}

function isContent(entry: TreeEntry | undefined): boolean {
  return entry?.kind === "file" || entry?.kind === "symlink";
}

/** A file or link is at a path (byte string), reached through folders alone. */
function isThere({ path: root, index }: OpenFolder, path: string): boolean {
  const names = path.split("/");
  // Folders that were captured a moment ago are there.
  let captured: FolderNode | undefined = index.root;
  return names.every((name, depth) => {
    captured = captured?.folders.get(name);
    if (captured && depth < names.length - 1) return true;
    const stat = statOf(`${root}/${names.slice(0, depth + 1).join("/")}`);
    return depth < names.length - 1 ? stat?.isDirectory() : stat?.isFile() || stat?.isSymbolicLink();
  });
}
