/**
 * Every event an orchestrator session can hold, as one discriminated union.
 *
 * One shape everywhere (bus, log, stream, webview, `--json`), flat:
 * `{ id, seq, epoch, timestamp, sessionId, source, type, … }`. A kind is added here when a view or a
 * resume needs it; `EventType` (eventType.ts) lists the names for API users.
 */
import * as z from "zod";
import {
  effectSchema,
  entrySchema,
  errorInfoSchema,
  identifierSchema,
  leftOutCountsSchema,
  notCoveredSchema,
  planSchema,
  suggestionSchema,
  taintSchema,
  tokenUsageSchema,
  type stepSchema,
} from "./eventParts.ts";

/** What a program keeps, as it is: also under the key `__proto__`, which a record of zod leaves out. */
const anyObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected an object",
);

const base = z.object({
  id: z.string(),
  /** Position in the session's log, from 1, without gaps. Absent on what an API user or plugin publishes. */
  seq: z.number().int().positive(),
  /** Number of the owner that wrote the event; grows with every new owner of the session. */
  epoch: z.number().int().positive(),
  timestamp: z.iso.datetime(),
  sessionId: identifierSchema,
  source: z.string(),
});

/** Fields of every event that belongs to one agent. */
const agent = {
  agentId: z.string(),
  stepId: z.string().optional(),
  attempt: z.number().int().positive().optional(),
  batchId: z.string().optional(),
};

const percent = z.number().min(0).max(100);

const stepFields = {
  stepId: z.string(),
  title: z.string(),
  description: z.string(),
  attempt: z.number().int().positive(),
};

/** A content block of the Messages API exactly as it was received. */
const contentBlock = z.looseObject({ type: z.string() });

function kind<const Name extends string, Shape extends z.core.$ZodLooseShape>(name: Name, shape: Shape) {
  return base.extend({ type: z.literal(name), ...shape });
}

