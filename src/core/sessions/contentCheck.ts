/** Reads everything that snapshots hold, and says which of them cannot be restored as they were. */
import { toOrchestratorError } from "../errors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import { namedContents, type NamedContentSource, type SessionContents } from "./namedContents.ts";
import type { Finding } from "./sessionCheck.ts";

export interface ContentCheckOptions {
  readonly store: NamedContentSource;
  /** Asked for only when a session has a snapshot. */
  readonly objects: () => Promise<{ readonly blobs: Pick<BlobStore, "examine"> }>;
}

/** Content that is lost cannot be repaired: a person has to know. */
export async function checkContents({ store, objects }: ContentCheckOptions): Promise<Finding[]> {
  const sessions = (await Array.fromAsync(namedContents(store))).filter(({ manifests }) => manifests.size > 0);
  if (sessions.length === 0) return [];
  try {
    const { blobs } = await objects();
    const all = [...new Set(sessions.flatMap(({ manifests }) => [...manifests.values()]))];
    const { missing, corrupted } = await blobs.examine(all);
    if (missing.length + corrupted.length === 0) return [];
    const findings: Finding[] = [];
    for (const session of sessions) findings.push(...(await checkSession(session, blobs)));
    return findings;
  } catch (error) {
    const { code, params } = toOrchestratorError(error);
    return [{ repaired: false, message: { code, params } }];
  }
}

async function checkSession(
  { sessionId: id, manifests }: SessionContents,
  blobs: Pick<BlobStore, "examine">,
): Promise<Finding[]> {
  const versions: string[] = [];
  const bad = { missing: new Set<string>(), corrupted: new Set<string>() };
  for (const [versionId, manifest] of manifests) {
    const { missing, corrupted } = await blobs.examine([manifest]);
    if (missing.length + corrupted.length === 0) continue;
    versions.push(versionId);
    for (const hash of missing) bad.missing.add(hash);
    for (const hash of corrupted) bad.corrupted.add(hash);
  }
  if (versions.length === 0) return [];
  const counts = { missing: bad.missing.size, corrupted: bad.corrupted.size };
  const message = { code: "doctor.contents", params: { id, versions: versions.join(", "), ...counts } } as const;
  return [{ repaired: false, message }];
}
