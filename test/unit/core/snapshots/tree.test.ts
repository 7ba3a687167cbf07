import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeTree,
  decodeWorkspace,
  encodeTree,
  encodeWorkspace,
  hashesIn,
  isGitName,
  LEFT_OUT_REASONS,
  MalformedTree,
  type TreeEntry,
} from "../../../../src/core/snapshots/tree.ts";

const HASH = createHash("sha256").update("").digest("hex");

const name = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(10, 13, 32, 92, 110)), {
    minLength: 1,
    maxLength: 8,
  })
  .map((bytes) => String.fromCharCode(...bytes))
  .filter((text) => !text.includes("/") && text !== "." && text !== ".." && !isGitName(text));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const mode = fc.integer({ min: 0, max: 0o777 });
const size = fc.maxSafeNat();
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.record({ name, kind: fc.constantFrom("file", "symlink", "directory"), mode, size, hash }),
  fc.record({
    name,
    kind: fc.constant("leftOut" as const),
    mode: fc.constant(0),
    size,
    hash: fc.constant(""),
    reason: fc.constantFrom(...LEFT_OUT_REASONS),
  }),
);
const entries = fc.uniqueArray(entry, { selector: (one) => one.name });

test("a tree is read as it was written, whatever the names", () => {
  fc.assert(
    fc.property(entries, (list) => {
      const decoded = decodeTree(encodeTree(list));
      expect(decoded).toHaveLength(list.length);
      expect(new Map(decoded.map((one) => [one.name, one]))).toEqual(new Map(list.map((one) => [one.name, one])));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("the order in which a folder is listed does not change its tree", () => {
  fc.assert(
    fc.property(entries, (list) => {
      expect(encodeTree(list.toReversed()).equals(encodeTree(list))).toBe(true);
    }),
    { seed: 1 },
  );
});

test("the form is what it was, because trees are kept for years", () => {
  const tree = encodeTree([
    { name: "b\nc\\", kind: "file", mode: 0o644, size: 5, hash: HASH },
    { name: "a", kind: "directory", mode: 0o755, size: 0, hash: HASH },
    { name: "\u00ff", kind: "symlink", mode: 0o777, size: 1, hash: HASH },
    { name: "big", kind: "leftOut", mode: 0, size: 9, hash: "", reason: "size" },
  ]);
  expect(tree.toString("latin1")).toBe(
    `tree 1\nd 755 0 ${HASH} a\nf 644 5 ${HASH} b\\nc\\\\\nx 0 9 size big\nl 777 1 ${HASH} \u00ff\n`,
  );
  expect(hashesIn(tree)).toEqual([HASH, HASH, HASH]);
});

test.each([
  ["no tree", "tree 2\n"],
  ["nothing", ""],
  ["cut off", `tree 1\nf 644 5 ${HASH} a`],
  ["a parent", `tree 1\nf 644 5 ${HASH} ..\n`],
  ["the folder itself", `tree 1\nd 755 0 ${HASH} .\n`],
  ["a path", `tree 1\nf 644 5 ${HASH} a/b\n`],
  ["an absolute path", `tree 1\nf 644 5 ${HASH} /etc/passwd\n`],
  ["NUL", `tree 1\nf 644 5 ${HASH} a\0\n`],
  ["no name", `tree 1\nf 644 5 ${HASH} \n`],
  ["git's own folder", `tree 1\nd 755 0 ${HASH} .git\n`],
  ["git's own folder in capitals", `tree 1\nd 755 0 ${HASH} .GIT\n`],
  ["git's own folder with an invisible character", `tree 1\nd 755 0 ${HASH} .g\u00e2\u0080\u008cit\n`],
  ["git's own folder on Windows", `tree 1\nd 755 0 ${HASH} GIT~1\n`],
  ["a name twice", `tree 1\nf 644 5 ${HASH} a\nf 644 6 ${HASH} a\n`],
  ["names out of order", `tree 1\nf 644 5 ${HASH} b\nf 644 6 ${HASH} a\n`],
  ["a short hash", `tree 1\nf 644 5 abc a\n`],
  ["another kind", `tree 1\ns 644 5 ${HASH} a\n`],
  ["bits that give rights", `tree 1\nf 4755 5 ${HASH} a\n`],
  ["no reason", `tree 1\nx 0 5 because a\n`],
  ["an unknown escape", `tree 1\nf 644 5 ${HASH} a\\t\n`],
  ["a dangling escape", `tree 1\nf 644 5 ${HASH} a\\\n`],
])("what is not well formed is refused: %s", (_, text) => {
  expect(() => decodeTree(Buffer.from(text, "latin1"))).toThrow(MalformedTree);
});

test("the folders of a workspace keep their order and any name", () => {
  const folders = [
    { name: "z", tree: HASH },
    { name: "with / and \n and \u{1f480}", tree: HASH },
    { name: "", tree: HASH },
  ];
  expect(decodeWorkspace(encodeWorkspace(folders))).toEqual(folders);
  expect(hashesIn(encodeWorkspace(folders))).toEqual([HASH, HASH, HASH]);
});

test.each([
  ["a tree", `tree 1\n`],
  ["no hash", `workspace 1\nabc "a"\n`],
  ["no name", `workspace 1\n${HASH} a\n`],
  ["a name that is no text", `workspace 1\n${HASH} 1\n`],
  ["a folder twice", `workspace 1\n${HASH} "a"\n${HASH} "a"\n`],
])("a workspace that is not well formed is refused: %s", (_, text) => {
  expect(() => decodeWorkspace(Buffer.from(text))).toThrow(MalformedTree);
});
