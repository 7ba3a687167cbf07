/** One window or terminal on a home: a store of its own, a clock of its own, and its sessions. */
import { SessionManager } from "../../../../src/core/sessions/sessionManager.ts";
import type { SessionWriter } from "../../../../src/core/sessions/sessionWriter.ts";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import type { SessionStore } from "../../../../src/core/store/sessionStore.ts";
import type { StoreMaintenance } from "../../../../src/core/store/storeMaintenance.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { eventsFrom, openTestStore, silentLogger } from "../store/storeFixtures.ts";

export interface SessionHost extends AsyncDisposable {
  readonly home: TemporaryFolder;
  readonly clock: FakeClock;
  readonly store: SessionStore & StoreMaintenance;
  readonly sessions: SessionManager;
  /** Another window on the same home, closed with this one. */
  another(): Promise<SessionHost>;
  /** A session with these events, that nobody runs any more. */
  has(sessionId: string, ...drafts: readonly EventDraft[]): Promise<OrchestratorEvent[]>;
  /** Commits the drafts at the end of the writer's session. */
  commit(writer: SessionWriter, ...drafts: readonly EventDraft[]): Promise<OrchestratorEvent[]>;
  events(sessionId: string): Promise<OrchestratorEvent[]>;
}

const FOLDERS = [{ name: "app", path: "/app" }];

export async function startSessionHost(home?: TemporaryFolder): Promise<SessionHost> {
  const folder = home ?? (await createTemporaryFolder());
  const clock = new FakeClock();
  const store = await openTestStore(folder.path, clock);
  const owner = await describeThisProcess({ home: folder.path, host: "terminal" });
  const sessions = new SessionManager({ store, clock, owner, logger: silentLogger });
  const others: SessionHost[] = [];
  const commit: SessionHost["commit"] = async (writer, ...drafts) => {
    const { sessionId, lease } = writer;
    const last = (await store.getSession(sessionId))?.lastSeq ?? 0;
    const events = eventsFrom(drafts, { sessionId, epoch: lease.epoch, firstSeq: last + 1 });
    await writer.commit(events);
    return events;
  };
  return {
    home: folder,
    clock,
    store,
    sessions,
    commit,
    another: async () => {
      const other = await startSessionHost(folder);
      others.push(other);
      return other;
    },
    has: async (sessionId, ...drafts) => {
      const writer = await sessions.create({ sessionId, goal: "Write a report", folders: FOLDERS });
      const events = await commit(writer, ...drafts);
      await writer.close();
      return events;
    },
    events: async (sessionId) => await Array.fromAsync(sessions.readEvents(sessionId)),
    [Symbol.asyncDispose]: async () => {
      for (const other of others) await other.store.close();
      await store.close();
      if (home === undefined) await folder[Symbol.asyncDispose]();
    },
  };
}
