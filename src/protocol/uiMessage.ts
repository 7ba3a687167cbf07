/** What the monitor UI tells its host. */
import * as z from "zod";
import { identifierSchema } from "../core/events/eventParts.ts";
import { LONGEST_ANSWER } from "./answerLength.ts";
import { decisionSchema } from "./monitorModel.ts";

/** Longest path a host looks at; longer ones no file system has. */
const LONGEST_PATH = 4096;
/** Longest description of a rejected message. */
export const LONGEST_DETAIL = 1000;

export const uiMessageSchema = z.discriminatedUnion("type", [
  /** The UI listens; the host answers with a snapshot or `sessionMissing`. */
  z.strictObject({ type: z.literal("ready") }),
  /** A message is missing or did not fit; the host answers with a snapshot. */
  z.strictObject({ type: z.literal("resnapshot") }),
  /** Everything up to `sequence` has been drawn. */
  z.strictObject({ type: z.literal("ack"), sequence: z.number().int().positive() }),
  z.strictObject({ type: z.literal("stop") }),
  z.strictObject({ type: z.literal("answerApproval"), approvalId: identifierSchema, decision: decisionSchema }),
  z.strictObject({
    type: z.literal("answerQuestion"),
    questionId: identifierSchema,
    /** Blanks alone are no answer. */
    text: z.string().max(LONGEST_ANSWER).regex(/\S/),
  }),
  /** `path` of an output the host named. */
  z.strictObject({ type: z.literal("openFile"), path: z.string().min(1).max(LONGEST_PATH) }),
  /** Show the session where sessions are listed. */
  z.strictObject({ type: z.literal("openSession") }),
  /** A message of the host did not fit the protocol and was ignored; for the host's log. */
  z.strictObject({ type: z.literal("rejected"), detail: z.string().max(LONGEST_DETAIL) }),
]);

export type UiMessage = z.infer<typeof uiMessageSchema>;
