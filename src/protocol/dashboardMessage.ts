/** What the dashboard's server and its pages tell each other, besides the monitor's own messages. */
import * as z from "zod";
import { identifierSchema } from "../core/events/eventParts.ts";

/** A session in the list. Every text is ready to be shown; times are milliseconds since the epoch. */
export const listedSessionSchema = z.strictObject({
  sessionId: identifierSchema,
  title: z.string(),
  status: z.enum(["created", "planning", "running", "completed", "failed", "interrupted"]),
  /** Somebody runs it: what kind of program, and its process. */
  owner: z.strictObject({ host: z.string(), pid: z.number() }).nullable(),
  folders: z.array(z.string()),
  stepsCompleted: z.number(),
  stepsTotal: z.number(),
  agentsRunning: z.number(),
  costUsd: z.number(),
  costIsPartial: z.boolean(),
  demo: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
});

/** What became different in the list; the first one is the whole list. */
export const sessionListSchema = z.strictObject({
  /** All that are shown, newest first. */
  order: z.array(identifierSchema),
  /** Those that are new or have changed. */
  sessions: z.array(listedSessionSchema),
  /** There are older ones. */
  hasMore: z.boolean(),
  /** The server's clock when it was sent. */
  hostTime: z.number(),
});

/** Does somebody look at the page? One that nobody sees is sent nothing. */
export const attentionSchema = z.enum(["focused", "visible", "hidden"]);

/** Most messages a page sends at a time. */
export const MOST_MESSAGES = 64;

export const pageMessagesSchema = z.strictObject({
  attention: attentionSchema,
  /** Each a UiMessage. */
  messages: z.array(z.unknown()).max(MOST_MESSAGES),
});

/** Names of the events of a page's stream; a monitor's message has none. */
export const FEED_EVENT = "feed";

/** Sessions the list shows at first, and how many more each time. */
export const LIST_PAGE = 100;
export const LONGEST_LIST = 2_000;

export type ListedSession = z.infer<typeof listedSessionSchema>;
export type SessionList = z.infer<typeof sessionListSchema>;
export type Attention = z.infer<typeof attentionSchema>;
