/**
 * What the monitor shows, as records: the host folds a session's events into them, the UI draws them.
 *
 * Every text in here is ready to be shown: words instead of message codes, control characters visible.
 * The exception are paths that go back to the host, which carry a label beside them. Times are
 * milliseconds since the epoch on the host's clock.
 */
import * as z from "zod";
import { identifierSchema, tokenUsageSchema } from "../core/events/eventParts.ts";

const timeSchema = z.number();

/** A file an agent wrote: `path` as events name it, `label` as people may see it. */
export const outputSchema = z.strictObject({ path: z.string(), label: z.string() });

export const headerSchema = z.strictObject({
  sessionId: identifierSchema,
  goal: z.string(),
  folders: z.array(z.string()),
  model: z.string().nullable(),
  /** The built-in demo model does the work, which is not an AI. */
  demo: z.boolean(),
  /** `kept`: only a program keeps it, nobody works on it and nobody will. */
  status: z.enum(["created", "planning", "running", "completed", "failed", "interrupted", "kept"]),
  /** It holds before its next model requests, because a person wanted it to. */
  isPaused: z.boolean(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  /** What a failure or an interruption is about. */
  problem: z.string().nullable(),
  summary: z.string(),
  outputs: z.array(outputSchema),
});

/** What the session has used so far. */
export const totalsSchema = z.strictObject({
  usage: tokenUsageSchema,
  /** US dollars of the requests whose price is known. */
  costUsd: z.number(),
  /** Some requests had no known price. */
  costIsPartial: z.boolean(),
  /** US dollars the session may cost; null when nothing limits it. */
  limitUsd: z.number().positive().nullable(),
});

export const stepRecordSchema = z.strictObject({
  stepId: z.string(),
  title: z.string(),
  description: z.string(),
  agentType: z.string(),
  dependsOn: z.array(z.string()),
  state: z.enum(["waiting", "running", "completed", "failed", "skipped", "stopped"]),
  agentId: z.string().nullable(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  outputs: z.array(outputSchema),
  problem: z.string().nullable(),
});

/** The plan without the states of its steps. */
export const planRecordSchema = z.strictObject({ summary: z.string(), stepIds: z.array(z.string()) });

/** The newest tool call of an agent. */
export const toolRecordSchema = z.strictObject({
  name: z.string(),
  /** What it is about: a path, a pattern, a command; on one line, cut when long. */
  subject: z.string(),
  state: z.enum(["running", "done", "failed"]),
  /** Other calls of the agent that run at the same time. */
  others: z.number().int().nonnegative(),
});

/** What a call did to one file: `path` as events name it, `label` as people may see it. */
export const effectRecordSchema = z.strictObject({
  path: z.string(),
  label: z.string(),
  change: z.enum(["created", "modified", "deleted"]),
});

/** One tool call of an agent. */
export const toolCallSchema = z.strictObject({
  toolUseId: z.string(),
  agentId: z.string(),
  name: z.string(),
  subject: z.string(),
  state: z.enum(["running", "done", "failed", "stopped"]),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  effects: z.array(effectRecordSchema),
  /** Files that were changed as well and are not listed. */
  moreEffects: z.number().int().nonnegative(),
});

export const agentRecordSchema = z.strictObject({
  agentId: z.string(),
  agentType: z.string(),
  stepId: z.string().nullable(),
  task: z.string(),
  model: z.string(),
  /** `asking`: an approval or a question of it waits for an answer. */
  state: z.enum(["running", "asking", "retrying", "completed", "failed", "stopped"]),
  /** The model thinks and writes nothing meanwhile. */
  thinking: z.boolean(),
  tool: toolRecordSchema.nullable(),
  turns: z.number().int().nonnegative(),
  usage: tokenUsageSchema,
  /** Of its newest answer that `usage` counts. */
  usedAt: timeSchema.nullable(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  outputs: z.array(outputSchema),
  /** Why it failed, or is tried again. */
  problem: z.string().nullable(),
});

export const approvalRecordSchema = z.strictObject({
  approvalId: identifierSchema,
  agentId: z.string(),
  stepId: z.string().nullable(),
  tool: z.string(),
  /** The exact argv, shell line or path, whole. */
  subject: z.string(),
  reason: z.string(),
  severity: z.enum(["normal", "protected", "tainted"]),
  /** Where content from outside entered the agent's context. */
  taint: z.array(z.string()),
  /** What could not be undone afterwards. */
  notCovered: z.string().nullable(),
  requestedAt: timeSchema,
});

export const questionRecordSchema = z.strictObject({
  questionId: identifierSchema,
  agentId: z.string(),
  stepId: z.string().nullable(),
  question: z.string(),
  /** Answers the agent suggests. */
  options: z.array(z.string()),
  askedAt: timeSchema,
});

/**
 * One stretch of time in the charts. Load is in percent of the machine, 0 to 100, null where nobody measured it;
 * `tokens` are those written per second; `costUsd` is what the session had cost at its end.
 */
export const chartPointSchema = z.strictObject({
  cpu: z.number().nullable(),
  memory: z.number().nullable(),
  tokens: z.number(),
  costUsd: z.number(),
});

/** Points from `index` on; what was known of later ones counts no more. All have the same width in milliseconds. */
export const chartPointsSchema = z.strictObject({
  start: timeSchema,
  width: z.number().positive(),
  index: z.number().int().nonnegative(),
  points: z.array(chartPointSchema),
});

/** The moment of the past that is shown, and what is to be known of the present beside it. */
export const momentSchema = z.strictObject({
  time: timeSchema,
  /** Questions and approvals that wait now. */
  openQuestions: z.number().int().nonnegative(),
});

/** When the session began and, when it runs no more, ended. */
export const spanSchema = z.strictObject({ from: timeSchema, to: timeSchema.nullable() });

/** One event in the list of events. */
export const logRowSchema = z.strictObject({
  seq: z.number().int().positive(),
  time: timeSchema,
  /** Kind of the event. */
  type: z.string(),
  /** The agent, or what else it came from. */
  source: z.string(),
  /** What it says, on one line, cut when long. */
  subject: z.string(),
  isProblem: z.boolean(),
});

/** What to look for in the list of events. */
export const logFilterSchema = z.strictObject({
  group: z.enum(["all", "steps", "agents", "tools", "questions", "money", "problems"]),
  /** In any letter case; empty for everything. */
  text: z.string().max(200),
});

/** The end of what an agent wrote; `omitted` when there is more before it. */
export const agentTextSchema = z.strictObject({ agentId: z.string(), text: z.string(), omitted: z.boolean() });

export const decisionSchema = z.enum(["allow", "allow_session", "deny"]);

export type Output = z.infer<typeof outputSchema>;
export type Header = z.infer<typeof headerSchema>;
export type Totals = z.infer<typeof totalsSchema>;
export type StepRecord = z.infer<typeof stepRecordSchema>;
export type PlanRecord = z.infer<typeof planRecordSchema>;
export type ToolRecord = z.infer<typeof toolRecordSchema>;
export type EffectRecord = z.infer<typeof effectRecordSchema>;
export type ToolCall = z.infer<typeof toolCallSchema>;
export type ChartPoint = z.infer<typeof chartPointSchema>;
export type ChartPoints = z.infer<typeof chartPointsSchema>;
export type Moment = z.infer<typeof momentSchema>;
export type Span = z.infer<typeof spanSchema>;
export type LogRow = z.infer<typeof logRowSchema>;
export type LogFilter = z.infer<typeof logFilterSchema>;
export type AgentRecord = z.infer<typeof agentRecordSchema>;
export type ApprovalRecord = z.infer<typeof approvalRecordSchema>;
export type QuestionRecord = z.infer<typeof questionRecordSchema>;
export type AgentText = z.infer<typeof agentTextSchema>;
export type Decision = z.infer<typeof decisionSchema>;
