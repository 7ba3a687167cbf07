/** How long a monitor that opens takes until it knows what to show, from a real store. */
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { SessionReader } from "../../../src/core/sessions/sessionReader.ts";
import { openSessionStore } from "../../../src/core/store/sqlite/openSessionStore.ts";
import { initialSummary } from "../../../src/core/sessions/sessionSummary.ts";
import { describeThisProcess } from "../../../src/core/store/processIdentity.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";
import { bringForward } from "../../../src/protocol/monitorHistory.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "../monitorPreview/previewWords.ts";
import { createTemporaryFolder } from "../temporaryFolder.ts";
import type { RecordedMoment } from "./recordedHour.ts";

const SESSION = "session_load";
const BATCH = 2_000;
const TIMES = 9;

export interface ReloadFigures {
  readonly events: number;
  /** Milliseconds until the first snapshot, and to a moment in the middle. */
  readonly median: number;
  readonly longest: number;
  readonly toTheMiddle: number;
}

export async function measureReload(moments: readonly RecordedMoment[]): Promise<ReloadFigures> {
  await using folder = await createTemporaryFolder();
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const workerUrl = new URL("../../../dist/storeWorker.js", import.meta.url);
  const store = await openSessionStore({ home: folder.path, workerUrl, clock: new SystemClock(), logger });
  try {
    const summary = initialSummary({ goal: "Read everything and report.", folders: [], demo: false });
    const owner = await describeThisProcess({ home: folder.path, host: "load" });
    const lease = await store.createSession(SESSION, summary, new Date().toISOString(), owner);
    const events = eventsOf(moments);
    for (let at = 0; at < events.length; at += BATCH) {
      await store.append({ lease, events: events.slice(at, at + BATCH), summary });
    }
    const reader = new SessionReader(store);
    const open = async (until: number): Promise<number> => {
      const startedAt = performance.now();
      const state = new MonitorState(SESSION, PREVIEW_WORDS);
      await bringForward(state, (afterSeq, how) => reader.events(SESSION, afterSeq, how), until);
      state.takeSnapshot();
      return performance.now() - startedAt;
    };
    const taken: number[] = [];
    for (let time = 0; time < TIMES; time += 1) taken.push(await open(Infinity));
    const sorted = taken.toSorted((left, right) => left - right);
    const middle = moments[Math.floor(moments.length / 2)]?.time ?? 0;
    return {
      events: events.length,
      median: sorted[Math.floor(TIMES / 2)] ?? 0,
      longest: sorted.at(-1) ?? 0,
      toTheMiddle: await open(middle),
    };
  } finally {
    await store.close();
  }
}

function eventsOf(moments: readonly RecordedMoment[]): OrchestratorEvent[] {
  const events: OrchestratorEvent[] = [];
  for (const { time, drafts } of moments) {
    for (const draft of drafts) {
      const seq = events.length + 1;
      const place = { id: `event_${seq}`, seq, epoch: 1, sessionId: SESSION };
      events.push({ ...place, timestamp: new Date(time).toISOString(), ...draft });
    }
  }
  return events;
}
