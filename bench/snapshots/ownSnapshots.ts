/** Ours, as the engine uses it: the store's worker beside the main thread. */
import { rmSync, statSync } from "node:fs";
import path from "node:path";
import { settingsSchema } from "../../src/core/settings/settings.ts";
import { WorkspaceSnapshots } from "../../src/core/snapshots/workspaceSnapshots.ts";
import { openObjectStore, type ObjectStore } from "../../src/core/store/sqlite/openObjectStore.ts";
import { SystemClock } from "../../src/core/systemClock.ts";

const workerUrl = new URL("../../src/core/store/sqlite/objectsWorker.ts", import.meta.url);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export class OwnSnapshots {
  readonly #home: string;
  readonly #folder: string;
  #store: ObjectStore | undefined;
  #snapshots: WorkspaceSnapshots | undefined;

  constructor(home: string, folder: string) {
    this.#home = home;
    this.#folder = folder;
  }

  /** Begins anew, with an empty store. */
  async create(): Promise<void> {
    await this.close();
    rmSync(this.#home, { recursive: true, force: true });
    await this.open();
  }

  async open(): Promise<void> {
    const store = await openObjectStore({
      home: this.#home,
      workerUrl,
      host: "bench",
      clock: new SystemClock(),
      logger: silent,
    });
    // Whatever its size, as git takes every file.
    const settings = settingsSchema.parse({ "snapshots.maxFileSizeMb": 1024 });
    this.#store = store;
    this.#snapshots = new WorkspaceSnapshots({
      folders: [{ name: "bench", path: this.#folder }],
      blobs: store.blobs,
      work: store.snapshots,
      settings: { get: (name) => settings[name] },
    });
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
  }

  async capture(knownPaths?: readonly string[]): Promise<string> {
    const { manifest } = await this.#own.capture(knownPaths ? { knownPaths } : {});
    return manifest;
  }

  /** Regular files of a snapshot, in the order of their names. */
  async files(manifest: string): Promise<string[]> {
    const entries = await this.#own.list(manifest);
    return [...entries].flatMap(([file, { kind }]) => (kind === "file" ? [file] : [])).toSorted();
  }

  /** Looks what differs and changes it, as a person would after a look at the preview. */
  async restore(manifest: string): Promise<void> {
    const plan = await this.#own.planRestore({ manifest });
    const { failed } = await this.#own.applyRestore(plan, { onIntent: () => Promise.resolve() });
    if (failed.length > 0) throw new Error(`${failed.length} files were not restored: ${JSON.stringify(failed[0])}`);
  }

  /** Once it is closed. */
  megabytes(): number {
    return statSync(path.join(this.#home, "objects.db")).size / 1024 / 1024;
  }

  get #own(): WorkspaceSnapshots {
    if (!this.#snapshots) throw new Error("not open");
    return this.#snapshots;
  }
}
