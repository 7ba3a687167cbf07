/**
 * Golden files: what a run produced once, looked at by a person and kept, so that every later change shows.
 *
 * They live in test/fixtures/golden, one JSON object per line with sorted keys. `UPDATE_GOLDEN=1` writes
 * them anew; the difference is then read in the commit.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";

const GOLDEN_FOLDER = join(import.meta.dirname, "../fixtures/golden");

export interface GoldenOptions {
  /** Texts that differ from run to run (a temporary folder, a port) and what stands for them in the file. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Default: test/fixtures/golden. */
  readonly folder?: string;
  /** Default: whether the environment has `UPDATE_GOLDEN=1`. */
  readonly update?: boolean;
}

/**
 * Compares records, such as a session's events, with the file `name`. Ids and times must come from a fake
 * clock. A mismatch fails with a difference line by line.
 */
export function expectGolden(name: string, records: readonly unknown[], options: GoldenOptions = {}): void {
  expectGoldenText(name, records.map((record) => `${stableJson(record)}\n`).join(""), options);
}

/** Compares a text, such as a rendered prompt, with the file `name`. */
export function expectGoldenText(name: string, text: string, options: GoldenOptions = {}): void {
  const path = join(options.folder ?? GOLDEN_FOLDER, name);
  const replacements = Object.entries(options.replace ?? {}).toSorted(([left], [right]) => right.length - left.length);
  const actual = replacements.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  if (options.update ?? process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  if (!existsSync(path))
    throw new Error(`There is no golden file ${name}: look at the output, then write it with UPDATE_GOLDEN=1`);
  expect(actual, `differs from golden file ${name}; when the change is meant, write it with UPDATE_GOLDEN=1`).toBe(
    readFileSync(path, "utf8"),
  );
}

/** JSON with sorted keys, so that the order in which a record was built does not matter. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  });
}
