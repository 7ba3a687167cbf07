/** Reads a container and believes nothing of it that its hashes do not say. */
import { createHash } from "node:crypto";
import type * as z from "zod";
import { OrchestratorError } from "../errors.ts";
import {
  blobSchema,
  endSchema,
  FORMAT_VERSION,
  formatSchema,
  headerSchema,
  LIMITS,
  sha256,
  type BlobPart,
  type TransferHeader,
  type TransferLimits,
} from "./container.ts";
import { readLines, tooLarge } from "./lineReader.ts";

export type TransferItem =
  | { readonly kind: "header"; readonly header: TransferHeader }
  | { readonly kind: "event"; readonly line: number; readonly event: unknown }
  | { readonly kind: "blob"; readonly line: number; readonly hash: string; readonly content: Buffer }
  /** The last one: everything before is as it was written. `sha256` is that of all lines before. */
  | { readonly kind: "end"; readonly sha256: string };

const RECORD = /^\{"sha256":"([0-9a-f]{64})","(event|blob|end)":(.*)\}$/s;

/** Decodes without replacing what is no text. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The header, the events, the contents and the end, in this order. Rejects with `import.unreadable`,
 * `import.notASession`, `import.newer`, `import.incomplete`, `import.changed`, `import.invalid` or
 * `import.tooLarge`; nothing that came before may be used then.
 */
export async function* readContainer(
  file: string,
  limits: TransferLimits = LIMITS,
): AsyncGenerator<TransferItem, void, void> {
  const whole = createHash("sha256");
  const blobs = new BlobAssembly(file, limits);
  let header: TransferHeader | undefined;
  let events = 0;
  let ended = false;
  let line = 0;
  for await (const bytes of readLines(file, limits)) {
    line += 1;
    if (ended) throw changed(file, line);
    if (!header) {
      header = readHeader(file, bytes, limits);
      whole.update(bytes).update("\n");
      yield { kind: "header", header };
      continue;
    }
    const { hash, kind, json } = readRecord(file, line, bytes);
    if (kind === "end") {
      const end = checked(file, line, endSchema, json);
      const complete = end.events === events && end.blobs === blobs.count && !blobs.isOpen;
      const promised = end.events === header.events && end.blobs === header.blobs;
      if (hash !== whole.digest("hex") || !complete || !promised) throw changed(file, line);
      ended = true;
      yield { kind, sha256: hash };
      continue;
    }
    if (sha256(json) !== hash) throw changed(file, line);
    whole.update(bytes).update("\n");
    if (kind === "event") {
      // Events come before the contents they name.
      if (++events > header.events || blobs.count > 0 || blobs.isOpen) throw changed(file, line);
      yield { kind, line, event: parsed(file, line, json) };
    } else {
      const content = blobs.add(checked(file, line, blobSchema, json), line);
      if (blobs.count > header.blobs) throw changed(file, line);
      if (content) yield { kind, line, ...content };
    }
  }
  if (!ended) throw new OrchestratorError("import.incomplete", { path: file });
}

function readHeader(path: string, bytes: Buffer, limits: TransferLimits): TransferHeader {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch (error) {
    throw new OrchestratorError("import.notASession", { path }, { cause: error });
  }
  const format = formatSchema.safeParse(value);
  if (!format.success) throw new OrchestratorError("import.notASession", { path });
  const { version } = format.data;
  if (version > FORMAT_VERSION) {
    throw new OrchestratorError("import.newer", { path, found: version, supported: FORMAT_VERSION });
  }
  const header = headerSchema.safeParse(value);
  if (!header.success) throw invalid(path, 1, header.error);
  if (header.data.events > limits.events || header.data.blobs > limits.blobs) throw tooLarge(path, limits.total);
  return header.data;
}

function readRecord(
  path: string,
  line: number,
  bytes: Buffer,
): { hash: string; kind: "event" | "blob" | "end"; json: string } {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch (error) {
    throw new OrchestratorError("import.changed", { path, line }, { cause: error });
  }
  const [, hash, kind, json] = RECORD.exec(text) ?? [];
  if (hash === undefined || kind === undefined || json === undefined) throw changed(path, line);
  return { hash, kind: kind as "event" | "blob" | "end", json };
}

function parsed(path: string, line: number, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new OrchestratorError("import.changed", { path, line }, { cause: error });
  }
}

function checked<Value>(path: string, line: number, schema: z.ZodType<Value>, json: string): Value {
  const result = schema.safeParse(parsed(path, line, json));
  if (!result.success) throw invalid(path, line, result.error);
  return result.data;
}

function changed(path: string, line: number): OrchestratorError {
  return new OrchestratorError("import.changed", { path, line });
}

function invalid(path: string, line: number, error: z.ZodError): OrchestratorError {
  const issue = error.issues[0];
  const detail = issue ? `${issue.path.map(String).join(".")}: ${issue.message}` : "it does not fit";
  return new OrchestratorError("import.invalid", { path, line, detail });
}

/** Puts the parts of a content together. */
class BlobAssembly {
  readonly #file: string;
  readonly #limits: TransferLimits;
  #open: { readonly first: BlobPart; readonly parts: Buffer[]; length: number } | undefined;
  #count = 0;

  constructor(file: string, limits: TransferLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  /** Contents that are whole. */
  get count(): number {
    return this.#count;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  add(part: BlobPart, line: number): { hash: string; content: Buffer } | undefined {
    if (part.bytes > this.#limits.blob) throw tooLarge(this.#file, this.#limits.blob);
    const open = (this.#open ??= { first: part, parts: [], length: 0 });
    const { first, parts } = open;
    const follows = part.hash === first.hash && part.bytes === first.bytes && part.parts === first.parts;
    if (!follows || part.part !== parts.length + 1) throw changed(this.#file, line);
    const data = Buffer.from(part.data, "base64");
    parts.push(data);
    open.length += data.length;
    if (open.length > part.bytes || (data.length === 0 && part.bytes > 0)) throw changed(this.#file, line);
    if (part.part < part.parts) return undefined;
    const content = Buffer.concat(parts);
    this.#open = undefined;
    this.#count += 1;
    if (content.length !== part.bytes || sha256(content) !== part.hash) throw changed(this.#file, line);
    return { hash: part.hash, content };
  }
}
