/** How deep JSON may go: everything that walks through it, ours and others', does so on the stack. */

/** Far beyond what states and tool inputs need, far below where a stack ends. */
export const MOST_NESTED = 500;

/** Does a JSON value hold lists and objects more than `most` deep? */
export function isNestedDeeper(value: unknown, most = MOST_NESTED): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}
