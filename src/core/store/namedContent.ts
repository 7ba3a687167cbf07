/** What one event says of contents that are stored. */
import type { NamedContent } from "./storeMaintenance.ts";

/** Nothing else in an event looks like this but by chance, and then it keeps too much and never too little. */
const HASH = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/** Told even without a hash: they end what others named. */
const ENDS: ReadonlySet<string> = new Set(["snapshots_removed", "snapshot_restored", "tool_result"]);

interface Named {
  readonly manifest?: string;
  readonly versionId?: string;
  readonly versionIds?: readonly string[];
  readonly toolUseId?: string;
  readonly restoreId?: string;
}

/** Undefined for an event that names nothing and ends nothing. `json` is the whole event. */
export function namedIn(sessionId: string, type: string, json: string): NamedContent | undefined {
  const found = new Set(json.match(HASH));
  if (found.size === 0 && !ENDS.has(type)) return undefined;
  if (!ENDS.has(type) && !json.includes('"manifest"') && type !== "restore_started") {
    return { sessionId, type, hashes: [...found], keys: [] };
  }
  const { manifest, versionId, versionIds, toolUseId, restoreId } = JSON.parse(json) as Named;
  const keys = versionIds ?? [restoreId ?? toolUseId ?? versionId ?? ""];
  const hashes = [...found].filter((hash) => hash !== manifest);
  return { sessionId, type, hashes, keys, ...(manifest === undefined ? {} : { manifest }) };
}
