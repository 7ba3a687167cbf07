/**
 * What lies between two versions of a session: its plan, step results, agents, files, cost, messages and the
 * keys of its user. From the later to the earlier version it tells what going back undoes.
 */
import { SpendCounter } from "../model/spendCounter.ts";
import type { OrchestratorEvent, Step, TokenUsage } from "../events/event.ts";
import { EffectFold, type FileDiff } from "./effectFold.ts";
import { isObject, type JsonObject, ownValue } from "./mergePatch.ts";
import { conversationMessage, type ConversationMessage } from "./conversationMessage.ts";
import type { VersionPlace } from "./sessionReader.ts";
import type { AgentState, SessionState, StepState, WorkflowState } from "./sessionState.ts";
import { StateFold } from "./stateFold.ts";

export interface Change<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** A change of one value; `path` leads to it, key by key. `before` or `after` is absent where nothing was. */
export interface FieldChange {
  readonly path: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface SessionDiff {
  readonly sessionId: string;
  readonly from: VersionPlace;
  readonly to: VersionPlace;
  /** Goal, status, current and last completed step, summary, outputs, error. */
  readonly workflow: readonly FieldChange[];
  readonly plan: PlanDiff;
  /** Steps whose outcome differs. */
  readonly steps: readonly StepDiff[];
  /** Agents that came, went or went on. */
  readonly agents: readonly AgentDiff[];
  /** Files that the session's agents created, changed or deleted in between, as far as that lasts. */
  readonly files: readonly FileDiff[];
  readonly cost: CostDiff;
  readonly messages: {
    readonly added: readonly ConversationMessage[];
    readonly removed: readonly ConversationMessage[];
  };
  /** Keys of the session's user. */
  readonly state: readonly FieldChange[];
}

export interface PlanDiff {
  readonly added: readonly Step[];
  readonly removed: readonly Step[];
  readonly changed: readonly { readonly stepId: string; readonly fields: readonly FieldChange[] }[];
}

export interface StepDiff {
  readonly stepId: string;
  readonly title: string;
  /** Null where the session did not know the step. */
  readonly status: Change<StepState["status"] | null>;
  readonly attempt: Change<number>;
  readonly agentId: string | null;
  readonly result?: Change<string | null>;
  readonly outputs?: Change<readonly string[]>;
  /** Messages of the errors. */
  readonly error?: Change<string | null>;
}

export interface AgentDiff {
  readonly agentId: string;
  readonly type: string;
  readonly stepId: string | null;
  readonly status: Change<AgentState["status"] | null>;
  /** Tokens of every kind, in both directions. */
  readonly tokens: Change<number>;
  /** US dollars; requests whose price is unknown count as zero. */
  readonly costUsd: Change<number>;
}

export interface CostDiff {
  /** US dollars; null when a price is unknown. */
  readonly costUsd: Change<number | null>;
  readonly usage: Change<TokenUsage>;
}

/** One end of the comparison. */
interface Point {
  readonly state: SessionState;
  readonly usage: TokenUsage;
  readonly costUsd: number | null;
}

/** `events` are those of the session from its first, in order. */
export async function diffSession(
  sessionId: string,
  from: VersionPlace,
  to: VersionPlace,
  events: AsyncIterable<OrchestratorEvent>,
): Promise<SessionDiff> {
  const [earlier, later] = from.seq <= to.seq ? [from, to] : [to, from];
  const fold = new StateFold();
  const spend = new SpendCounter();
  const effects = new EffectFold();
  const messages: ConversationMessage[] = [];
  const point = (): Point => ({ state: structuredClone(fold.state), ...spend.total() });
  let start: Point | undefined;
  for await (const event of events) {
    if (event.seq > later.seq) break;
    if (event.seq > earlier.seq) {
      start ??= point();
      effects.apply(event);
      const message = conversationMessage(event);
      if (message) messages.push(message);
    }
    fold.apply(event);
    if (event.type === "usage_recorded") spend.add(event);
  }
  const end = point();
  const ends = [start ?? end, end] as const;
  const backwards = earlier !== from;
  const [before, after] = backwards ? [ends[1], ends[0]] : ends;
  return {
    sessionId,
    from,
    to,
    workflow: diffValues(outline(before.state.workflow), outline(after.state.workflow)),
    plan: diffPlans(before.state.workflow, after.state.workflow),
    steps: diffSteps(before.state.workflow.steps, after.state.workflow.steps),
    agents: diffAgents(before.state.agents, after.state.agents),
    files: backwards ? effects.undone() : effects.files(),
    cost: {
      costUsd: { before: before.costUsd, after: after.costUsd },
      usage: { before: before.usage, after: after.usage },
    },
    messages: backwards ? { added: [], removed: messages } : { added: messages, removed: [] },
    state: diffValues(userKeys(before.state), userKeys(after.state)),
  };
}

/** Changed, added and removed values of two JSON values; objects key by key, anything else as a whole. */
export function diffValues(before: unknown, after: unknown, path: readonly string[] = []): FieldChange[] {
  if (isObject(before) && isObject(after)) {
    return keysOf(before, after).flatMap((key) =>
      diffValues(ownValue(before, key), ownValue(after, key), [...path, key]),
    );
  }
  if (sameJson(before, after)) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function outline(workflow: WorkflowState): JsonObject {
  const { plan: _plan, steps: _steps, ...rest } = workflow;
  return rest;
}

function userKeys(state: SessionState): JsonObject {
  const { workflow: _workflow, agents: _agents, history: _history, ...own } = state;
  return own;
}

function diffPlans(before: WorkflowState, after: WorkflowState): PlanDiff {
  const old = stepsById(before);
  const now = stepsById(after);
  return {
    added: [...now.values()].filter(({ id }) => !old.has(id)),
    removed: [...old.values()].filter(({ id }) => !now.has(id)),
    changed: [...now.values()].flatMap((step) => {
      const fields = old.has(step.id) ? diffValues(old.get(step.id), step) : [];
      return fields.length === 0 ? [] : [{ stepId: step.id, fields }];
    }),
  };
}

function stepsById({ plan }: WorkflowState): Map<string, Step> {
  return new Map((plan?.steps ?? []).map((step) => [step.id, step]));
}

function diffSteps(before: Record<string, StepState>, after: Record<string, StepState>): StepDiff[] {
  return keysOf(before, after).flatMap((stepId) => {
    const [old, now] = [ownValue(before, stepId), ownValue(after, stepId)];
    const known = now ?? old;
    if (!known || sameJson(old, now)) return [];
    const result = change(old?.result ?? null, now?.result ?? null);
    const outputs = change(old?.outputs ?? [], now?.outputs ?? []);
    const error = change(old?.error?.message ?? null, now?.error?.message ?? null);
    return [
      {
        stepId,
        title: known.title,
        status: { before: old?.status ?? null, after: now?.status ?? null },
        attempt: { before: old?.attempt ?? 0, after: now?.attempt ?? 0 },
        agentId: known.agentId,
        ...(result ? { result } : {}),
        ...(outputs ? { outputs } : {}),
        ...(error ? { error } : {}),
      },
    ];
  });
}

function diffAgents(before: Record<string, AgentState>, after: Record<string, AgentState>): AgentDiff[] {
  return keysOf(before, after).flatMap((agentId) => {
    const [old, now] = [ownValue(before, agentId), ownValue(after, agentId)];
    const known = now ?? old;
    if (!known || sameJson(old, now)) return [];
    return [
      {
        agentId,
        type: known.type,
        stepId: known.stepId,
        status: { before: old?.status ?? null, after: now?.status ?? null },
        tokens: { before: tokensOf(old), after: tokensOf(now) },
        costUsd: { before: old?.costUsd ?? 0, after: now?.costUsd ?? 0 },
      },
    ];
  });
}

function tokensOf(agent: AgentState | undefined): number {
  return agent ? Object.values(agent.usage).reduce((sum, tokens) => sum + tokens, 0) : 0;
}

function change<Value>(before: Value, after: Value): Change<Value> | undefined {
  return sameJson(before, after) ? undefined : { before, after };
}

/** Keys of both, those of the later state last where they are new. */
function keysOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = keysOf(left, right);
  const values = left as JsonObject;
  const others = right as JsonObject;
  return keys.every(
    (key) => Object.hasOwn(left, key) && Object.hasOwn(right, key) && sameJson(values[key], others[key]),
  );
}
