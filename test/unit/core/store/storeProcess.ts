/** A process with a store of its own: `storeProcess.ts HOME`. */
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { offer } from "./remoteProcess.ts";
import { eventsFrom, openTestStore, summaryWith, text, updated } from "./storeFixtures.ts";

const home = process.argv[2] ?? "";
const store = await openTestStore(home, new SystemClock());
const owner = await describeThisProcess({ home, host: "test" });

offer({
  create: (sessionId: string) => store.createSession(sessionId, summaryWith(), "2026-01-01T00:00:00.000Z", owner),
  take: (sessionId: string) => store.takeLease(sessionId, owner),
  /** Creates a session and commits `batches` times one control event and two texts. */
  write: async (sessionId: string, batches: number) => {
    const lease = await store.createSession(sessionId, summaryWith(), "2026-01-01T00:00:00.000Z", owner);
    for (let batch = 0; batch < batches; batch++) {
      const drafts = [text(`${batch}`), updated({ batch }), text("end")];
      await store.append({
        lease,
        events: eventsFrom(drafts, { sessionId, firstSeq: batch * 3 + 1 }),
        summary: summaryWith(),
      });
    }
  },
  close: () => store.close(),
});
