/** Random lives of a folder: what people, tools and commands do to it. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { textOfBytes } from "../../../../src/core/snapshots/byteNames.ts";
import { noise } from "../store/objectFixtures.ts";
import { contentsOf, createSnapshotBench, restoreAll, type SnapshotBench } from "./snapshotFixtures.ts";

/** A character for each byte: plain, with blanks, line breaks, backslashes and quotes, in UTF-8, and no text at all. */
const NAMES = [
  "a",
  "b",
  "dir",
  "x y",
  "new\nline",
  "back\\slash",
  '-"q"',
  "h\u00c3\u00a9",
  "\u00ff\u00fe",
  "\u00f0\u009f\u0092",
];
const MODES = [0o644, 0o755, 0o600, 0o444, 0o700];

type Action =
  | { readonly kind: "write"; readonly path: string; readonly seed: number; readonly length: number }
  | { readonly kind: "append" | "truncate" | "delete" | "folder"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "mode"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const length = fc.oneof(
  { weight: 19, arbitrary: fc.nat({ max: 300 }) },
  { weight: 1, arbitrary: fc.nat({ max: 300_000 }) },
);
const target = fc.oneof(path, fc.constantFrom("/etc/passwd", "..", "nowhere", "\u00ff"));
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), path, seed: fc.nat({ max: 9 }), length }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("append", "truncate", "delete", "folder"), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("mode" as const), path, mode: fc.constantFrom(...MODES) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("link" as const), path, target }) },
);
const life = fc.array(fc.array(action, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 });

/**
 * Takes a snapshot after each part of a life, every second one by the paths that were touched alone, and then
 * returns to some of them in any order: the folder must be what it was, byte for byte.
 */
export async function expectLivesRestored(sequences: number, seed: number): Promise<void> {
  await using bench = await createSnapshotBench();
  const visits = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 2 });
  const property = fc.asyncProperty(life, visits, async (parts, visited) => {
    empty(bench.folder.path);
    const states = await live(bench, parts);
    for (const visit of visited) {
      const state = states[visit % states.length] ?? { manifest: "", contents: {} };
      await restoreAll(bench.snapshots, state.manifest);
      expect(contentsOf(bench.folder.path)).toEqual(state.contents);
    }
    const last = states[(visited.at(-1) ?? 0) % states.length];
    expect((await bench.snapshots.capture()).manifest).toBe(last?.manifest);
  });
  await fc.assert(property, { numRuns: sequences, seed });
}

interface State {
  readonly manifest: string;
  readonly contents: Record<string, string>;
}

async function live({ folder, snapshots }: SnapshotBench, parts: readonly Action[][]): Promise<State[]> {
  const states: State[] = [];
  for (const [index, actions] of parts.entries()) {
    const touched = actions.flatMap((one) => perform(folder.path, one)).map(textOfBytes);
    const { manifest } = await snapshots.capture(index % 2 === 1 ? { knownPaths: touched } : {});
    states.push({ manifest, contents: contentsOf(folder.path) });
  }
  return states;
}

/** Gives the paths that may have changed; none when what is there does not allow it. */
function perform(root: string, step: Action): string[] {
  // Whoever says which paths changed says where they really are.
  const paths = "to" in step ? [step.path, step.to] : [step.path];
  if (paths.some((path) => leadsThroughLink(root, path))) return [];
  const at = absolute(root, step.path);
  const found = statOf(at);
  try {
    switch (step.kind) {
      case "write":
        if (found && !found.isFile()) return [];
        mkdirSync(parentOf(root, step.path), { recursive: true });
        writeFileSync(at, noise(step.length, step.seed));
        return [step.path];
      case "append":
        if (!found?.isFile()) return [];
        writeFileSync(at, "more", { flag: "a" });
        return [step.path];
      case "truncate":
        if (!found?.isFile()) return [];
        truncateSync(at, Math.floor(found.size / 2));
        return [step.path];
      case "delete":
        rmSync(at, { recursive: true, force: true });
        return [step.path];
      case "folder":
        mkdirSync(at, { recursive: true });
        return [step.path];
      case "rename":
        if (!found) return [];
        mkdirSync(parentOf(root, step.to), { recursive: true });
        renameSync(at, absolute(root, step.to));
        return [step.path, step.to];
      case "mode":
        if (!found || found.isSymbolicLink()) return [];
        chmodSync(at, step.mode);
        return [step.path];
      case "link":
        if (found) return [];
        mkdirSync(parentOf(root, step.path), { recursive: true });
        symlinkSync(Buffer.from(step.target, "latin1"), at);
        return [step.path];
    }
  } catch (error) {
    // A file where a folder is needed, a folder moved into itself: it may have begun all the same.
    if (!(error instanceof Error && "code" in error)) throw error;
    return paths;
  }
}

function leadsThroughLink(root: string, path: string): boolean {
  const parents = path.split("/").slice(0, -1);
  return parents.some((_, depth) => statOf(absolute(root, parents.slice(0, depth + 1).join("/")))?.isSymbolicLink());
}

function empty(root: string): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
}

function absolute(root: string, path: string): Buffer {
  return Buffer.from(`${root}/${path}`, "latin1");
}

function parentOf(root: string, path: string): Buffer {
  return absolute(root, dirname(path) === "." ? "" : dirname(path));
}

function statOf(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
