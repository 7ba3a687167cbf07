import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { SessionLog, type SampleDraft, type SessionLogOptions } from "../../../../src/core/events/sessionLog.ts";

/** A clock whose timers fire only when the test says so. */
class ManualClock {
  time = 0;
  readonly timers: { at: number; callback: () => void }[] = [];
  now = (): number => 1_700_000_000_000 + this.time;
  monotonic = (): number => this.time;
  setTimer(milliseconds: number, callback: () => void): Disposable {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.push(timer);
    return { [Symbol.dispose]: () => void this.timers.splice(this.timers.indexOf(timer) >>> 0, 1) };
  }
  advance(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of this.timers.filter(({ at }) => at <= this.time)) {
      this.timers.splice(this.timers.indexOf(timer), 1);
      timer.callback();
    }
  }
}

/** A store in memory whose commits can be held back. */
class MemoryStore {
  readonly events: OrchestratorEvent[] = [];
  readonly batches: number[] = [];
  gate: Promise<void> | undefined;
  failure: Error | undefined;
  commit = async (events: readonly OrchestratorEvent[]): Promise<void> => {
    await this.gate;
    if (this.failure) throw this.failure;
    this.events.push(...events);
    this.batches.push(events.length);
  };
  readCommitted = async (after: number, limit: number): Promise<OrchestratorEvent[]> =>
    this.events.filter((event) => event.seq > after).slice(0, limit);
}

function createLog(options: Partial<SessionLogOptions> = {}) {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const log = new SessionLog({
    sessionId: "s1",
    epoch: 1,
    lastSeq: 0,
    clock,
    commit: store.commit,
    readCommitted: store.readCommitted,
    ...options,
  });
  return { clock, store, log };
}

const text = (agentId: string, content: string) => ({ type: "text_chunk", source: agentId, agentId, content }) as const;
const control = (reason: string): EventDraft => ({ type: "snapshot_created", source: "test", versionId: "v1", reason });

const sample: SampleDraft = {
  ...{ type: "metrics_sampled", source: "monitor", cpu: 10, memory: 20, processCpu: 3, processMemory: 4 },
  ...{ eventLoopDelayMs: 1.5, tokensPerSecond: 80, costUsd: 0.12, agents: 2 },
};

