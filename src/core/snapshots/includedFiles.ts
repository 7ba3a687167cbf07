/** Adds files to a capture that the rules would leave out. */
import { amendTree } from "./amendTree.ts";
import { textOfBytes } from "./byteNames.ts";
import { Collected } from "./collected.ts";
import { ContentReader } from "./contentReader.ts";
import { PERMISSIONS, statOf } from "./diskStat.ts";
import { newFile } from "./folderNode.ts";
import type { Objects, ObjectSink } from "./objectAccess.ts";
import type { OpenFolder } from "./openFolders.ts";
import { capturedFile, readPath, type EntryContent } from "./singleFiles.ts";
import type { FolderCaptured } from "./snapshotWork.ts";
import { encodeWorkspace } from "./tree.ts";
import type { WorkPace } from "./workPace.ts";

/** Of a folder that is gone again. */
const FOLDER_MODE = 0o755;

/**
 * `captured` with those of `paths` (byte strings) that are files and not in it. Files that look like secrets stay
 * out. What a collection took away meanwhile is read again.
 */
export async function includeFiles(
  open: OpenFolder,
  captured: FolderCaptured,
  paths: readonly string[],
  { objects, pace, onlyFolder }: { objects: Objects; pace: WorkPace; onlyFolder?: string | undefined },
): Promise<FolderCaptured> {
  const missing = paths.filter((path) => !capturedFile(open.index.root, path));
  if (missing.length === 0) return captured;
  const sink = objects.sink({ refresh: true });
  const { racyMilliseconds } = open.limits;
  const reader = new ContentReader({ objects, sink, pace, racyMilliseconds });
  const folderMode = (path: string): number => (statOf(`${open.path}/${path}`)?.mode ?? FOLDER_MODE) & PERMISSIONS;
  for (;;) {
    const entries = new Map<string, EntryContent>();
    for (const path of missing) {
      const known = open.included.get(path) ?? newFile("file");
      if (known.hash !== "" && !objects.reader.has(known.hash)) known.hash = "";
      const state = await readPath(open.path, path, { reader, known });
      if (state.path !== path || (state.entry?.kind !== "file" && state.entry?.kind !== "symlink")) continue;
      open.included.set(path, known);
      entries.set(path, state.entry);
      if (pace.isDue) await pace.pause();
    }
    if (entries.size === 0) return captured;
    const tree = amendTree(captured.tree, entries, { reader: objects.reader, sink, folderMode });
    const manifest =
      onlyFolder === undefined ? undefined : sink.add(encodeWorkspace([{ name: onlyFolder, tree }]), "tree");
    if (!(await isCommitted(sink, objects, manifest ?? tree, entries))) continue;
    const texts = new Set([...entries.keys()].map(textOfBytes));
    const bytes = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
    return {
      ...captured,
      tree,
      ...(manifest === undefined ? {} : { manifest }),
      files: captured.files + entries.size,
      bytes: captured.bytes + bytes,
      leftOut: captured.leftOut.filter(({ path }) => !texts.has(path)),
    };
  }
}

/** False when something the tree names has been collected meanwhile. */
async function isCommitted(
  sink: ObjectSink,
  objects: Objects,
  tree: string,
  entries: ReadonlyMap<string, EntryContent>,
): Promise<boolean> {
  try {
    const vanished = await sink.finish(() => {
      objects.refreshTree(tree);
      if ([...entries.values()].some(({ hash }) => !objects.reader.has(hash))) throw new Collected();
    });
    return vanished.length === 0;
  } catch (error) {
    if (error instanceof Collected) return false;
    throw error;
  }
}
