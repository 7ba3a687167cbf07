/**
 * Patterns over workspace paths in rules: `*` and `?` within a name, `**` over names, `{a,b}`, `[a-z]`.
 *
 * Names that begin with a dot match like any other: a rule that denies `**` denies `.env` too. Patterns come from
 * plugins too, and so does what they are held against: all ways through a pattern are followed at once, which takes
 * as long as both are, where a regular expression would try one after the other for longer than anybody waits.
 */

/**
 * Does `path` match? `refusing` is for rules that deny or ask: letter case is ignored, because what may be
 * the same file must not slip past, and a pattern that cannot be read matches everything instead of nothing.
 */
export function matchesPattern(path: string, pattern: string, refusing: boolean): boolean {
  const whole = pattern.replace(/^\.\//, "").replace(/\/$/, "/**");
  try {
    return new PatternWays(whole, refusing).lead(path);
  } catch {
    return refusing;
  }
}

type Test = (character: string) => boolean;

interface Place {
  /** Where the pattern goes on without a character. */
  readonly skips: number[];
  readonly steps: { readonly test: Test; readonly to: number }[];
}

interface Group {
  readonly from: number;
  readonly ends: number[];
}

const SET = /^\[([!^])?([^\]/]+)\]/;
const anything: Test = () => true;
const inName: Test = (character) => character !== "/";

/** A pattern as places between which characters lead. */
class PatternWays {
  readonly #places: Place[] = [];
  readonly #ignoresCase: boolean;
  #at = this.#place();

  /** @throws Error when the pattern cannot be read */
  constructor(pattern: string, ignoresCase: boolean) {
    this.#ignoresCase = ignoresCase;
    this.#read(pattern);
  }

  /** Does `path` lead from the first place to the last? */
  lead(path: string): boolean {
    let here = this.#reached([0]);
    for (const character of path) {
      const next: number[] = [];
      for (const place of here)
        for (const { test, to } of this.#places[place]?.steps ?? []) if (test(character)) next.push(to);
      here = this.#reached(next);
      if (here.size === 0) return false;
    }
    return here.has(this.#at);
  }

  #read(pattern: string): void {
    const groups: Group[] = [];
    for (let index = 0; index < pattern.length; index++) {
      const rest = pattern.slice(index);
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      const group = groups.at(-1);
      const set = SET.exec(rest);
      if (rest.startsWith("**/") && (index === 0 || pattern[index - 1] === "/")) {
        this.#names();
        index += 2;
      } else if (rest.startsWith("**")) {
        this.#repeat(anything);
        index += 1;
      } else if (character === "*") this.#repeat(inName);
      else if (character === "?") this.#step(inName);
      else if (character === "{" && rest.includes("}")) groups.push({ from: this.#at, ends: [] });
      else if (character === "}" && group !== undefined) {
        groups.pop();
        this.#join([...group.ends, this.#at]);
      } else if (character === "," && group !== undefined) {
        group.ends.push(this.#at);
        this.#at = group.from;
      } else if (set !== null) {
        this.#step(this.#oneOf(set[1] !== undefined, set[2] ?? ""));
        index += set[0].length - 1;
      } else {
        this.#step(this.#exactly(character));
        index += character.length - 1;
      }
    }
    if (groups.length > 0) throw new Error("a { has no }");
  }

  /** Any number of whole names, each with its `/`; none as well. */
  #names(): void {
    const begin = this.#place();
    const within = this.#place();
    this.#places[this.#at]?.skips.push(begin);
    this.#places[begin]?.steps.push({ test: inName, to: within });
    this.#places[within]?.steps.push(
      { test: inName, to: within },
      { test: (character) => character === "/", to: begin },
    );
    this.#at = begin;
  }

  #repeat(test: Test): void {
    const place = this.#place();
    this.#places[this.#at]?.skips.push(place);
    this.#places[place]?.steps.push({ test, to: place });
    this.#at = place;
  }

  #step(test: Test): void {
    const to = this.#place();
    this.#places[this.#at]?.steps.push({ test, to });
    this.#at = to;
  }

  #join(ends: readonly number[]): void {
    const place = this.#place();
    for (const end of ends) this.#places[end]?.skips.push(place);
    this.#at = place;
  }

  #oneOf(isNegated: boolean, characters: string): Test {
    const text = characters.replace(/[\\[^]/g, "\\$&");
    const set = new RegExp(`^[${isNegated ? "^/" : ""}${text}]$`, this.#ignoresCase ? "isu" : "su");
    return (character) => set.test(character);
  }

  #exactly(wanted: string): Test {
    if (!this.#ignoresCase) return (character) => character === wanted;
    return (character) =>
      character.toLowerCase() === wanted.toLowerCase() || character.toUpperCase() === wanted.toUpperCase();
  }

  #place(): number {
    return this.#places.push({ skips: [], steps: [] }) - 1;
  }

  #reached(places: readonly number[]): ReadonlySet<number> {
    const reached = new Set(places);
    for (const place of reached) for (const next of this.#places[place]?.skips ?? []) reached.add(next);
    return reached;
  }
}