async function readAll(log: SessionLog, after = 0): Promise<OrchestratorEvent[]> {
  const events: OrchestratorEvent[] = [];
  for await (const event of log.read({ after })) events.push(event);
  return events;
}

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("SessionLog", () => {
  it("gives every event its place, time and id", async () => {
    const { log, store } = createLog({ lastSeq: 41, epoch: 3 });
    await log.emit(control("one"));
    expect(store.events[0]).toEqual({
      type: "snapshot_created",
      source: "test",
      versionId: "v1",
      reason: "one",
      id: "evt_3_42",
      seq: 42,
      epoch: 3,
      timestamp: "2023-11-14T22:13:20.000Z",
      sessionId: "s1",
    });
  });

  it("tells nobody of a control event before it is committed, and of nothing after it", async () => {
    const told: string[] = [];
    const { log, store, clock } = createLog({ onDeliver: (event) => told.push(event.type) });
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const emitted = log.emit(control("one"));
    void log.emitText(text("a", "later"));
    clock.advance(16);
    await settle();
    expect(told).toEqual([]);
    gate.resolve();
    await emitted;
    await settle();
    expect(told).toEqual(["snapshot_created", "text_chunk"]);
  });

  it("commits together what is added in one turn of the event loop, however much waits before it", async () => {
    const { log, store } = createLog({ uncommittedBytes: Number.MAX_SAFE_INTEGER });
    for (let agent = 1; agent < 4_000; agent++) void log.emitText(text(`agent_${agent}`, "text"));
    await Promise.all([log.emit(control("one")), log.emit(control("two"))]);
    expect(store.batches).toEqual([3_999, 2]);
  });

  it("delivers text at once and commits it within 50 ms", async () => {
    const told: string[] = [];
    const { log, store, clock } = createLog({ onDeliver: (event) => told.push(event.type) });
    void log.emitText(text("a", "hello"));
    clock.advance(16);
    expect(told).toEqual(["text_chunk"]);
    await settle();
    expect(store.events).toHaveLength(0);
    clock.advance(50);
    await settle();
    expect(store.events).toHaveLength(1);
  });

  it("delivers a sample at once, commits it within 50 ms, and misses none that comes after the end", async () => {
    const told: string[] = [];
    const { log, store, clock } = createLog({ onDeliver: (event) => told.push(event.type) });
    log.emitSample(sample);
    expect(told).toEqual(["metrics_sampled"]);
    await settle();
    expect(store.events).toHaveLength(0);
    clock.advance(50);
    await settle();
    expect(store.events).toHaveLength(1);
    await log.close();
    log.emitSample(sample);
    expect(log.lastSeq).toBe(1);
  });

  it("joins chunks of one agent until 16 ms have passed, not those of two agents", async () => {
    const { log, store, clock } = createLog();
    for (const part of ["Hel", "lo ", "you"]) void log.emitText(text("a", part));
    void log.emitText(text("b", "other"));
    clock.advance(16);
    void log.emitText(text("a", "!"));
    clock.advance(16);
    await log.flush();
    expect(store.events.map((event) => "content" in event && [event.source, event.content])).toEqual([
      ["a", "Hello you"],
      ["b", "other"],
      ["a", "!"],
    ]);
  });

  it("keeps the order of different kinds of text of one agent", async () => {
    const { log, store } = createLog();
    void log.emitText(text("a", "1"));
    void log.emitText({ type: "thinking_chunk", source: "a", agentId: "a", content: "2" });
    void log.emitText(text("a", "3"));
    await log.flush();
    expect(store.events.map((event) => "content" in event && event.content)).toEqual(["1", "2", "3"]);
  });

  it("puts text that came before a control event before it", async () => {
    const { log, store } = createLog();
    void log.emitText(text("a", "before"));
    await log.emit(control("after"));
    expect(store.events.map((event) => event.type)).toEqual(["text_chunk", "snapshot_created"]);
  });

  it("shares one commit between control events added together", async () => {
    const { log, store } = createLog();
    await Promise.all([log.emit(control("one")), log.emit(control("two")), log.emit(control("three"))]);
    expect(store.batches).toEqual([3]);
  });

  it("makes producers wait while too much is not durable, and lets them go on after", async () => {
    const { log, store } = createLog({ uncommittedBytes: 1000 });
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    expect(log.emitText(text("a", "x".repeat(10)))).toBeUndefined();
    const wait = log.emitText(text("a", "y".repeat(2000)));
    expect(wait).toBeInstanceOf(Promise);
    gate.resolve();
    await wait;
    expect(store.events).toHaveLength(1);
  });

  it("pages what a slow reader missed from the store, so that memory stays bounded and nothing is lost", async () => {
    const { log } = createLog({ ringBytes: 2000 });
    const reader = log.read();
    await log.emit(control("0"));
    const first = await reader.next();
    for (let index = 1; index < 200; index++) await log.emit(control(String(index)));
    await log.close();
    const reasons = [first.value && "reason" in first.value ? first.value.reason : ""];
    for await (const event of reader) if ("reason" in event) reasons.push(event.reason);
    expect(reasons).toEqual(Array.from({ length: 200 }, (_, index) => String(index)));
  });

  it("takes nothing more after a commit failed, tells nobody of what is not durable, and says why", async () => {
    const told: string[] = [];
    const { log, store } = createLog({ onDeliver: (event) => told.push(event.type) });
    store.failure = new Error("disk full");
    await expect(log.emit(control("one"))).rejects.toThrow("disk full");
    await expect(log.emit(control("two"))).rejects.toThrow("disk full");
    expect(() => log.emitText(text("a", "x"))).toThrow("disk full");
    await expect(readAll(log)).rejects.toThrow("disk full");
    expect(told).toEqual([]);
  });

  it("ends a reader when its signal aborts", async () => {
    const { log } = createLog();
    const controller = new AbortController();
    const reading = log.read({ signal: controller.signal }).next();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });

  it("keeps all text in order, without gaps, for any mix of producers, sizes, waits and readers", async () => {
    const action = fc.record({
      agent: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom("text", "text", "text", "control", "advance", "settle"),
      content: fc.string({ unit: "grapheme", maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 80 }),
        fc.integer({ min: 300, max: 5000 }),
        async (actions, ringBytes) => {
          const { log, clock, store } = createLog({ ringBytes, uncommittedBytes: 2000 });
          const sent = new Map<string, string>();
          const waits: Promise<void>[] = [];
          const readers = [readAll(log), readAll(log)];
          for (const { agent, kind, content } of actions) {
            const agentId = `agent${agent}`;
            if (kind === "text") {
              sent.set(agentId, (sent.get(agentId) ?? "") + content);
              const wait = log.emitText(text(agentId, content));
              if (wait) waits.push(wait);
            } else if (kind === "control") waits.push(log.emit(control(content)));
            else if (kind === "advance") clock.advance(17);
            else await settle();
          }
          await log.close();
          await Promise.all(waits);
          for (const events of [store.events, ...(await Promise.all(readers))]) {
            expect(events.map((event) => event.seq)).toEqual(
              Array.from({ length: events.length }, (_, index) => index + 1),
            );
            expect(events).toHaveLength(log.lastSeq);
            const received = new Map<string, string>();
            for (const event of events) {
              if (event.type === "text_chunk")
                received.set(event.agentId, (received.get(event.agentId) ?? "") + event.content);
            }
            expect(received).toEqual(sent);
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});
