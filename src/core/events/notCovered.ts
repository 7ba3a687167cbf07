/** What a person who is asked should know: what of a call no snapshot can take back. */
import type { NotCovered } from "./event.ts";

/** As a message code with its parameters; the names of files are as they are. */
export function notCoveredMessage({ outside, counts, paths = [] }: NotCovered) {
  const named = paths.join(", ");
  if (!outside) return { code: "approval.notUndone", params: { paths: named } } as const;
  const { size = 0, secret = 0, unreadable = 0, special = 0, ignored = 0 } = counts ?? {};
  const files = size + secret + unreadable + special;
  return { code: "approval.notCovered", params: { files, paths: named, ignored } } as const;
}
