/** A process that restores and is killed in the middle: `restoreProcess.ts HOME`. */
import { SessionManager } from "../../../../src/core/sessions/sessionManager.ts";
import { SessionRestores } from "../../../../src/core/sessions/sessionRestores.ts";
import { SnapshotStore } from "../../../../src/core/snapshots/snapshotStore.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { fixedSettings } from "../snapshots/snapshotFixtures.ts";
import { openTestObjects } from "../store/objectFixtures.ts";
import { offer } from "../store/remoteProcess.ts";
import { openTestStore, silentLogger } from "../store/storeFixtures.ts";

const home = process.argv[2] ?? "";
const clock = new SystemClock();
const store = await openTestStore(home, clock);
const owner = await describeThisProcess({ home, host: "test" });
const sessions = new SessionManager({ store, clock, owner, logger: silentLogger });
const snapshots = new SnapshotStore({ open: () => openTestObjects(home, clock), settings: fixedSettings({}) });

offer({
  /** Restores a version and is gone so many milliseconds after the steps were recorded; at once with 0. */
  restore: async (sessionId: string, versionId: string, milliseconds: number) => {
    const end = (): void => void process.kill(process.pid, "SIGKILL");
    const restores = new SessionRestores({
      home,
      sessions,
      snapshots,
      clock,
      onEvent: ({ type }) => {
        if (type !== "restore_started") return;
        if (milliseconds === 0) end();
        else setTimeout(end, milliseconds);
      },
    });
    await restores.apply(await restores.plan({ sessionId, versionId }));
    // Done before its time; the test kills it.
  },
});
