import fc from "fast-check";
import { expect, test } from "vitest";
import type { Effect } from "../../../../src/core/events/event.ts";
import { OwnWrites } from "../../../../src/core/snapshots/ownWrites.ts";
import type { EntryChange, EntryState } from "../../../../src/core/snapshots/snapshotWork.ts";

/** Content of the one file, or undefined where there is none. */
type Content = string | undefined;
type Move = { readonly isOurs: boolean; readonly to: Content };

const entry = (hash: string): EntryState => ({ kind: "file", mode: 0o644, size: 1, hash });

function changeFrom(before: Content, after: Content): EntryChange[] {
  if (before === after) return [];
  return [
    {
      path: "a.txt",
      kind: "file",
      change: before === undefined ? "created" : after === undefined ? "deleted" : "modified",
      ...(before === undefined ? {} : { before: entry(before) }),
      ...(after === undefined ? {} : { after: entry(after) }),
    },
  ];
}

/** What happens to the file between two looks, and what is told of it. */
function othersIn(start: Content, moves: readonly Move[]): Promise<Effect[]> {
  const writes = new OwnWrites();
  let at = start;
  for (const { isOurs, to } of moves) {
    if (isOurs && to !== at) {
      const change = at === undefined ? "created" : to === undefined ? "deleted" : "modified";
      writes.note({
        path: "a.txt",
        change,
        ...(at === undefined ? {} : { before: at }),
        ...(to === undefined ? {} : { after: to }),
      });
    }
    at = to;
  }
  return writes.takeOthers(changeFrom(start, at), async () => (at === undefined ? undefined : entry(at)));
}

const content = fc.constantFrom(undefined, "x", "y", "z");

test("what our tools wrote is nobody else's, whatever they wrote", async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.array(content, { maxLength: 6 }), async (start, contents) => {
      expect(
        await othersIn(
          start,
          contents.map((to) => ({ isOurs: true, to })),
        ),
      ).toEqual([]);
    }),
  );
});

test("without our tools, the difference is the others'", async () => {
  await fc.assert(
    fc.asyncProperty(content, content, async (start, to) => {
      const others = await othersIn(start, [{ isOurs: false, to }]);
      expect(others.map(({ before, after }) => [before, after])).toEqual(start === to ? [] : [[start, to]]);
    }),
  );
});

test("what others did to a file before, between or after our writes is told from its first state to its last", async () => {
  const ours = (to: Content): Move => ({ isOurs: true, to });
  const theirs = (to: Content): Move => ({ isOurs: false, to });
  expect(await othersIn("x", [theirs("y"), ours("z")])).toMatchObject([
    { change: "modified", before: "x", after: "y" },
  ]);
  expect(await othersIn("x", [ours("y"), theirs("z")])).toMatchObject([
    { change: "modified", before: "y", after: "z" },
  ]);
  expect(await othersIn("x", [ours("y"), theirs(undefined), ours("z")])).toMatchObject([
    { change: "deleted", before: "y" },
  ]);
  expect(await othersIn("x", [theirs("y"), ours("z"), theirs("x")])).toEqual([]);
  expect(await othersIn("x", [ours("y"), theirs("x")])).toMatchObject([
    { change: "modified", before: "y", after: "x" },
  ]);
});
