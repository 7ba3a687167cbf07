/** Writes a session with everything it needs to one file. */
import type { OrchestratorEvent } from "../events/event.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import type { Clock } from "../ports.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import { OrchestratorError } from "../errors.ts";
import { FORMAT, FORMAT_VERSION, PART_BYTES } from "./container.ts";
import { writeContainer, type TransferRecord } from "./containerWriter.ts";
import { ExportedContents, type ContentsToExport, type ExportedBlobs } from "./exportedContents.ts";
import { redactEvent } from "./exportedEvent.ts";

export interface SessionExportOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "readEvents">;
  readonly redactor: SecretRedactor;
  readonly clock: Clock;
  /** Version of this program. */
  readonly program: string;
  /** Contents that events name and snapshots hold. Without, the file holds the log alone. */
  readonly blobs?: () => Promise<ExportedBlobs>;
}

export interface ExportRequest {
  readonly sessionId: string;
  /** Must not exist. */
  readonly file: string;
  /** Stops it; there is no file then. */
  readonly signal?: AbortSignal;
}

export interface ExportResult {
  readonly sessionId: string;
  readonly file: string;
  /** Of the file. */
  readonly bytes: number;
  readonly events: number;
  readonly blobs: number;
  /** Contents that stay behind: they hold a known secret, are too long, or cannot be read. */
  readonly withheld: number;
}

export class SessionExport {
  readonly #options: SessionExportOptions;

  constructor(options: SessionExportOptions) {
    this.#options = options;
  }

  /**
   * Writes the log as it is now; a session that runs goes on meanwhile. Rejects with `session.unknown`,
   * `export.exists`, `export.failed` or `export.invalidEvent`; then there is no file.
   */
  async export({ sessionId, file, signal }: ExportRequest): Promise<ExportResult> {
    const { sessions, clock, program } = this.#options;
    const { lastSeq } = await sessions.getSession(sessionId);
    const { hashes, withheld } = await this.#contents(sessionId, lastSeq, signal);
    const header = {
      format: FORMAT,
      version: FORMAT_VERSION,
      sessionId,
      exportedAt: new Date(clock.now()).toISOString(),
      program,
      events: lastSeq,
      blobs: hashes.length,
    } as const;
    const bytes = await writeContainer(file, header, this.#records(sessionId, lastSeq, hashes, signal));
    return { sessionId, file, bytes, events: lastSeq, blobs: hashes.length, withheld };
  }

  async *#records(
    sessionId: string,
    lastSeq: number,
    hashes: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TransferRecord> {
    const { redactor } = this.#options;
    for await (const event of this.#events(sessionId, lastSeq)) {
      signal?.throwIfAborted();
      yield { kind: "event", json: JSON.stringify(redactEvent(event, redactor)) };
    }
    const blobs = hashes.length > 0 ? await this.#options.blobs?.() : undefined;
    for (const hash of hashes) {
      signal?.throwIfAborted();
      const content = await blobs?.get(hash);
      if (content) yield* partsOf(hash, content);
    }
  }

  /** Rejects where the log has a gap: what comes after it does not follow. */
  async *#events(sessionId: string, lastSeq: number): AsyncGenerator<OrchestratorEvent> {
    let seq = 0;
    for await (const event of this.#options.sessions.readEvents(sessionId)) {
      if (event.seq > lastSeq || event.seq !== seq + 1) break;
      seq = event.seq;
      yield event;
    }
    if (seq === lastSeq) return;
    throw new OrchestratorError("export.invalidEvent", { id: sessionId, seq: seq + 1, detail: "it is missing" });
  }

  /** What of the contents may leave. */
  async #contents(sessionId: string, lastSeq: number, signal: AbortSignal | undefined): Promise<ContentsToExport> {
    const { blobs, redactor } = this.#options;
    if (!blobs) return { hashes: [], withheld: 0 };
    const contents = new ExportedContents(sessionId);
    for await (const event of this.#events(sessionId, lastSeq)) contents.note(event);
    return contents.choose(await blobs(), redactor, signal);
  }
}

function* partsOf(hash: string, content: Uint8Array): Generator<TransferRecord> {
  const parts = Math.max(1, Math.ceil(content.length / PART_BYTES));
  for (let part = 1; part <= parts; part++) {
    const piece = content.subarray((part - 1) * PART_BYTES, part * PART_BYTES);
    const data = Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString("base64");
    yield { kind: "blob", json: JSON.stringify({ hash, bytes: content.length, part, parts, data }) };
  }
}
