/** What the monitor UI tells its host. */
import * as z from "zod";
import { identifierSchema } from "../core/events/eventParts.ts";
import { LONGEST_ANSWER } from "./answerLength.ts";
import { decisionSchema, logFilterSchema } from "./monitorModel.ts";

/** Longest path a host looks at; longer ones no file system has. */
const LONGEST_PATH = 4096;
/** Longest link a host looks at; longer ones no browser opens. */
export const LONGEST_LINK = 2048;
/** Rows of the list of events that can be asked for at a time. */
export const MOST_LOG_ROWS = 200;
/** Longest description of a rejected message. */
export const LONGEST_DETAIL = 1000;

/** Where a link in foreign text may lead: to a page or to a mail, never to a command or a file. */
export const linkSchema = z.url({ protocol: /^(?:https?|mailto)$/ }).max(LONGEST_LINK);

export const uiMessageSchema = z.discriminatedUnion("type", [
  /** The UI listens; the host answers with a snapshot or `sessionMissing`. */
  z.strictObject({ type: z.literal("ready") }),
  /** A message is missing or did not fit; the host answers with a snapshot. */
  z.strictObject({ type: z.literal("resnapshot") }),
  /** Everything up to `sequence` has been drawn. */
  z.strictObject({ type: z.literal("ack"), sequence: z.number().int().positive() }),
  z.strictObject({ type: z.literal("stop") }),
  z.strictObject({ type: z.literal("pause") }),
  z.strictObject({ type: z.literal("continue") }),
  /** Run a step again from its beginning, and what depends on it. */
  z.strictObject({ type: z.literal("retryStep"), stepId: identifierSchema }),
  z.strictObject({ type: z.literal("answerApproval"), approvalId: identifierSchema, decision: decisionSchema }),
  z.strictObject({
    type: z.literal("answerQuestion"),
    questionId: identifierSchema,
    /** Blanks alone are no answer. */
    text: z.string().max(LONGEST_ANSWER).regex(/\S/),
  }),
  /** `path` of an output the host named. */
  z.strictObject({ type: z.literal("openFile"), path: z.string().min(1).max(LONGEST_PATH) }),
  /** Show what a tool call did to a file, both as the host named them. */
  z.strictObject({
    type: z.literal("openDiff"),
    sessionId: identifierSchema,
    toolUseId: z.string().min(1).max(256),
    path: z.string().min(1).max(LONGEST_PATH),
  }),
  /** A link in an agent's text, of which the person has seen where it leads. */
  z.strictObject({ type: z.literal("openLink"), url: linkSchema }),
  /** Show the session as it was at a time, in milliseconds since the epoch; null for the present. */
  z.strictObject({ type: z.literal("showMoment"), time: z.number().nullable() }),
  /** Rows of the list of events after or before a `seq`, up to the moment that is shown. */
  z.strictObject({
    type: z.literal("readLog"),
    requestId: z.number().int(),
    filter: logFilterSchema,
    direction: z.enum(["after", "before"]),
    seq: z.number().int().nonnegative(),
    limit: z.number().int().positive().max(MOST_LOG_ROWS),
  }),
  /** All of one event. */
  z.strictObject({ type: z.literal("readEvent"), seq: z.number().int().positive() }),
  /** Show the session where sessions are listed. */
  z.strictObject({ type: z.literal("openSession") }),
  /** A message of the host did not fit the protocol and was ignored; for the host's log. */
  z.strictObject({ type: z.literal("rejected"), detail: z.string().max(LONGEST_DETAIL) }),
]);

export type UiMessage = z.infer<typeof uiMessageSchema>;
export type LogRequest = Omit<Extract<UiMessage, { type: "readLog" }>, "type" | "requestId">;
