/** Takes a session from a file that anybody may have made. */
import { OrchestratorError } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import { writeStaged, type StagedSession } from "../sessions/stagedSession.ts";
import type { BlobStore, ContentKind } from "../store/blobStore.ts";
import type { LeaseOwner, SessionStore } from "../store/sessionStore.ts";
import type { StoreMaintenance } from "../store/storeMaintenance.ts";
import type { TransferHeader, TransferLimits } from "./container.ts";
import { readContainer } from "./containerReader.ts";
import { ImportedContents } from "./importedContents.ts";
import { ImportCheck } from "./importedEvent.ts";

/** Contents and bytes of them that are stored together. */
const BATCH_CONTENTS = 2_000;
const BATCH_BYTES = 16 * 1024 * 1024;

/** Longest id. */
const ID_LENGTH = 64;

export interface SessionImportOptions {
  readonly store: SessionStore & StoreMaintenance;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: LeaseOwner;
  /** Where contents go. Without, those of the file are left out. */
  readonly blobs?: () => Promise<Pick<BlobStore, "put">>;
  /** Default: LIMITS. */
  readonly limits?: TransferLimits;
}

export interface ImportRequest {
  readonly file: string;
  /** Stops it; nothing is there then. */
  readonly signal?: AbortSignal;
}

export interface ImportResult {
  /** The id the session has here. */
  readonly sessionId: string;
  /** The id it had where it comes from; another one than here when that was taken. */
  readonly originalId: string;
  readonly events: number;
  readonly blobs: number;
}

interface Verified {
  readonly header: TransferHeader;
  readonly sha256: string;
}

export class SessionImport {
  readonly #options: SessionImportOptions;

  constructor(options: SessionImportOptions) {
    this.#options = options;
  }

  /**
   * Reads the file twice: what is not in order is known before anything is written, and the session appears
   * when all of it is there. It belongs to no folder, and what it says counts as content from outside.
   *
   * Rejects with `import.*`, and nothing is there then.
   */
  async import({ file, signal }: ImportRequest): Promise<ImportResult> {
    const verified = await this.#verify(file, signal);
    await this.#options.store.removeLeftovers();
    const sessionId = await this.#freeId(verified.header.sessionId);
    return this.#write({ file, ...(signal ? { signal } : {}) }, sessionId, verified);
  }

  async #verify(file: string, signal: AbortSignal | undefined): Promise<Verified> {
    let check: ImportCheck | undefined;
    let header: TransferHeader | undefined;
    const contents = new ImportedContents(file);
    for await (const item of readContainer(file, this.#options.limits)) {
      signal?.throwIfAborted();
      if (item.kind === "header") check = new ImportCheck(file, (header = item.header).sessionId);
      else if (item.kind === "event") {
        const event = check?.accept(item.event, item.line);
        if (event) contents.note(event);
      } else if (item.kind === "blob") contents.kindOf(item.hash, item.content, item.line);
      else if (item.kind === "end" && header && check && check.seq > 0) return { header, sha256: item.sha256 };
    }
    throw new OrchestratorError("import.incomplete", { path: file });
  }

  /** The id itself, or with the first number that makes it a new one. */
  async #freeId(wanted: string): Promise<string> {
    const { store } = this.#options;
    for (let number = 1; ; number++) {
      const end = number === 1 ? "" : `_${number}`;
      const id = wanted.slice(0, ID_LENGTH - end.length) + end;
      if (!(await store.getSession(id))) return id;
    }
  }

  #write(request: ImportRequest, sessionId: string, verified: Verified): Promise<ImportResult> {
    return writeStaged(this.#options, "import", async (staged) => {
      const { epoch, blobs } = await this.#copy(request, sessionId, verified, staged);
      const { sessionId: originalId, events } = verified.header;
      return { as: { sessionId, epoch }, result: { sessionId, originalId, events, blobs } };
    });
  }

  async #copy(
    { file, signal }: ImportRequest,
    sessionId: string,
    { header, sha256 }: Verified,
    staged: StagedSession,
  ): Promise<{ epoch: number; blobs: number }> {
    const check = new ImportCheck(file, header.sessionId);
    const contents = new ImportedContents(file);
    const store = header.blobs > 0 ? await this.#options.blobs?.() : undefined;
    const batch = store && new ContentBatch(store);
    let blobs = 0;
    let same = false;
    for await (const item of readContainer(file, this.#options.limits)) {
      signal?.throwIfAborted();
      if (item.kind === "event") {
        const event = check.accept(item.event, item.line);
        contents.note(event);
        await staged.add({ ...event, sessionId });
      } else if (item.kind === "blob") {
        await batch?.add(item.content, contents.kindOf(item.hash, item.content, item.line));
        blobs += 1;
      } else if (item.kind === "end") same = item.sha256 === sha256;
    }
    // Somebody wrote to the file between the two readings.
    if (!same) throw new OrchestratorError("import.changed", { path: file, line: 0 });
    await batch?.flush();
    signal?.throwIfAborted();
    const epoch = check.epoch + 1;
    await staged.add(this.#imported(sessionId, { header, sha256 }, { epoch, seq: check.seq + 1 }));
    return { epoch, blobs: store ? blobs : 0 };
  }

  #imported(
    sessionId: string,
    { header, sha256 }: Verified,
    { epoch, seq }: { epoch: number; seq: number },
  ): OrchestratorEvent {
    const { sessionId: from, exportedAt, program } = header;
    return {
      id: `evt_${epoch}_${seq}`,
      seq,
      epoch,
      timestamp: this.#now(),
      sessionId,
      source: "import",
      type: "session_imported",
      from: { sessionId: from, exportedAt, program },
      sha256,
      taint: [`imported session ${from}`],
    };
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}

/** Puts contents in portions: each waits for the disk once. */
class ContentBatch {
  readonly #blobs: Pick<BlobStore, "put">;
  #kind: ContentKind = "content";
  #contents: Uint8Array[] = [];
  #bytes = 0;

  constructor(blobs: Pick<BlobStore, "put">) {
    this.#blobs = blobs;
  }

  async add(content: Uint8Array, kind: ContentKind): Promise<void> {
    if (kind !== this.#kind) await this.flush();
    this.#kind = kind;
    this.#contents.push(content);
    this.#bytes += content.length;
    if (this.#contents.length >= BATCH_CONTENTS || this.#bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#contents.length === 0) return;
    const contents = this.#contents;
    this.#contents = [];
    this.#bytes = 0;
    await this.#blobs.put(contents, this.#kind);
  }
}
