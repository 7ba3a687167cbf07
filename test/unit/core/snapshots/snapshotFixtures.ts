/** A workspace folder, a store of objects and what is on the disk, byte for byte. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Settings, SettingsValues } from "../../../../src/core/settings/settings.ts";
import { settingsSchema } from "../../../../src/core/settings/settings.ts";
import { WorkspaceSnapshots } from "../../../../src/core/snapshots/workspaceSnapshots.ts";
import type { ObjectStore } from "../../../../src/core/store/sqlite/openObjectStore.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { openTestObjects } from "../store/objectFixtures.ts";

export interface SnapshotBench extends AsyncDisposable {
  readonly home: TemporaryFolder;
  readonly folder: TemporaryFolder;
  readonly clock: FakeClock;
  readonly store: ObjectStore;
  /** Snapshots of `folder`, which is called `app`. */
  readonly snapshots: WorkspaceSnapshots;
  /** Snapshots of other folders, by name and path. */
  of(folders: Readonly<Record<string, string>>, settings?: Partial<SettingsValues>): WorkspaceSnapshots;
}

/** `racyMilliseconds`: 0 makes every time stamp count at once, so that fast paths can be seen without waiting. */
export async function createSnapshotBench(limits: Parameters<typeof openTestObjects>[2] = {}): Promise<SnapshotBench> {
  const [home, folder] = [await createTemporaryFolder(), await createTemporaryFolder()];
  const clock = new FakeClock();
  const store = await openTestObjects(home.path, clock, limits);
  const of: SnapshotBench["of"] = (folders, settings = {}) =>
    new WorkspaceSnapshots({
      folders: Object.entries(folders).map(([name, path]) => ({ name, path })),
      blobs: store.blobs,
      work: store.snapshots,
      settings: fixedSettings(settings),
    });
  return {
    home,
    folder,
    clock,
    store,
    of,
    snapshots: of({ app: folder.path }),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await Promise.all([home[Symbol.asyncDispose](), folder[Symbol.asyncDispose]()]);
    },
  };
}

export function fixedSettings(given: Partial<SettingsValues>): Settings {
  const values = { ...settingsSchema.parse({}), ...given };
  return { get: (name) => values[name] };
}

/** What is below a folder: by path (a character for each byte) its kind, mode and content. */
export function contentsOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const look = (path: string, prefix: string): void => {
    for (const name of readdirSync(Buffer.from(path, "latin1"), "latin1").toSorted()) {
      const at = Buffer.from(`${path}/${name}`, "latin1");
      const stat = lstatSync(at);
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isDirectory()) {
        found[`${prefix}${name}/`] = mode;
        look(`${path}/${name}`, `${prefix}${name}/`);
      } else if (stat.isSymbolicLink()) {
        found[prefix + name] = `-> ${readlinkSync(at, "latin1")}`;
      } else {
        found[prefix + name] = `${mode} ${readFileSync(at).toString("latin1")}`;
      }
    }
  };
  look(folder, "");
  return found;
}

/** Restores everything a manifest says, without asking anybody. */
export async function restoreAll(snapshots: WorkspaceSnapshots, manifest: string): Promise<void> {
  const plan = await snapshots.planRestore({ manifest });
  const decisions = { conflicts: new Map(plan.conflicts.map(({ path }) => [path, "take" as const])) };
  const { failed } = await snapshots.applyRestore(plan, { decisions, onIntent: async () => {} });
  if (failed.length > 0) throw new Error(`Not restored: ${JSON.stringify(failed)}`);
}
