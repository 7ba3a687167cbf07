/** A tree with some of its entries put in, replaced or taken out. */
import type { ObjectReader, ObjectSink } from "./objectAccess.ts";
import { encodeTree, type TreeEntry } from "./tree.ts";
import { readTree } from "./treeReading.ts";

/** By path (byte string, relative): what is to be there, or null for nothing. The entry's own name is not used. */
export type Amendments = ReadonlyMap<string, Omit<TreeEntry, "name"> | null>;

export interface AmendOptions {
  readonly reader: ObjectReader;
  readonly sink: ObjectSink;
  /** Permission bits for a folder that the tree does not have yet. */
  readonly folderMode: (path: string) => number;
}

/** Gives the hash of the amended tree, which `sink.finish` makes durable. `tree` may be empty for no tree. */
export function amendTree(tree: string, amendments: Amendments, options: AmendOptions, prefix = ""): string {
  const entries = new Map((tree === "" ? [] : readTree(options.reader, tree)).map((entry) => [entry.name, entry]));
  for (const [name, below] of byFirstName(amendments)) {
    const own = below.get("");
    if (own === null) entries.delete(name);
    else if (own) entries.set(name, { ...own, name });
    below.delete("");
    if (below.size > 0) amendFolder(entries, name, below, options, prefix);
  }
  return options.sink.add(encodeTree([...entries.values()]), "tree");
}

function amendFolder(
  entries: Map<string, TreeEntry>,
  name: string,
  below: Amendments,
  options: AmendOptions,
  prefix: string,
): void {
  const path = `${prefix}${name}`;
  const known = entries.get(name);
  const folder = known?.kind === "directory" ? known : undefined;
  // Nothing to take out of a folder that is not there.
  if (!folder && [...below.values()].every((entry) => entry === null)) return;
  const hash = amendTree(folder?.hash ?? "", below, options, `${path}/`);
  entries.set(name, { name, kind: "directory", mode: folder?.mode ?? options.folderMode(path), size: 0, hash });
}

/** Amendments by the first name of their path; the path that is left is empty for the entry of that name itself. */
function byFirstName(amendments: Amendments): Map<string, Map<string, Omit<TreeEntry, "name"> | null>> {
  const groups = new Map<string, Map<string, Omit<TreeEntry, "name"> | null>>();
  for (const [path, entry] of amendments) {
    const slash = path.indexOf("/");
    const name = slash < 0 ? path : path.slice(0, slash);
    const group = groups.get(name) ?? new Map<string, Omit<TreeEntry, "name"> | null>();
    group.set(slash < 0 ? "" : path.slice(slash + 1), entry);
    groups.set(name, group);
  }
  return groups;
}
