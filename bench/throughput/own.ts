/**
 * Ours: `own.ts chunks HOME DIST AGENTS CHUNKS` or `own.ts steps HOME DIST STEPS`, through the log of a session as a run
 * has it: a durable store, a bus and a reader. Prints what it measured as JSON.
 */
import { statSync } from "node:fs";
import path from "node:path";
import { EventBus } from "../../src/core/events/eventBus.ts";
import { SessionLog } from "../../src/core/events/sessionLog.ts";
import { runSchedule } from "../../src/core/orchestrator/scheduler.ts";
import { SessionManager } from "../../src/core/sessions/sessionManager.ts";
import { describeThisProcess } from "../../src/core/store/processIdentity.ts";
import { openSessionStore } from "../../src/core/store/sqlite/openSessionStore.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import type { OwnChunks, OwnSteps } from "./measured.ts";

const PIECE_CHARACTERS = 20;
const SOURCE = "bench";

const [, , work, home = "", dist = "", ...values] = process.argv;
const clock = new SystemClock();
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const store = await openSessionStore({ home, workerUrl: new URL("storeWorker.js", dist), clock, logger });
const sessions = new SessionManager({ store, clock, logger, owner: await describeThisProcess({ home, host: SOURCE }) });
const writer = await sessions.create({ goal: "bench", folders: [] });
const bus = new EventBus((error) => {
  throw error;
});
const log = new SessionLog({
  sessionId: writer.sessionId,
  epoch: writer.lease.epoch,
  lastSeq: writer.lastSeq,
  clock,
  commit: (events) => writer.commit(events),
  readCommitted: (after, limit) => writer.readCommitted(after, limit),
  onDeliver: (event) => bus.announce(event),
});
const measured = work === "chunks" ? await chunks() : await steps();
await store.close();
process.stdout.write(`${JSON.stringify(measured)}\n`);
process.exit(0);

/** Every agent talks, everything it says is durable in the end, and a reader checks that all comes in order. */
async function chunks(): Promise<OwnChunks> {
  const [agents = 0, count = 0] = values.map(Number);
  const said = new Float64Array(agents * count);
  const delays = new Float64Array(agents * count);
  const seen = Array.from({ length: agents }, () => 0);
  let events = 0;
  let heard = 0;
  const start = performance.now();
  const reading = (async () => {
    for await (const event of log.read()) {
      if (event.type !== "text_chunk") continue;
      events++;
      const agent = Number(event.agentId);
      const now = performance.now();
      for (let at = 0; at < event.content.length; at += PIECE_CHARACTERS) {
        const index = Number(event.content.slice(at, at + PIECE_CHARACTERS));
        if (index !== seen[agent]) throw new Error(`chunk ${index} of agent ${agent} is out of order`);
        seen[agent] = index + 1;
        delays[heard++] = now - (said[agent * count + index] ?? 0);
      }
      if (heard === agents * count) return;
    }
  })();
  await Promise.all(
    Array.from({ length: agents }, async (_, agent) => {
      for (let index = 0; index < count; index++) {
        said[agent * count + index] = performance.now();
        const content = String(index).padStart(PIECE_CHARACTERS, "0");
        await log.emitText({ type: "text_chunk", source: SOURCE, agentId: String(agent), content });
      }
    }),
  );
  await log.flush();
  await reading;
  const milliseconds = performance.now() - start;
  const sorted = delays.toSorted();
  return { milliseconds, events, delayP99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN };
}

/** A plan in which every step needs the one before. Both its events are durable before anything goes on. */
async function steps(): Promise<OwnSteps> {
  const count = Number(values[0]);
  const plan = Array.from({ length: count }, (_, index) => ({
    id: String(index),
    dependsOn: index === 0 ? [] : [String(index - 1)],
  }));
  let payload = 0;
  const start = performance.now();
  const { results } = await runSchedule({
    steps: plan,
    limit: () => 4,
    run: async ({ id }) => {
      const fields = {
        source: SOURCE,
        stepId: id,
        title: `Step ${id}`,
        description: `What step ${id} is for.`,
        attempt: 1,
      };
      await log.emit({ ...fields, type: "step_started", agentType: "coder" });
      const result = `The result of step ${id}.`;
      await log.emit({ ...fields, type: "step_completed", agentId: `agent_${id}`, result, outputs: [] });
      return id;
    },
    onSkipped: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  const milliseconds = performance.now() - start;
  if (results.size !== count) throw new Error(`${results.size} of ${count} steps were done`);
  await log.flush();
  for await (const event of sessions.readEvents(writer.sessionId, 0)) payload += JSON.stringify(event).length;
  await writer.close();
  await store.close();
  return { milliseconds, bytes: statSync(path.join(home, "store.db")).size, payload };
}
