import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compressContext } from "../../../../src/core/sessions/compressContext.ts";

const size = (value: unknown) => JSON.stringify(value).length;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const session = {
  goal: "Research AI trends and write a report",
  current_step: 7,
  agent_results: { researcher: "found ".repeat(3_000) },
  history: Array.from({ length: 2_000 }, (_, number) => ({ number, text: `step ${number} was done` })),
  notes: { tone: "dry", draft: "word ".repeat(10_000) },
};
const KEYS = ["goal", "current_step", "agent_results"];

test("what matters is verbatim, the rest fits, and a small context is left alone", () => {
  const compressed = compressContext(session, KEYS, { maxCharacters: 4_000 });
  for (const key of KEYS) expect(compressed[key]).toBe(session[key as keyof typeof session]);
  const { goal: _goal, current_step: _step, agent_results: _results, ...rest } = compressed;
  expect(size(rest)).toBeLessThanOrEqual(4_000);
  expect(size(rest)).toBeGreaterThan(3_000);
  expect(Object.keys(compressed)).toEqual(Object.keys(session));
  expect(compressContext({ a: [1, { b: "c" }] }, [])).toEqual({ a: [1, { b: "c" }] });
});

test("a list keeps its end, a text its beginning, and both say what was cut", () => {
  const { history, notes } = compressContext(session, KEYS, { maxCharacters: 4_000 }) as unknown as {
    history: [{ $cut: { items: number; characters: number; sha256: string } }, ...typeof session.history];
    notes: { tone: string; draft: { $cut: { characters: number; sha256: string; beginning: string } } };
  };
  const [{ $cut }, ...kept] = history;
  expect(kept).toEqual(session.history.slice($cut.items));
  const gone = JSON.stringify(session.history.slice(0, $cut.items));
  expect($cut).toEqual({ items: 2_000 - kept.length, characters: gone.length, sha256: sha256(gone) });

  expect(notes.tone).toBe("dry");
  const { draft } = notes;
  expect(draft.$cut).toMatchObject({ characters: 50_000, sha256: sha256(session.notes.draft) });
  expect(session.notes.draft.startsWith(draft.$cut.beginning)).toBe(true);
});

test("a path preserves what lies deeper", () => {
  const state = { workflow: { goal: "g", steps: { a: "x".repeat(5_000) } }, "workflow.goal": "other" };
  const { workflow } = compressContext({ workflow: state.workflow, more: "y".repeat(5_000) }, ["workflow.goal"], {
    maxCharacters: 600,
  }) as { workflow: { goal: string; steps: unknown } };
  expect(workflow.goal).toBe("g");
  expect(size(workflow.steps)).toBeLessThan(600);
  // The context's own key of that name goes before the path.
  expect(compressContext(state, ["workflow.goal"], { maxCharacters: 300 })["workflow.goal"]).toBe("other");
});

test("keys that are not there preserve nothing", () => {
  expect(compressContext({ a: 1 }, ["goal", "a.b", "__proto__", "constructor"])).toEqual({ a: 1 });
});

test("a size below which nothing fits, and what JSON cannot hold, are errors", () => {
  for (const maxCharacters of [255, -1, Number.NaN])
    expect(() => compressContext({}, [], { maxCharacters })).toThrow(RangeError);
  expect(() => compressContext([1], [])).toThrow(TypeError);
  expect(() => compressContext({ big: 1n }, [])).toThrow(TypeError);
});

const anyContext = fc.dictionary(
  fc.string({ maxLength: 12 }),
  fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.string({ unit: "binary", maxLength: 2_000 }),
    fc.array(fc.jsonValue(), { maxLength: 60 }),
    fc.dictionary(fc.string(), fc.string({ unit: "grapheme", maxLength: 300 }), { maxKeys: 40 }),
  ),
  { maxKeys: 12 },
);

test("it is never bigger than asked, never changes what is preserved, and always the same", () => {
  fc.assert(
    fc.property(
      anyContext,
      fc.array(fc.nat({ max: 11 })),
      fc.integer({ min: 256, max: 3_000 }),
      (context, picks, limit) => {
        const json = JSON.stringify(context);
        const names = Object.keys(context);
        const preserve = picks.flatMap((pick) => names[pick] ?? []);
        const compressed = compressContext(context, preserve, { maxCharacters: limit });
        for (const key of preserve) expect(compressed[key]).toBe(context[key]);
        const rest = Object.fromEntries(Object.entries(compressed).filter(([key]) => !preserve.includes(key)));
        expect(size(rest)).toBeLessThanOrEqual(limit);
        expect(JSON.stringify(compressContext(context, preserve, { maxCharacters: limit }))).toBe(
          JSON.stringify(compressed),
        );
        expect(JSON.stringify(context)).toBe(json);
        if (size(Object.fromEntries(Object.entries(context).filter(([key]) => !preserve.includes(key)))) <= limit)
          expect(JSON.stringify(compressed)).toBe(json);
      },
    ),
    { numRuns: 400 },
  );
});

test("what is compressed twice to the same size is not cut again", () => {
  fc.assert(
    fc.property(anyContext, fc.integer({ min: 256, max: 3_000 }), (context, maxCharacters) => {
      const once = compressContext(context, [], { maxCharacters });
      expect(compressContext(once, [], { maxCharacters })).toEqual(once);
    }),
  );
});
