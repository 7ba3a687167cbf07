/** A process with sessions of its own: `sessionProcess.ts HOME`. */
import { SessionManager } from "../../../../src/core/sessions/sessionManager.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { offer } from "../store/remoteProcess.ts";
import { openTestStore, silentLogger } from "../store/storeFixtures.ts";

const home = process.argv[2] ?? "";
const clock = new SystemClock();
const store = await openTestStore(home, clock);
const owner = await describeThisProcess({ home, host: "test" });
const sessions = new SessionManager({ store, clock, owner, logger: silentLogger });

offer({
  update: (sessionId: string, updates: object) => sessions.updateSession({ sessionId, updates, createSnapshot: true }),
  /** Runs a session until it is killed. */
  run: async (sessionId: string) => {
    await sessions.create({ sessionId, goal: "Write a report", folders: [{ name: "app", path: "/app" }] });
  },
});
