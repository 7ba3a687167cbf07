/**
 * Tells trees from other contents of a file that anybody may have made: by what leads to them, never by what they say
 * of themselves. What a tree names stays as long as the tree is known to be one.
 */
import { OrchestratorError } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { ContentKind } from "../store/blobStore.ts";
import { entriesIn, foldersIn } from "./exportedContents.ts";

export class ImportedContents {
  readonly #file: string;
  readonly #manifests = new Set<string>();
  readonly #trees = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes the events, which come before the contents. */
  note(event: OrchestratorEvent): void {
    if ("manifest" in event && event.manifest !== undefined) this.#manifests.add(event.manifest);
    if (event.type === "restore_started") this.#manifests.add(event.after);
  }

  /** What the content is kept as. Throws `import.invalid` for a snapshot that is none. */
  kindOf(hash: string, content: Buffer, line: number): ContentKind {
    const isManifest = this.#manifests.has(hash);
    if (!isManifest && !this.#trees.has(hash)) return "content";
    const below = isManifest ? foldersIn(content) : entriesIn(content);
    if (!below) {
      const detail = "a snapshot is not what a folder can hold";
      throw new OrchestratorError("import.invalid", { path: this.#file, line, detail });
    }
    for (const tree of below.trees) this.#trees.add(tree);
    return "tree";
  }
}
