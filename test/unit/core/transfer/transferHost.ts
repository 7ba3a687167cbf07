/** A home with sessions, and what exports and imports them. */
import { SessionExport } from "../../../../src/core/transfer/sessionExport.ts";
import { SessionImport } from "../../../../src/core/transfer/sessionImport.ts";
import type { TransferLimits } from "../../../../src/core/transfer/container.ts";
import { SecretRedactor } from "../../../../src/core/policy/redaction.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { sha256 } from "../../../../src/core/transfer/container.ts";
import { OrchestratorError } from "../../../../src/core/errors.ts";
import { startSessionHost, type SessionHost } from "../sessions/sessionHost.ts";
import { silentLogger } from "../store/storeFixtures.ts";

/** Contents in memory, by hash; what the real store does with them is tried elsewhere. */
export class MemoryBlobs {
  readonly contents = new Map<string, Uint8Array>();

  async put(contents: readonly Uint8Array[]): Promise<string[]> {
    return contents.map((content) => {
      const hash = sha256(content);
      this.contents.set(hash, content);
      return hash;
    });
  }

  async get(hash: string): Promise<Uint8Array> {
    const content = this.contents.get(hash);
    if (!content) throw new OrchestratorError("blob.missing", { hash });
    return content;
  }

  async has(hashes: readonly string[]): Promise<boolean[]> {
    return hashes.map((hash) => this.contents.has(hash));
  }
}

export interface TransferHost extends AsyncDisposable {
  readonly host: SessionHost;
  readonly redactor: SecretRedactor;
  readonly blobs: MemoryBlobs;
  readonly exporter: SessionExport;
  importer(limits?: TransferLimits): SessionImport;
  /** A path for a file outside the store. */
  file(name: string): string;
}

export async function startTransferHost(): Promise<TransferHost> {
  const host = await startSessionHost();
  const { store, clock, sessions, home } = host;
  const owner = await describeThisProcess({ home: home.path, host: "terminal" });
  const redactor = new SecretRedactor();
  const blobs = new MemoryBlobs();
  return {
    host,
    redactor,
    blobs,
    exporter: new SessionExport({ sessions, redactor, clock, program: "1.2.3", blobs: async () => blobs }),
    importer: (limits) =>
      new SessionImport({
        store,
        clock,
        logger: silentLogger,
        owner,
        blobs: async () => blobs,
        ...(limits ? { limits } : {}),
      }),
    file: (name) => home.join(name),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
