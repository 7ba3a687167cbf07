/**
 * Patterns over workspace paths in rules: `*` and `?` within a name, `**` over names, `{a,b}`, `[a-z]`.
 *
 * Names that begin with a dot match like any other: a rule that denies `**` denies `.env` too.
 */

/**
 * Does `path` match? `refusing` is for rules that deny or ask: letter case is ignored, because what may be
 * the same file must not slip past, and a pattern that cannot be read matches everything instead of nothing.
 */
export function matchesPattern(path: string, pattern: string, refusing: boolean): boolean {
  const whole = pattern.replace(/^\.\//, "").replace(/\/$/, "/**");
  try {
    return new RegExp(`^${translate(whole)}$`, refusing ? "isu" : "su").test(path);
  } catch {
    return refusing;
  }
}

const SET = /^\[([!^])?([^\]/]+)\]/;

function translate(pattern: string): string {
  let result = "";
  let braces = 0;
  for (let index = 0; index < pattern.length; index++) {
    const rest = pattern.slice(index);
    const character = pattern.charAt(index);
    const set = SET.exec(rest);
    if (rest.startsWith("**/") && (index === 0 || pattern[index - 1] === "/")) {
      // Stands for no name at all as well.
      result += "(?:[^/]+/)*";
      index += 2;
    } else if (rest.startsWith("**")) {
      result += ".*";
      index += 1;
    } else if (character === "*") {
      result += "[^/]*";
    } else if (character === "?") {
      result += "[^/]";
    } else if (character === "{" && rest.includes("}")) {
      braces++;
      result += "(?:";
    } else if (character === "}" && braces > 0) {
      braces--;
      result += ")";
    } else if (character === "," && braces > 0) {
      result += "|";
    } else if (set !== null) {
      result += `[${set[1] === undefined ? "" : "^/"}${(set[2] ?? "").replace(/[\\[^]/g, "\\$&")}]`;
      index += set[0].length - 1;
    } else {
      result += character.replace(/[$^\\.*+?()[\]{}|/]/, "\\$&");
    }
  }
  return result;
}
