import { expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { followSession } from "../../../../src/core/sessions/followSession.ts";
import type { SessionRow } from "../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { eventsFrom, summaryWith, text } from "../store/storeFixtures.ts";

test("what an owner writes in its last moment, after the log was read and before it is gone, is not missed", async () => {
  const events = eventsFrom([text("first"), text("last words")], { sessionId: "one" });
  const log: OrchestratorEvent[] = events.slice(0, 1);
  const getSession = async (): Promise<SessionRow> => {
    // Between the reading of the log and this look.
    log.push(...events.slice(log.length));
    const at = "2026-01-01T00:00:00.000Z";
    const place = { sessionId: "one", createdAt: at, updatedAt: at, lastSeq: log.length, epoch: 1 };
    return { ...summaryWith(), ...place, owner: null, effectiveStatus: "interrupted" };
  };
  const followed: OrchestratorEvent[] = [];
  const following = followSession({
    sessionId: "one",
    afterSeq: 0,
    clock: new FakeClock(),
    store: { getSession, onDidChangeElsewhere: () => ({ [Symbol.dispose]() {} }) },
    async *readEvents(afterSeq) {
      yield* log.slice(afterSeq);
    },
    onDidCommitHere: () => ({ [Symbol.dispose]() {} }),
  });
  for await (const event of following) followed.push(event);
  expect(followed).toEqual(events);
});
