import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addUsage } from "../../../../src/core/events/event.ts";
import type { TokenUsage } from "../../../../src/core/events/event.ts";
import { costOf, MODEL_PRICES, PRICES_AS_OF, priceOf } from "../../../../src/core/model/prices.ts";
import { settingsSchema } from "../../../../src/core/settings/settings.ts";

function usage(part: Partial<TokenUsage>): TokenUsage {
  return { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, ...part };
}

function known(model: string) {
  const price = priceOf(model, {});
  if (price === undefined) throw new Error(`no price for ${model}`);
  return price;
}

describe("priceOf", () => {
  it.each([
    ["claude-fable-5-1", 10, 50, 12.5, 0.25],
    ["claude-fable-5", 10, 50, 12.5, 1],
    ["claude-opus-5-5", 4, 20, 5, 0.2],
    ["claude-opus-5", 5, 25, 6.25, 0.5],
    ["claude-opus-4-5", 5, 25, 6.25, 0.5],
    ["claude-sonnet-5-5", 2, 10, 2.5, 0.1],
    ["claude-sonnet-5", 2, 10, 2.5, 0.2],
    ["claude-sonnet-4-6", 3, 15, 3.75, 0.3],
    ["claude-haiku-5-5", 0.1, 0.5, 0.125, 0.01],
    ["claude-haiku-4-5", 1, 5, 1.25, 0.1],
  ])("knows %s", (model, input, output, cacheWrite, cacheRead) => {
    expect(priceOf(model, {})).toMatchObject({ input, output, cacheWrite, cacheRead });
  });

  it("finds a dated id by its family", () => {
    expect(priceOf("claude-haiku-4-5-20251001", {})).toBe(MODEL_PRICES["claude-haiku-4-5"]);
    expect(priceOf("claude-opus-5-20260724", {})).toBe(MODEL_PRICES["claude-opus-5"]);
  });

  it.each([
    "",
    "claude-haiku",
    "claude-haiku-4",
    "claude-haiku-4-5-2025",
    "claude-haiku-4-5-20259901",
    "claude-haiku-4-5-20251001-fast",
    "claude-haiku-4-5@20251001",
    "my-claude-haiku-4-5",
    "claude-opus-5-9",
    "Claude-Haiku-4-5",
    "constructor",
    "__proto__",
    "toString",
  ])("does not guess a price for %j", (model) => {
    expect(priceOf(model, {})).toBeUndefined();
  });

  it("lets the settings replace and add prices, the exact id first", () => {
    const overrides = {
      "claude-haiku-4-5": { input: 7, output: 8 },
      "claude-haiku-4-5-20251001": { input: 9, output: 9 },
      "local-model": { input: 0, output: 0 },
    };
    expect(priceOf("claude-haiku-4-5", overrides)?.input).toBe(7);
    expect(priceOf("claude-haiku-4-5-20260101", overrides)?.input).toBe(7);
    expect(priceOf("claude-haiku-4-5-20251001", overrides)?.input).toBe(9);
    expect(priceOf("local-model", overrides)).toEqual({ input: 0, output: 0 });
    expect(priceOf("claude-opus-5", overrides)).toBe(MODEL_PRICES["claude-opus-5"]);
  });

  it("has a price for the default model and a real date", () => {
    expect(priceOf(settingsSchema.parse({}).model, {})).toBeDefined();
    expect(new Date(PRICES_AS_OF).toISOString().slice(0, 10)).toBe(PRICES_AS_OF);
  });
});

describe("costOf", () => {
  it("adds input, output, cache writes and cache reads", () => {
    const million = 1_000_000;
    const sonnet = known("claude-sonnet-5-5");
    expect(costOf(usage({ inputTokens: million }), sonnet)).toBe(2);
    expect(costOf(usage({ outputTokens: million }), sonnet)).toBe(10);
    expect(costOf(usage({ cacheWriteTokens: million }), sonnet)).toBe(2.5);
    expect(costOf(usage({ cacheReadTokens: million }), sonnet)).toBe(0.1);
    expect(costOf(usage({ inputTokens: 1_000, outputTokens: 500 }), sonnet)).toBeCloseTo(0.007, 12);
  });

  it("takes the usual cache factors where an overriding price names none", () => {
    expect(costOf(usage({ cacheWriteTokens: 1_000_000 }), { input: 4, output: 8 })).toBe(5);
    expect(costOf(usage({ cacheReadTokens: 1_000_000 }), { input: 4, output: 8 })).toBe(0.4);
  });

  it("prices the whole request by the length of its prompt", () => {
    const haiku = known("claude-haiku-5-5");
    const atLimit = usage({
      inputTokens: 40_000,
      cacheReadTokens: 30_000,
      cacheWriteTokens: 30_000,
      outputTokens: 1_000,
    });
    expect(costOf(atLimit, haiku)).toBeCloseTo((40_000 * 0.1 + 30_000 * 0.01 + 30_000 * 0.125 + 1_000 * 0.5) / 1e6, 12);
    const above = addUsage(atLimit, usage({ inputTokens: 1 }));
    expect(costOf(above, haiku)).toBeCloseTo((40_001 * 0.5 + 30_000 * 0.05 + 30_000 * 0.625 + 1_000 * 2.5) / 1e6, 12);
  });

  it("charges exactly nothing for the demo model", () => {
    const price = known("demo");
    expect(
      costOf(usage({ inputTokens: 1e9, outputTokens: 1e9, cacheReadTokens: 1e9, cacheWriteTokens: 1e9 }), price),
    ).toBe(0);
  });

  const tokens = fc.nat({ max: 10_000_000 });
  const anyUsage = fc.record({
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWriteTokens: tokens,
  });
  const anyModel = fc.constantFrom(...Object.keys(MODEL_PRICES));

  it("is never negative, and larger usage never costs less", () => {
    fc.assert(
      fc.property(anyModel, anyUsage, anyUsage, (model, left, right) => {
        const cost = costOf(left, known(model));
        expect(cost).toBeGreaterThanOrEqual(0);
        expect(costOf(addUsage(left, right), known(model))).toBeGreaterThanOrEqual(cost);
      }),
    );
  });

  it("is additive where no second tier applies", () => {
    fc.assert(
      fc.property(anyModel, anyUsage, anyUsage, (model, left, right) => {
        const { longPrompt: _tier, ...price } = known(model);
        const together = costOf(addUsage(left, right), price);
        expect(together).toBeCloseTo(costOf(left, price) + costOf(right, price), 6);
      }),
    );
  });
});
