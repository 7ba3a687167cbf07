/**
 * The file a session is exported to: lines of JSON, compressed with gzip.
 *
 *     {"format":"ai-orchestrator-session","version":1,"sessionId":…,"exportedAt":…,"program":…,"events":2,"blobs":1}
 *     {"sha256":"…","event":{…}}
 *     {"sha256":"…","event":{…}}
 *     {"sha256":"…","blob":{"hash":…,"bytes":3,"part":1,"parts":1,"data":"…"}}
 *     {"sha256":"…","end":{"events":2,"blobs":1}}
 *
 * `sha256` of an event or a blob is that of the JSON after it, byte for byte; that of the end is of every line
 * before it with its line feed. Events come in the order of the log, then the contents they name, long ones in
 * parts that follow each other.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { identifierSchema } from "../events/eventParts.ts";

export const FORMAT = "ai-orchestrator-session";
export const FORMAT_VERSION = 1;

/**
 * What an import takes at most, far beyond any session there was: a file that claims or holds more is made to
 * fill memory or disk. Lengths in bytes.
 */
export interface TransferLimits {
  readonly events: number;
  readonly blobs: number;
  readonly line: number;
  readonly blob: number;
  /** Of everything, uncompressed. */
  readonly total: number;
}

export const LIMITS: TransferLimits = {
  events: 5_000_000,
  blobs: 1_000_000,
  line: 64 * 1024 * 1024,
  blob: 256 * 1024 * 1024,
  total: 8 * 1024 * 1024 * 1024,
};

/** Content per line, in bytes: a line stays short, and base64 of it needs no padding within a content. */
export const PART_BYTES = 768 * 1024;

/** What every file begins with: gzip without a name, a time or the kind of system (RFC 1952). */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

const count = z.number().int().nonnegative();

/** Enough to tell a file of ours, also of a later version. */
export const formatSchema = z.looseObject({ format: z.literal(FORMAT), version: z.number().int().positive() });

export const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  sessionId: identifierSchema,
  exportedAt: z.iso.datetime(),
  /** Version of the program that wrote it. */
  program: z.string().max(100),
  events: count,
  blobs: count,
});

export const blobSchema = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: count,
  part: z.number().int().positive(),
  parts: z.number().int().positive(),
  data: z.base64(),
});

export const endSchema = z.strictObject({ events: count, blobs: count });

export type TransferHeader = z.infer<typeof headerSchema>;
export type BlobPart = z.infer<typeof blobSchema>;
export type TransferEnd = z.infer<typeof endSchema>;

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
