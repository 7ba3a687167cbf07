/** Manifests and the trees of the folders in them. What a manifest holds never changes, so it is asked for once. */
import type { SnapshotWork } from "./snapshotWork.ts";
import type { WorkspaceEntry } from "./tree.ts";

const REMEMBERED = 64;

export class Manifests {
  readonly #work: SnapshotWork;
  readonly #known = new Map<string, readonly WorkspaceEntry[]>();

  constructor(work: SnapshotWork) {
    this.#work = work;
  }

  /** The manifest of these folders; durable. */
  async join(folders: readonly WorkspaceEntry[]): Promise<string> {
    const manifest = await this.#work.joinFolders({ folders });
    this.note(manifest, folders);
    return manifest;
  }

  /** Throws `blob.missing` or `blob.corrupted`. */
  async split(manifest: string): Promise<readonly WorkspaceEntry[]> {
    const known = this.#known.get(manifest);
    if (known) return known;
    const folders = await this.#work.splitFolders({ manifest });
    this.note(manifest, folders);
    return folders;
  }

  /** Remembers what somebody made. */
  note(manifest: string, folders: readonly WorkspaceEntry[]): void {
    this.#known.set(manifest, folders);
    for (const oldest of this.#known.keys()) if (this.#known.size > REMEMBERED) this.#known.delete(oldest);
  }
}
