/** Names of versions: `v1`, `v2`, … in the order of the log. */
import type { VersionRow } from "../store/sessionStore.ts";

/** The name of the version after these. */
export function nextVersionId(versions: readonly Pick<VersionRow, "versionId">[]): string {
  const numbers = versions.map(({ versionId }) => Number(/^v(\d+)$/.exec(versionId)?.[1] ?? 0));
  return `v${numbers.reduce((highest, number) => Math.max(highest, number), 0) + 1}`;
}
