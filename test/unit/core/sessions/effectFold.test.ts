import fc from "fast-check";
import { expect, test } from "vitest";
import type { Effect } from "../../../../src/core/events/event.ts";
import { EffectFold } from "../../../../src/core/sessions/effectFold.ts";
import { eventsFrom } from "../store/storeFixtures.ts";

/** Plays random writes and deletions on a folder, one effect each. */
const anyStory = fc.array(
  fc.record({
    path: fc.constantFrom("a", "b", "c"),
    content: fc.option(fc.constantFrom("1", "2", "3"), { nil: undefined }),
  }),
  { maxLength: 12 },
);
const anyFolder = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2", "3"));

test("what is told of each file is exactly what differs at the end, forwards and backwards", () => {
  fc.assert(
    fc.property(anyFolder, anyStory, (start, story) => {
      const files = new Map(Object.entries(start));
      const effects: Effect[] = [];
      for (const { path, content } of story) {
        const before = files.get(path);
        if (before === content) continue;
        const change = before === undefined ? "created" : content === undefined ? "deleted" : "modified";
        effects.push({
          path,
          change,
          ...(before === undefined ? {} : { before }),
          ...(content === undefined ? {} : { after: content }),
        });
        if (content === undefined) files.delete(path);
        else files.set(path, content);
      }
      const fold = new EffectFold();
      const call = { toolUseId: "t", tool: "write", isError: false, content: "" };
      const drafts = effects.map((effect) => ({
        type: "tool_result" as const,
        source: "agent",
        agentId: "writer",
        ...call,
        effects: [effect],
      }));
      for (const event of eventsFrom(drafts, { sessionId: "one" })) fold.apply(event);
      const [was, is] = [new Map(Object.entries(start)), files];
      expect(applied(was, fold.files())).toEqual(is);
      expect(applied(is, fold.undone())).toEqual(was);
      const differing = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path));
      expect(fold.files().map(({ path }) => path)).toEqual(differing.sort());
    }),
  );
});

function applied(
  files: ReadonlyMap<string, string>,
  diffs: ReturnType<EffectFold["files"]>,
): ReadonlyMap<string, string> {
  const result = new Map(files);
  for (const { path, change, before, after } of diffs) {
    expect(result.get(path)).toBe(before);
    if (change === "deleted") result.delete(path);
    else result.set(path, after ?? "");
  }
  return result;
}
