/** A process that runs a session and can be stopped: `runProcess.ts HOME`. */
import { RunControl } from "../../../../src/core/control/runControl.ts";
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
const control = new RunControl({ store, clock, logger: silentLogger });
const stopped = Promise.withResolvers<string>();

offer({
  /** Runs a session that carries out `stop` and nothing else. */
  run: async (sessionId: string) => {
    await sessions.create({ sessionId, goal: "Write a report", folders: [{ name: "site", path: "/site" }] });
    control.register(sessionId, async (command) => {
      if (command.kind !== "stop") throw new Error(`no ${command.kind} here`);
      stopped.resolve(command.origin);
      return { accepted: true };
    });
  },
  /** Owns a session and never looks at its commands. */
  ignore: async (sessionId: string) => {
    await sessions.create({ sessionId, goal: "Write a report", folders: [{ name: "site", path: "/site" }] });
  },
  /** Who asked the run to stop. */
  stoppedBy: () => stopped.promise,
  stop: (sessionId: string, origin: string) => control.stop(sessionId, origin),
});
