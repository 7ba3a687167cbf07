/** An hour of a session with two hundred agents, four at a time, as its log would hold it; the same every time. */
import type { EventDraft, Step } from "../../../src/core/events/event.ts";
import { agentBegins, chunk, pieceOf, sessionBegins } from "./chunks.ts";

export interface RecordedMoment {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly drafts: readonly EventDraft[];
}

const HOUR_SECONDS = 3_600;
const STEPS = 50;
/** Agents of a step, one after the other: each tries again what the one before did. */
const AGENTS_PER_STEP = 4;
const AT_ONCE = 4;
const PIECES_PER_SECOND = 40;
const TURN_SECONDS = 12;

export function recordedHour(start = Date.now()): RecordedMoment[] {
  const steps = Array.from({ length: STEPS }, (_, index) => stepOf(index));
  const moments: RecordedMoment[] = [
    {
      time: start,
      drafts: [
        sessionBegins(),
        { type: "plan_created", source: "orchestrator", plan: { summary: "Fifty parts.", steps } },
      ],
    },
  ];
  const stepSeconds = HOUR_SECONDS / Math.ceil(STEPS / AT_ONCE);
  const agentSeconds = stepSeconds / AGENTS_PER_STEP;
  for (let second = 1; second < HOUR_SECONDS; second += 1) {
    const drafts: EventDraft[] = second % 2 === 0 ? [sampleAt(second)] : [];
    for (let lane = 0; lane < AT_ONCE; lane += 1) {
      const index = Math.floor(second / stepSeconds) * AT_ONCE + lane;
      const step = steps[index];
      if (step) drafts.push(...secondOf(step, index, second % stepSeconds, agentSeconds));
    }
    moments.push({ time: start + second * 1_000, drafts });
  }
  const ending = { workspace: "/home/ada/project", outputs: [], summary: "Done.", usage: NO_USAGE, costUsd: 3 };
  moments.push({
    time: start + HOUR_SECONDS * 1_000,
    drafts: [{ type: "workflow_completed", source: "orchestrator", ...ending }],
  });
  return moments;
}

/** What one lane does in one second of a step. */
function secondOf(step: Step, index: number, second: number, agentSeconds: number): EventDraft[] {
  const number = Math.floor(second / agentSeconds);
  const agentId = `worker_${index + 1}_${number + 1}`;
  const agent = { source: agentId, agentId, stepId: step.id, attempt: 1 };
  const fields = { stepId: step.id, title: step.title, description: step.description, attempt: 1 };
  const at = Math.floor(second - number * agentSeconds);
  const drafts: EventDraft[] = [];
  if (second < 1) drafts.push({ type: "step_started", source: "orchestrator", ...fields, agentType: step.agentType });
  if (at === 0) drafts.push(agentBegins(agentId, step.id));
  for (let piece = 0; piece < PIECES_PER_SECOND; piece += 1) {
    drafts.push({ ...chunk(agentId, pieceOf(at * PIECES_PER_SECOND + piece)), stepId: step.id } as EventDraft);
  }
  if (at % TURN_SECONDS === TURN_SECONDS - 1) drafts.push(...turnOf(agent, at));
  const isLast = at + 1 >= Math.floor(agentSeconds);
  if (isLast) drafts.push({ type: "agent_completed", ...agent, result: "Read.", outputs: [] });
  if (isLast && number === AGENTS_PER_STEP - 1) {
    drafts.push({ type: "step_completed", source: "orchestrator", ...fields, agentId, result: "Read.", outputs: [] });
  }
  return drafts;
}

/** A turn ends, is paid, and a tool changes a file. */
function turnOf(agent: { source: string; agentId: string; stepId: string; attempt: number }, at: number): EventDraft[] {
  const first = (at + 1 - TURN_SECONDS) * PIECES_PER_SECOND;
  const text = Array.from({ length: TURN_SECONDS * PIECES_PER_SECOND }, (_, piece) => pieceOf(first + piece)).join("");
  const toolUseId = `call_${agent.agentId}_${at}`;
  const usage = { ...NO_USAGE, inputTokens: 4_000, outputTokens: TURN_SECONDS * PIECES_PER_SECOND };
  const path = `notes/${agent.agentId}.md`;
  return [
    {
      type: "turn_completed",
      ...agent,
      turn: Math.ceil(at / TURN_SECONDS),
      message: { role: "assistant", content: [{ type: "text", text }] },
      ...{ stopReason: "tool_use", usage },
    },
    { type: "usage_recorded", ...agent, purpose: "agent", model: "claude-sonnet-5-5", usage, costUsd: 0.004 },
    { type: "tool_use", ...agent, toolUseId, tool: "write", input: { path } },
    {
      type: "tool_result",
      ...agent,
      ...{ toolUseId, tool: "write", isError: false, content: "Written." },
      effects: [{ path, change: "modified", before: "a".repeat(64), after: "b".repeat(64) }],
    },
  ];
}

const NO_USAGE = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

function stepOf(index: number): Step {
  return {
    id: `step_${index + 1}`,
    title: `Read part ${index + 1} and report`,
    description: "Read the files of the part one after the other.",
    agentType: "worker",
    dependsOn: index < AT_ONCE ? [] : [`step_${index + 1 - AT_ONCE}`],
  };
}

function sampleAt(second: number): EventDraft {
  return {
    type: "metrics_sampled",
    source: "monitor",
    ...{ cpu: 40 + 20 * Math.sin(second / 50), memory: 60, processCpu: 5, processMemory: 3 },
    ...{ eventLoopDelayMs: 2, tokensPerSecond: AT_ONCE * PIECES_PER_SECOND, costUsd: 0, agents: AT_ONCE },
  };
}
