/** What several kinds of events carry: ids, plans, tokens, effects, errors. */
import * as z from "zod";

/** Session, step and agent ids: generated or given by people, and never a part of a path. */
export const identifierSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const stepSchema = z.object({
  id: identifierSchema,
  title: z.string().min(1).max(200),
  description: z.string().min(1).max(20_000),
  agentType: z.string().min(1).max(64),
  dependsOn: z.array(identifierSchema),
  /** Workspace path (relative, or `folder/…` with several folders) of the file the step should produce. */
  outputFile: z.string().min(1).max(1024).optional(),
  allowedTools: z.array(z.string()).optional(),
  writes: z.array(z.string()).optional(),
  acceptance: z.string().optional(),
});

export const planSchema = z.object({
  summary: z.string(),
  steps: z.array(stepSchema),
});

/** Tokens of one model request or a sum of them. */
export const tokenUsageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
});

/** What was or is at a path beside its content: permission bits, and bytes of the content. */
export const entrySchema = z.object({
  kind: z.enum(["file", "symlink", "directory", "leftOut"]),
  mode: z.number().int(),
  size: z.number(),
});

/**
 * What a tool call did to one path. Hashes are full SHA-256 in hex; `before` is absent for a new file. Of a link
 * the content is where it leads; of what snapshots leave out only the entry is known.
 */
export const effectSchema = z.object({
  path: z.string(),
  change: z.enum(["created", "modified", "deleted"]),
  before: z.string().optional(),
  after: z.string().optional(),
  beforeEntry: entrySchema.optional(),
  afterEntry: entrySchema.optional(),
  /** Agents that may have made the change as well: their commands ran at the same time. */
  shared: z.array(z.string()).optional(),
});

/** How many files a snapshot leaves out, by why. */
export const leftOutCountsSchema = z.object({
  size: z.number().int(),
  ignored: z.number().int(),
  secret: z.number().int(),
  unreadable: z.number().int(),
  special: z.number().int(),
});

/** An error as an event carries it: a code with parameters (words live in the host) and the plain message. */
export const errorInfoSchema = z.object({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  message: z.string(),
});

/** What a person can do about an error; `command` is a terminal command line. */
export const suggestionSchema = z.object({
  action: z.string(),
  reason: z.string(),
  automatic: z.boolean(),
  command: z.string().optional(),
});

/** Why text must be treated as untrusted: where web or MCP content entered. */
export const taintSchema = z.array(z.string());

/** What snapshots do not keep of what a call may change. */
export const notCoveredSchema = z.object({
  /** Everything outside the workspace folders. */
  outside: z.boolean(),
  counts: leftOutCountsSchema.optional(),
  /** Some of the paths within the folders. */
  paths: z.array(z.string()).optional(),
});
