/** What is kept of folders, opened when somebody first needs it: many commands never do. */
import type { WorkspaceFolder } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { SnapshotWork } from "./snapshotWork.ts";
import { WorkspaceSnapshots } from "./workspaceSnapshots.ts";

export interface OpenedObjects {
  readonly blobs: BlobStore;
  readonly snapshots: SnapshotWork;
  close(): Promise<void>;
}

export interface SnapshotStoreOptions {
  readonly open: () => Promise<OpenedObjects>;
  readonly settings: Settings;
}

export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  #opening: Promise<OpenedObjects> | undefined;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
  }

  /**
   * The store of contents; a failure to open it is tried again the next time.
   *
   * @throws OrchestratorError `home.notWritable`, `store.newer`, `store.busy`, `store.failed`
   */
  objects(): Promise<OpenedObjects> {
    if (this.#opening) return this.#opening;
    const opening = this.#options.open();
    this.#opening = opening;
    opening.catch(() => {
      this.#opening = undefined;
    });
    return opening;
  }

  /** Snapshots of these folders. Rejects as `objects` does. */
  async of(folders: readonly WorkspaceFolder[]): Promise<WorkspaceSnapshots> {
    const { blobs, snapshots: work } = await this.objects();
    return new WorkspaceSnapshots({ folders, blobs, work, settings: this.#options.settings });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
  }
}
