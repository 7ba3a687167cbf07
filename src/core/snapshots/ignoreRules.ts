/** Which files of a folder are not captured: `.gitignore` files as git reads them, and the user's own patterns. */
import { hash } from "node:crypto";
import ignore, { type Ignore } from "ignore";

/** Git compares letter case as the file systems of these systems do. */
const CASE_INSENSITIVE = process.platform === "win32" || process.platform === "darwin";

/** The rules of one `.gitignore`, for paths below its folder. */
class Level {
  readonly #prefix: string;
  readonly #load: () => string;
  #matcher: Ignore | undefined;

  constructor(prefix: string, load: () => string) {
    this.#prefix = prefix;
    this.#load = load;
  }

  test(path: string): "ignored" | "unignored" | undefined {
    this.#matcher ??= newMatcher().add(this.#load());
    const { ignored, unignored } = this.#matcher.test(path.slice(this.#prefix.length));
    if (ignored) return "ignored";
    return unignored ? "unignored" : undefined;
  }
}

/** What a folder adds to the rules that reach it. Paths are path text, relative to the workspace folder. */
export interface FolderRules {
  /** With a slash at its end; empty for the workspace folder itself. */
  readonly prefix: string;
  /** Holds a repository of its own: the rules around it end here. */
  readonly isRepository: boolean;
  /** Its `.gitignore`, if it has one; read only when something has to be judged. */
  readonly gitignore?: { readonly hash: string; readonly load: () => string };
  /** From `judge`: outer rules that do not reach inside. */
  readonly dropped: number;
}

export interface Judgement {
  readonly ignored: boolean;
  /** So many of the outermost `.gitignore` files do not reach inside the folder. */
  readonly dropped: number;
}

const KEPT: Judgement = { ignored: false, dropped: 0 };
const IGNORED: Judgement = { ignored: true, dropped: 0 };

export class IgnoreRules {
  /** Equal for equal rules: what was judged by them need not be judged again. */
  readonly key: string;
  readonly #excluded: Ignore | undefined;
  /** The outermost first. */
  readonly #levels: readonly Level[];

  private constructor(key: string, excluded: Ignore | undefined, levels: readonly Level[]) {
    this.key = key;
    this.#excluded = excluded;
    this.#levels = levels;
  }

  /** Rules of a workspace folder. `exclude` are patterns as in a `.gitignore`, which nothing takes back. */
  static of(exclude: readonly string[]): IgnoreRules {
    const excluded = exclude.length > 0 ? newMatcher().add(exclude) : undefined;
    return new IgnoreRules(keyOf("exclude", ...exclude), excluded, []);
  }

  /** The rules inside a folder. */
  inside({ prefix, isRepository, gitignore, dropped }: FolderRules): IgnoreRules {
    if (!isRepository && gitignore === undefined && dropped === 0) return this;
    const outer = isRepository ? [] : this.#levels.slice(dropped);
    const own = gitignore === undefined ? [] : [new Level(prefix, gitignore.load)];
    const key = keyOf(this.key, prefix, String(outer.length), gitignore?.hash ?? "");
    return new IgnoreRules(key, this.#excluded, [...outer, ...own]);
  }

  /** `path` is in the folder the rules are for. */
  judge(path: string, isDirectory: boolean): Judgement {
    const tested = isDirectory ? `${path}/` : path;
    if (this.#excluded?.ignores(tested)) return IGNORED;
    for (let index = this.#levels.length - 1; index >= 0; index--) {
      const verdict = this.#levels[index]?.test(tested);
      if (verdict === "ignored") return IGNORED;
      // An outer rule that ignores the whole folder would go on to ignore all that is in it.
      if (verdict === "unignored") return isDirectory ? { ignored: false, dropped: index } : KEPT;
    }
    return KEPT;
  }
}

function newMatcher(): Ignore {
  return ignore({ ignorecase: CASE_INSENSITIVE });
}

function keyOf(...parts: string[]): string {
  return hash("sha256", JSON.stringify(parts)).slice(0, 16);
}