export const eventSchema = z.discriminatedUnion("type", [
  // Session
  kind("session_created", {
    goal: z.string(),
    folders: z.array(z.object({ name: z.string(), path: z.string() })),
    model: z.string().optional(),
    provider: z.string().optional(),
    demo: z.boolean().optional(),
    state: anyObject.optional(),
  }),
  kind("session_updated", { patch: anyObject }),
  kind("session_renamed", { title: z.string() }),
  kind("session_tagged", { tags: z.array(z.string()) }),
  /**
   * Everything before came from a file: it is bound to no folder here, and what it says may steer an agent.
   * `sha256` is that of the file's events, as its last line gives it.
   */
  kind("session_imported", {
    from: z.object({ sessionId: identifierSchema, exportedAt: z.iso.datetime(), program: z.string() }),
    sha256: z.string(),
    taint: taintSchema,
  }),
  /**
   * What comes before is a copy of another session's log up to a version. With a goal of its own the session plans
   * anew; `prompt` is what a person adds for the planner and every agent.
   */
  kind("session_forked", {
    parentSessionId: identifierSchema,
    parentVersionId: z.string(),
    goal: z.string().optional(),
    prompt: z.string().optional(),
    model: z.string().optional(),
    folders: z.array(z.object({ name: z.string(), path: z.string() })),
  }),
  kind("lease_taken", { owner: z.string() }),
  // Plan
  kind("plan_created", { plan: planSchema }),
  kind("plan_revised", { plan: planSchema, reason: z.string() }),
  // Steps
  kind("step_started", { ...stepFields, agentType: z.string() }),
  kind("step_completed", {
    ...stepFields,
    agentId: z.string(),
    result: z.string(),
    outputs: z.array(z.string()),
    taint: taintSchema.optional(),
  }),
  kind("step_failed", { ...stepFields, agentId: z.string().optional(), error: errorInfoSchema }),
  kind("step_skipped", { ...stepFields, reason: z.string(), blockedBy: z.array(z.string()) }),
  /** A person wants these to run again from their beginning; what they had reached counts no more. */
  kind("steps_reset", { stepIds: z.array(z.string()) }),
  // Agents
  kind("agent_initialized", {
    ...agent,
    agentType: z.string(),
    taskDescription: z.string(),
    model: z.string(),
    tools: z.array(z.string()),
    /** Tools the definition names that this run does not get, with the reason as a message code. */
    withheldTools: z.array(z.object({ tool: z.string(), reason: z.string() })).optional(),
  }),
  /** The run holds before its next model requests, or goes on. */
  kind("pool_paused", { by: z.string(), commandId: z.string().optional() }),
  kind("pool_continued", { by: z.string(), commandId: z.string().optional() }),
  /** An agent of a process that ended goes on from its last committed turn. */
  kind("agent_continued", { ...agent, turn: z.number().int().nonnegative() }),
  kind("text_chunk", { ...agent, content: z.string() }),
  kind("thinking_chunk", { ...agent, content: z.string() }),
  kind("turn_completed", {
    ...agent,
    turn: z.number().int().positive(),
    message: z.object({ role: z.literal("assistant"), content: z.array(contentBlock) }),
    stopReason: z.string().nullable(),
    usage: tokenUsageSchema,
  }),
  /** A user turn we added to a conversation ourselves: the task, a nudge, a message of the person. */
  kind("message_sent", { ...agent, content: z.string(), by: z.string(), commandId: z.string().optional() }),
  kind("agent_completed", { ...agent, result: z.string(), outputs: z.array(z.string()) }),
  kind("agent_error", { ...agent, error: errorInfoSchema, suggestions: z.array(suggestionSchema) }),
  kind("retry_scheduled", { ...agent, delayMs: z.number(), reason: z.string(), error: errorInfoSchema.optional() }),
  // Tools
  kind("tool_use", { ...agent, toolUseId: z.string(), tool: z.string(), input: z.unknown() }),
  /** Intent of a call that changes something, committed before its effect. */
  kind("tool_started", {
    ...agent,
    toolUseId: z.string(),
    tool: z.string(),
    /** What is there, and `after`: the hash of what is about to be written, where it is known. */
    preImages: z
      .array(
        z.object({
          path: z.string(),
          before: z.string().optional(),
          beforeEntry: entrySchema.optional(),
          after: z.string().optional(),
        }),
      )
      .optional(),
    /** The folders before a command, as a manifest: what it changed is found by comparison. */
    manifest: z.string().optional(),
    processGroup: z.number().int().optional(),
    processStartedAt: z.string().optional(),
  }),
  kind("tool_output", { ...agent, toolUseId: z.string(), content: z.string() }),
  kind("tool_result", {
    ...agent,
    toolUseId: z.string(),
    tool: z.string(),
    isError: z.boolean(),
    content: z.string(),
    effects: z.array(effectSchema),
  }),
  kind("approval_requested", {
    ...agent,
    approvalId: z.string(),
    toolUseId: z.string().optional(),
    tool: z.string(),
    input: z.unknown(),
    reason: z.string(),
    /** The exact argv, shell line or path the person decides about. */
    subject: z.string().optional(),
    severity: z.enum(["normal", "protected", "tainted"]).optional(),
    taint: taintSchema.optional(),
    /** What cannot be undone afterwards, whoever says yes. */
    notCovered: notCoveredSchema.optional(),
  }),
  kind("approval_resolved", {
    ...agent,
    approvalId: z.string(),
    decision: z.enum(["allow", "allow_session", "deny"]),
    by: z.string(),
    reason: z.string().optional(),
    commandId: z.string().optional(),
  }),
  kind("question_asked", { ...agent, questionId: z.string(), question: z.string(), options: z.array(z.string()) }),
  kind("question_answered", {
    ...agent,
    questionId: z.string(),
    /** Null when nobody answered in time or the run was stopped. */
    answer: z.string().nullable(),
    by: z.string(),
    commandId: z.string().optional(),
  }),
  // Plugins; what they do are events of tools with them as `agentId`
  kind("plugin_loaded", {
    plugin: z.string(),
    version: z.string(),
    runtime: z.enum(["sandbox", "node"]),
    /** SHA-256 of its files. */
    hash: z.string(),
    permissions: z.array(z.string()),
    tools: z.array(z.string()),
    agentTypes: z.array(z.string()),
  }),
  kind("plugin_error", { plugin: z.string(), error: errorInfoSchema }),
  // Money
  /**
   * A model request is about to be sent. It may cost something from here on: when its `usage_recorded` is missing,
   * the process ended in between, and the session's next owner records what it can tell.
   */
  kind("request_started", {
    requestId: z.string(),
    agentId: z.string().optional(),
    stepId: z.string().optional(),
    purpose: z.string(),
    model: z.string(),
    /** From the length of the request. */
    estimatedInputTokens: z.number().int().nonnegative(),
    /** Milliseconds it waited for its turn at the server, if it did. */
    queuedMs: z.number().int().positive().optional(),
  }),
  kind("usage_recorded", {
    requestId: z.string().optional(),
    agentId: z.string().optional(),
    stepId: z.string().optional(),
    purpose: z.string(),
    model: z.string(),
    usage: tokenUsageSchema,
    /** US dollars; null when the model's price is unknown. */
    costUsd: z.number().nullable(),
    /** True when the answer was cut off before its end, or its turn never came into the log. */
    wasted: z.boolean().optional(),
    /** True when nobody heard what it cost: the request's length and the text that had arrived stand for it. */
    estimated: z.boolean().optional(),
  }),
  // Load
  /**
   * What machine, process and team did since the sample before, so that a session keeps its charts. Volatile like
   * text. The longer a run, the further apart (see runMetrics.ts), so that an hour adds a few hundred of them.
   */
  kind("metrics_sampled", {
    /** Percent of the machine, 0 to 100: all of it, and the process that runs the session. */
    cpu: percent,
    memory: percent,
    processCpu: percent,
    processMemory: percent,
    /** Milliseconds; the longest that the process's event loop was held up. */
    eventLoopDelayMs: z.number().nonnegative(),
    /** Output of all agents, estimated from the text that arrived. */
    tokensPerSecond: z.number().nonnegative(),
    /** US dollars of the whole session so far, of requests whose price is known. */
    costUsd: z.number().nonnegative(),
    /** Agents at work in the session. */
    agents: z.number().int().nonnegative(),
  }),
  // Versions
  /**
   * A point of the session that can be compared, restored and forked. `manifest` names the folders with everything
   * in them (src/core/snapshots); the first version gets its own with `snapshot_captured`.
   */
  kind("snapshot_created", {
    versionId: z.string(),
    /** `session_created`, `step_completed`, `command`, `requested`, `before_restore`, `session_updated`, … */
    reason: z.string(),
    stepId: z.string().optional(),
    agentId: z.string().optional(),
    toolUseId: z.string().optional(),
    manifest: z.string().optional(),
    /** Paths that differ from the version before. */
    files: z.number().int().nonnegative().optional(),
    /** What a person calls it. */
    label: z.string().optional(),
    commandId: z.string().optional(),
  }),
  /** The folders of a version that was created before, now that they have been read. */
  kind("snapshot_captured", {
    versionId: z.string(),
    manifest: z.string(),
    /** Files in the snapshot, and their bytes. */
    files: z.number().int().nonnegative(),
    bytes: z.number().nonnegative(),
    leftOut: leftOutCountsSchema,
  }),
  /** The folders could not be stored; what depends on it is refused until it works again. */
  kind("snapshot_failed", {
    versionId: z.string().optional(),
    error: errorInfoSchema,
    suggestions: z.array(suggestionSchema),
  }),
  /** Not removed when space is short. */
  kind("snapshot_pinned", { versionId: z.string(), pinned: z.boolean() }),
  /** The folders of these versions are no longer kept; the versions stay as points of the session. */
  kind("snapshots_removed", { versionIds: z.array(z.string()), reason: z.enum(["user", "quota"]) }),
  /**
   * Files are about to be changed as a person decided. Without its `snapshot_restored` the restore was interrupted
   * and is finished by whoever goes on with the session.
   */
  kind("restore_started", {
    restoreId: z.string(),
    /** The version restored, of this session. Absent when single changes are taken back. */
    versionId: z.string().optional(),
    safetyVersionId: z.string(),
    /** What is restored, for people: `version`, `step:ID`, `agent:ID`, `files`. */
    scope: z.string(),
    /** Manifest of what the folders are to be. */
    after: z.string(),
    /** Hash of the steps, as JSON. */
    steps: z.string(),
    /** Hashes of contents that are in no manifest, such as merges. */
    contents: z.array(z.string()).optional(),
    /** Where the folders are, when that is not where the session had them: from now on it belongs there. */
    folders: z.array(z.object({ name: z.string(), path: z.string() })).optional(),
    commandId: z.string().optional(),
  }),
  kind("snapshot_restored", {
    restoreId: z.string(),
    versionId: z.string().optional(),
    safetyVersionId: z.string(),
    scope: z.string(),
    effects: z.array(effectSchema),
    /** Paths that stayed as they were, with the reason. */
    failed: z.array(z.object({ path: z.string(), failure: z.string(), detail: z.string() })),
  }),
  // Workflow
  kind("workflow_completed", {
    workspace: z.string(),
    outputs: z.array(z.string()),
    summary: z.string(),
    usage: tokenUsageSchema,
    costUsd: z.number().nullable(),
  }),
  kind("workflow_failed", {
    workspace: z.string(),
    outputs: z.array(z.string()),
    summary: z.string(),
    usage: tokenUsageSchema,
    costUsd: z.number().nullable(),
    error: errorInfoSchema,
  }),
  kind("workflow_interrupted", {
    lastCompletedStep: z.string().nullable(),
    reason: z.string(),
    by: z.string(),
    commandId: z.string().optional(),
  }),
  /** `folders` and `model` are there when the session goes on in other folders or with another model than before. */
  kind("workflow_resumed", {
    lastSeq: z.number().int().nonnegative(),
    folders: z.array(z.object({ name: z.string(), path: z.string() })).optional(),
    model: z.string().optional(),
    /** The earlier version it goes on from. */
    versionId: z.string().optional(),
  }),
]);

export type OrchestratorEvent = z.infer<typeof eventSchema>;
export type EventKind = OrchestratorEvent["type"];
export type EventOf<Kind extends EventKind> = Extract<OrchestratorEvent, { type: Kind }>;

type Assigned = "id" | "seq" | "epoch" | "timestamp" | "sessionId";
type WithoutAssigned<Event> = Event extends unknown ? Omit<Event, Assigned> : never;
/** What a producer hands to the log: everything but the fields the log assigns. */
export type EventDraft = WithoutAssigned<OrchestratorEvent>;

export type Step = z.infer<typeof stepSchema>;
export type Plan = z.infer<typeof planSchema>;
export type TokenUsage = z.infer<typeof tokenUsageSchema>;
export type Effect = z.infer<typeof effectSchema>;
export type NotCovered = z.infer<typeof notCoveredSchema>;
export type ErrorInfo = z.infer<typeof errorInfoSchema>;
export type Suggestion = z.infer<typeof suggestionSchema>;

export const ZERO_USAGE: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

export function addUsage(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
  };
}
