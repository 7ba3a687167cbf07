/** Finds the version of a session that has a snapshot of the folders, or says why there is none. */
import { OrchestratorError } from "../errors.ts";
import { nearestNames } from "../nearestName.ts";
import type { VersionRow } from "../store/sessionStore.ts";

/** Most versions named in an error. */
const MOST_VERSIONS_NAMED = 3;

/** A version whose folders are kept. */
export type VersionWithFolders = VersionRow & { readonly manifest: string };

/**
 * The version with its folders; `latest` is the newest.
 *
 * @throws OrchestratorError `version.unknown` (naming those that are close), `snapshot.removed` or
 *   `snapshot.notCaptured` (naming those that have one)
 */
export function snapshotOf(sessionId: string, versions: readonly VersionRow[], versionId: string): VersionWithFolders {
  const version = versionOf(sessionId, versions, versionId);
  if (hasFolders(version)) return version;
  const kept = versions.filter(hasFolders).map((other) => other.versionId);
  const params = { id: sessionId, version: version.versionId, kept: kept.slice(-MOST_VERSIONS_NAMED).join(", ") };
  throw new OrchestratorError(version.isRemoved ? "snapshot.removed" : "snapshot.notCaptured", params);
}

/** The version, with or without folders. Throws `version.unknown`. */
export function versionOf(sessionId: string, versions: readonly VersionRow[], versionId: string): VersionRow {
  const version = versionId === "latest" ? versions.at(-1) : versions.find((row) => row.versionId === versionId);
  if (version) return version;
  const known = versions.map((row) => row.versionId);
  const close = nearestNames(versionId, known);
  const nearest = (close.length > 0 ? close : known.slice(-MOST_VERSIONS_NAMED)).join(", ");
  throw new OrchestratorError("version.unknown", { id: sessionId, version: versionId, nearest });
}

export function hasFolders(version: VersionRow): version is VersionWithFolders {
  return version.manifest !== null;
}
