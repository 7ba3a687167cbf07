/** A process with a store of objects of its own, as another user if one is given: `objectsProcess.ts HOME [UID]`. */
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { noise, openTestObjects } from "./objectFixtures.ts";
import { offer } from "./remoteProcess.ts";

const [, , home = "", user] = process.argv;
if (user !== undefined) {
  process.setgid?.(Number(user));
  process.setuid?.(Number(user));
}
const store = await openTestObjects(home, new SystemClock());

offer({
  /** Puts noise of the seeds; gives the hashes. */
  put: (seeds: number[], length: number) => store.blobs.put(seeds.map((seed) => noise(length, seed))),
  capture: (path: string) =>
    store.snapshots.capture({ folder: { path, maxFileBytes: 10_000_000, exclude: [], elsewhere: [] } }),
  /** Captures the folder again and again, until it is killed. */
  captureForever: async (path: string) => {
    for (;;) await store.snapshots.capture({ folder: { path, maxFileBytes: 10_000_000, exclude: [], elsewhere: [] } });
  },
  apply: (request: Parameters<typeof store.snapshots.applyRestore>[0]) => store.snapshots.applyRestore(request),
  close: () => store.close(),
});
