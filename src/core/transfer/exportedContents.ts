/**
 * What of stored contents leaves with a session: what its events name, and everything its snapshots lead to, but for
 * what holds a known secret or was kept of a file that looks like it does.
 */
import { isOrchestratorError } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import { looksSecret } from "../policy/secretFiles.ts";
import { NamedContentsFold } from "../sessions/namedContents.ts";
import { decodeTree, decodeWorkspace, MalformedTree } from "../snapshots/tree.ts";
import type { BlobStore } from "../store/blobStore.ts";
import { namedIn } from "../store/namedContent.ts";
import { LIMITS } from "./container.ts";

export type ExportedBlobs = Pick<BlobStore, "has" | "get">;

export interface ContentsToExport {
  /** Trees come before what they name. */
  readonly hashes: readonly string[];
  /** Contents that stay behind: they hold a secret, are too long, or cannot be read. */
  readonly withheld: number;
}

export class ExportedContents {
  readonly #fold: NamedContentsFold;
  /** Kept of files that look like they hold secrets. */
  readonly #secret = new Set<string>();

  constructor(sessionId: string) {
    this.#fold = new NamedContentsFold(sessionId);
  }

  /** Takes the events of the session in their order. */
  note(event: OrchestratorEvent): void {
    const named = namedIn(event.sessionId, event.type, JSON.stringify(event));
    if (named) this.#fold.apply(named);
    const changes =
      event.type === "tool_started"
        ? (event.preImages ?? []).map(({ path, before }) => ({ path, hashes: [before] }))
        : event.type === "tool_result" || event.type === "snapshot_restored"
          ? event.effects.map(({ path, before, after }) => ({ path, hashes: [before, after] }))
          : [];
    for (const { path, hashes } of changes) {
      if (!looksSecret(path)) continue;
      for (const hash of hashes) if (hash !== undefined) this.#secret.add(hash);
    }
  }

  async choose(blobs: ExportedBlobs, redactor: SecretRedactor, signal?: AbortSignal): Promise<ContentsToExport> {
    const chosen = new Set<string>();
    const withheld = new Set<string>();
    const others = new Set(this.#fold.mentioned);
    const pending = [...new Set([...this.#fold.manifests.values(), ...this.#fold.calls.values()])].map((hash) => ({
      hash,
      isManifest: true,
    }));
    for (let next = pending.shift(); next; next = pending.shift()) {
      signal?.throwIfAborted();
      const { hash, isManifest } = next;
      if (chosen.has(hash) || withheld.has(hash)) continue;
      const content = await this.#leaving(hash, blobs, redactor);
      const below = content && (isManifest ? foldersIn(content) : entriesIn(content));
      if (!below) {
        withheld.add(hash);
        continue;
      }
      chosen.add(hash);
      for (const tree of below.trees) pending.push({ hash: tree, isManifest: false });
      for (const file of below.contents) others.add(file);
    }
    const rest = [...others].filter((hash) => !chosen.has(hash));
    const there = await blobs.has(rest);
    for (const hash of rest.filter((_, index) => there[index])) {
      signal?.throwIfAborted();
      if (await this.#leaving(hash, blobs, redactor)) chosen.add(hash);
      else withheld.add(hash);
    }
    return { hashes: [...chosen], withheld: withheld.size };
  }

  /** The content, if it may leave. */
  async #leaving(hash: string, blobs: ExportedBlobs, redactor: SecretRedactor): Promise<Buffer | undefined> {
    if (this.#secret.has(hash)) return undefined;
    try {
      const { buffer, byteOffset, length } = await blobs.get(hash);
      if (length > LIMITS.blob) return undefined;
      const content = Buffer.from(buffer, byteOffset, length);
      const text = content.toString("utf8");
      return redactor.redact(text) === text ? content : undefined;
    } catch (error) {
      if (isOrchestratorError(error) && (error.code === "blob.missing" || error.code === "blob.corrupted"))
        return undefined;
      throw error;
    }
  }
}

interface Below {
  readonly trees: readonly string[];
  readonly contents: readonly string[];
}

/** What a manifest leads to; undefined for what is none. */
export function foldersIn(content: Buffer): Below | undefined {
  return wellFormed(() => ({ trees: decodeWorkspace(content).map(({ tree }) => tree), contents: [] }));
}

/** What a tree leads to; undefined for what is none. */
export function entriesIn(content: Buffer): Below | undefined {
  return wellFormed(() => {
    const entries = decodeTree(content).filter(({ hash }) => hash !== "");
    return {
      trees: entries.filter(({ kind }) => kind === "directory").map(({ hash }) => hash),
      contents: entries.filter(({ kind }) => kind !== "directory").map(({ hash }) => hash),
    };
  });
}

function wellFormed(decode: () => Below): Below | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedTree) return undefined;
    throw error;
  }
}
