/** What the versions of a session hold, for `--show`. */
import type { Engine } from "../core/engine.ts";
import { isOrchestratorError } from "../core/errors.ts";
import type { VersionRow } from "../core/store/sessionStore.ts";

export interface VersionSizes {
  /** Bytes on the disk of everything the session keeps, estimated. */
  readonly storedBytes: number;
  /** By version: how many files and bytes it has that the one before does not; of the first, all. */
  readonly versions: ReadonlyMap<string, { readonly files: number; readonly bytes: number }>;
}

/** Undefined where no version holds files, so that nothing has to be opened. */
export async function versionSizes(
  { files, retention }: Pick<Engine, "files" | "retention">,
  sessionId: string,
  versions: readonly VersionRow[],
): Promise<VersionSizes | undefined> {
  const kept = versions.filter(({ manifest }) => manifest !== null);
  if (kept.length === 0) return undefined;
  const sizes = new Map<string, { files: number; bytes: number }>();
  let before: VersionRow | undefined;
  for (const version of kept) {
    const size = await sizeOf(files, sessionId, before, version);
    if (size) sizes.set(version.versionId, size);
    before = version;
  }
  return { storedBytes: await retention.sizeOf(sessionId), versions: sizes };
}

/** Undefined where stored content is missing or damaged. */
async function sizeOf(
  files: Engine["files"],
  sessionId: string,
  before: VersionRow | undefined,
  { versionId }: VersionRow,
): Promise<{ files: number; bytes: number } | undefined> {
  const to = { sessionId, versionId };
  try {
    const states = before
      ? (await files.changes({ from: { sessionId, versionId: before.versionId }, to })).changes.map(
          ({ after }) => after,
        )
      : [...(await files.list(to)).values()].filter(({ kind }) => kind !== "leftOut" && kind !== "directory");
    return { files: states.length, bytes: states.reduce((sum, state) => sum + (state?.size ?? 0), 0) };
  } catch (error) {
    if (isOrchestratorError(error) && error.code.startsWith("blob.")) return undefined;
    throw error;
  }
}
