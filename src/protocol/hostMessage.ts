/**
 * What a host tells the monitor UI.
 *
 * After `ready` comes a snapshot, then deltas. Snapshots and deltas carry `sequence`, which grows by one
 * from message to message; a UI that misses a number asks for a new snapshot.
 */
import * as z from "zod";
import {
  agentRecordSchema,
  agentTextSchema,
  approvalRecordSchema,
  chartPointsSchema,
  headerSchema,
  logRowSchema,
  momentSchema,
  planRecordSchema,
  questionRecordSchema,
  spanSchema,
  stepRecordSchema,
  toolCallSchema,
  totalsSchema,
} from "./monitorModel.ts";

const sequenceSchema = z.number().int().positive();
/** `seq` of the newest event that is part of what is shown; 0 before the first. */
const lastSeqSchema = z.number().int().nonnegative();

/** Text an agent wrote since the last message, or its whole end where a part of it became void. */
export const textChangeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("append"), agentId: z.string(), text: z.string() }),
  z.strictObject({ kind: z.literal("replace"), ...agentTextSchema.shape }),
]);

/** The whole of what is shown. */
export const contentSchema = z.strictObject({
  lastSeq: lastSeqSchema,
  header: headerSchema,
  totals: totalsSchema,
  plan: planRecordSchema.nullable(),
  steps: z.array(stepRecordSchema),
  /** In the order in which they began. */
  agents: z.array(agentRecordSchema),
  texts: z.array(agentTextSchema),
  /** The open ones, oldest first. */
  approvals: z.array(approvalRecordSchema),
  /** The open ones, oldest first. */
  questions: z.array(questionRecordSchema),
  /** The newest of each agent, oldest first. */
  calls: z.array(toolCallSchema),
  charts: chartPointsSchema.nullable(),
});

/** What became different: a record stands for the whole record, an absent field for no change. */
export const changesSchema = z.strictObject({
  lastSeq: lastSeqSchema,
  header: headerSchema.optional(),
  totals: totalsSchema.optional(),
  /** Steps that are not in it any more are gone. */
  plan: planRecordSchema.optional(),
  steps: z.array(stepRecordSchema).optional(),
  agents: z.array(agentRecordSchema).optional(),
  texts: z.array(textChangeSchema).optional(),
  approvals: z.array(approvalRecordSchema).optional(),
  /** Approvals that are no longer open. */
  closedApprovals: z.array(z.string()).optional(),
  questions: z.array(questionRecordSchema).optional(),
  /** Questions that are no longer open. */
  closedQuestions: z.array(z.string()).optional(),
  calls: z.array(toolCallSchema).optional(),
  charts: chartPointsSchema.optional(),
});

/** What a person may have asked for. */
const requestSchema = z.literal([
  ...(["stop", "pause", "continue", "retryStep", "answerApproval", "answerQuestion"] as const),
  ...(["openFile", "openDiff", "openLink", "openSession", "showMoment", "readLog", "readEvent"] as const),
]);

export const hostMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("snapshot"),
    sequence: sequenceSchema,
    /** The host's clock when it was sent: the UI's own may differ. */
    hostTime: z.number(),
    /** Nothing can be stopped or answered from here. */
    readOnly: z.boolean(),
    /** Steps of a session that has ended can be run again from here. */
    canRetry: z.boolean(),
    /** Files, and what was done to them, can be opened from here. */
    opensFiles: z.boolean(),
    /** Null when the present is shown. */
    moment: momentSchema.nullable(),
    /** Null before the session's first event. */
    span: spanSchema.nullable(),
    content: contentSchema,
  }),
  z.strictObject({
    type: z.literal("delta"),
    sequence: sequenceSchema,
    moment: momentSchema.optional(),
    span: spanSchema.optional(),
    changes: changesSchema,
  }),
  /** There is no such session, or not any more. */
  z.strictObject({ type: z.literal("sessionMissing") }),
  /** Why the session cannot be read at the moment, and what is shown may be out of date; null when it can again. */
  z.strictObject({ type: z.literal("readProblem"), message: z.string().nullable() }),
  /** What the person asked for was not done; `message` says why. */
  z.strictObject({
    type: z.literal("refused"),
    request: requestSchema,
    approvalId: z.string().optional(),
    questionId: z.string().optional(),
    /** Of the event that was to be read. */
    seq: z.number().int().optional(),
    message: z.string(),
  }),
  /** The answer to `readLog` with the same number. */
  z.strictObject({
    type: z.literal("logPage"),
    requestId: z.number().int(),
    /** In the order of the log. */
    rows: z.array(logRowSchema),
    /** Everything between where the request began and this `seq` was looked at. */
    reached: lastSeqSchema,
    /** There is nothing more in that direction now. */
    isEnd: z.boolean(),
  }),
  /** The answer to `readEvent`: all of the event; null when it is not there. */
  z.strictObject({ type: z.literal("eventDetail"), seq: lastSeqSchema, detail: z.string().nullable() }),
  /** Bring this agent's card into view and focus it. */
  z.strictObject({ type: z.literal("revealAgent"), agentId: z.string() }),
]);

export type TextChange = z.infer<typeof textChangeSchema>;
export type MonitorContent = z.infer<typeof contentSchema>;
export type MonitorChanges = z.infer<typeof changesSchema>;
export type HostMessage = z.infer<typeof hostMessageSchema>;
export type LogPage = Omit<Extract<HostMessage, { type: "logPage" }>, "type" | "requestId">;
/** A wish of the UI, as a refusal names it, with the id of what it was about. */
export type Refusal = Omit<Extract<HostMessage, { type: "refused" }>, "type">;
/** What a refused wish was about. */
export type RefusalSubject = Pick<Refusal, "approvalId" | "questionId" | "seq">;
