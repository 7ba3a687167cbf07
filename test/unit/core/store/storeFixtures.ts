/** A real store in a folder of the test, and events to put into it. */
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import type { Clock, Logger } from "../../../../src/core/ports.ts";
import { openSessionStore } from "../../../../src/core/store/sqlite/openSessionStore.ts";
import type { BusyLimits } from "../../../../src/core/store/sqlite/busy.ts";
import type { LeaseOwner, SessionStore, SessionSummary } from "../../../../src/core/store/sessionStore.ts";
import type { StoreMaintenance } from "../../../../src/core/store/storeMaintenance.ts";

export const storeWorkerUrl = new URL("../../../../src/core/store/sqlite/storeWorker.ts", import.meta.url);

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function openTestStore(home: string, clock: Clock, busy?: BusyLimits): Promise<SessionStore & StoreMaintenance> {
  return openSessionStore({ home, workerUrl: storeWorkerUrl, clock, logger: silentLogger, ...(busy ? { busy } : {}) });
}

/** An owner whose process cannot be looked up from here, so that only the lease's expiry counts. */
export const ELSEWHERE: LeaseOwner = {
  machineId: "another-machine",
  bootId: "boot",
  pid: 1,
  processStartedAt: "1",
  host: "terminal",
};

export function summaryWith(changes: Partial<SessionSummary> = {}): SessionSummary {
  return {
    goal: "Write a report",
    title: "Write a report",
    status: "running",
    folders: [{ name: "app", path: "/app" }],
    stepsTotal: 0,
    stepsCompleted: 0,
    agentsRunning: 0,
    costUsd: 0,
    costIsPartial: false,
    inputTokens: 0,
    outputTokens: 0,
    lastCompletedStep: null,
    versions: 0,
    demo: false,
    tags: [],
    parent: null,
    ...changes,
  };
}

/** Events one after the other, as the log would number them. */
export function eventsFrom(
  drafts: readonly EventDraft[],
  place: { sessionId: string; epoch?: number; firstSeq?: number },
): OrchestratorEvent[] {
  const { sessionId, epoch = 1, firstSeq = 1 } = place;
  return drafts.map((draft, index) => {
    const seq = firstSeq + index;
    const timestamp = new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString();
    return { ...draft, id: `evt_${epoch}_${seq}`, seq, epoch, timestamp, sessionId };
  });
}

export function text(content: string, agentId = "writer_1"): EventDraft {
  return { type: "text_chunk", source: "agent", agentId, content };
}

export function sample(cpu: number): EventDraft {
  return {
    ...{ type: "metrics_sampled", source: "monitor", cpu, memory: 20, processCpu: 3, processMemory: 4 },
    ...{ eventLoopDelayMs: 1.5, tokensPerSecond: 80, costUsd: 0.12, agents: 2 },
  };
}

export function updated(patch: Record<string, unknown>): EventDraft {
  return { type: "session_updated", source: "api", patch };
}

export function version(versionId: string, stepId?: string): EventDraft {
  return { type: "snapshot_created", source: "sessions", versionId, reason: "step", ...(stepId ? { stepId } : {}) };
}

/** The rest of a version whose folders nobody captured. */
export const WITHOUT_FOLDERS = { manifest: null, files: null, label: null, isPinned: false, isRemoved: false } as const;
