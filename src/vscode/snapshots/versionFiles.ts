/** What a version changed and what it leaves out: looked up when somebody looks, and remembered, as it never changes. */
import { hasFolders, type VersionWithFolders } from "../../core/sessions/versionSnapshot.ts";
import type { EntryChange, LeftOutFile } from "../../core/snapshots/snapshotWork.ts";
import type { SessionRow, VersionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";

/** A version whose folders are kept. */
export type KeptVersion = VersionWithFolders;

/** A version with what it is compared with and called after. */
export interface VersionInSession {
  readonly row: SessionRow;
  readonly version: VersionRow;
  /** The one before whose folders are kept. */
  readonly before: KeptVersion | undefined;
  /** Of the step it belongs to. */
  readonly stepTitle: string | undefined;
}

/** Of comparisons and of lists. A comparison can be long. */
const REMEMBERED = 50;

export function isKept(version: VersionRow | undefined): version is KeptVersion {
  return version !== undefined && hasFolders(version);
}

/** The newest version before `version` whose folders are kept. `versions` are in the order of the log. */
export function keptBefore(versions: readonly VersionRow[], version: VersionRow): KeptVersion | undefined {
  return versions
    .filter((other) => other.seq < version.seq)
    .toReversed()
    .find(isKept);
}

export class VersionFiles {
  readonly #host: EngineHost;
  readonly #changes = new Map<string, Promise<readonly EntryChange[]>>();
  readonly #leftOut = new Map<string, Promise<readonly LeftOutFile[]>>();

  constructor(host: EngineHost) {
    this.#host = host;
  }

  /** What differs from one manifest to the other, by path. */
  changes(before: string, after: string): Promise<readonly EntryChange[]> {
    return remembered(this.#changes, `${before} ${after}`, async () => {
      const engine = await this.#host.get();
      return (await engine.snapshots.of([])).compare(before, after);
    });
  }

  /** What a manifest has by name only. */
  leftOut(manifest: string): Promise<readonly LeftOutFile[]> {
    return remembered(this.#leftOut, manifest, async () => {
      const engine = await this.#host.get();
      const entries = await (await engine.snapshots.of([])).list(manifest);
      return [...entries].flatMap(([path, { kind, reason }]) =>
        kind === "leftOut" ? [{ path, reason: reason ?? "unreadable" }] : [],
      );
    });
  }
}

function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  find: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? find();
  // What was asked for last is forgotten last; what failed may be there the next time.
  known.delete(key);
  known.set(key, value);
  value.catch(() => known.get(key) === value && known.delete(key));
  for (const oldest of known.keys()) if (known.size > REMEMBERED) known.delete(oldest);
  return value;
}
