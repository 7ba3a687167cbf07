/**
 * Keeps known secrets out of what the model reads, what is logged and what people are shown.
 *
 * Values are added when they become known (a key when it is read) and replaced wherever text passes. Text
 * that comes in pieces goes through a stream, which holds back what may be the beginning of a secret.
 */

/** Stands in place of a secret. No letters or digits, so that it cannot complete another one. */
export const REDACTED = "•••••";

/** Shorter values are words of their own: replacing `test` everywhere would only tell what the password is. */
const SHORTEST_SECRET = 6;

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Redacts text that arrives in pieces: what `push` and `end` return, joined, is the redacted whole. */
export interface RedactionStream {
  push(text: string): string;
  /** What was held back at the end of the text. */
  end(): string;
}

export class SecretRedactor {
  readonly #secrets = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** From now on `value` is replaced, also as it stands in JSON, in a URL and in base64. Short values are ignored. */
  add(value: string): void {
    if (value.length < SHORTEST_SECRET) return;
    const json = JSON.stringify(value).slice(1, -1);
    const url = value.isWellFormed() ? encodeURIComponent(value) : value;
    const base64 = Buffer.from(value).toString("base64").replace(/=+$/, "");
    for (const form of [value, json, url, base64]) this.#secrets.add(form);
  }

  redact(text: string): string {
    const stream = this.stream();
    return stream.push(text) + stream.end();
  }

  /** `value` with every string in it redacted, keys of objects too. */
  redactDeep(value: unknown): unknown {
    if (typeof value === "string") return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.redactDeep(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.redact(key), this.redactDeep(item)]));
  }

  stream(): RedactionStream {
    let held = "";
    /** So much of the beginning of `held` belongs to a secret that has been replaced already. */
    let covered = 0;
    const pass = (text: string, atEnd: boolean): string => {
      const whole = held + text;
      const safe = atEnd ? whole.length : whole.length - this.#possibleBeginning(whole);
      let passed = "";
      let position = 0;
      for (const { start, end } of this.#found(whole, covered)) {
        const replacedBefore = start === 0 && covered > 0;
        if (start >= safe && !replacedBefore) break;
        passed += whole.slice(position, start) + (replacedBefore ? "" : REDACTED);
        position = end;
      }
      if (position < safe) passed += whole.slice(position, safe);
      held = whole.slice(safe);
      covered = Math.max(0, position - safe);
      return passed;
    };
    return { push: (text) => pass(text, false), end: () => pass("", true) };
  }

  /** Where secrets stand, overlapping ones as one, in order; the first `covered` characters count as one. */
  #found(text: string, covered: number): Interval[] {
    const found: Interval[] = covered > 0 ? [{ start: 0, end: covered }] : [];
    for (const secret of this.#secrets) {
      for (let start = text.indexOf(secret); start !== -1; start = text.indexOf(secret, start + 1)) {
        found.push({ start, end: start + secret.length });
      }
    }
    const merged: Interval[] = [];
    for (const next of found.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
      const last = merged.at(-1);
      if (last !== undefined && next.start < last.end)
        merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
      else merged.push(next);
    }
    return merged;
  }

  /** Length of the longest end of `text` that is the beginning of a secret. */
  #possibleBeginning(text: string): number {
    let longest = 0;
    for (const secret of this.#secrets) {
      for (let length = Math.min(secret.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(secret.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
