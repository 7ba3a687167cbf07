import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChartSeries, MOST_POINTS } from "../../../src/protocol/chartSeries.ts";

const START = Date.UTC(2026, 0, 1);
const second = (count: number): number => START + count * 1_000;

describe("what the charts show", () => {
  test("is nothing before the first event", () => {
    const series = new ChartSeries();
    expect([series.points, series.takeChanges()]).toEqual([null, undefined]);
  });

  test("is the mean of what was measured, and what was written and paid", () => {
    const series = new ChartSeries();
    series.sample(second(0), { cpu: 10, memory: 40, tokensPerSecond: 100 });
    series.sample(second(1), { cpu: 30, memory: 50, tokensPerSecond: 50 });
    series.pay(second(7), { startedAt: second(4), outputTokens: 80, costUsd: 0.5 });
    expect(series.points).toEqual({
      start: START,
      width: 2_000,
      index: 0,
      points: [
        { cpu: 20, memory: 45, tokens: 75, costUsd: 0 },
        { cpu: null, memory: null, tokens: 0, costUsd: 0 },
        { cpu: null, memory: null, tokens: 20, costUsd: 0 },
        { cpu: null, memory: null, tokens: 20, costUsd: 0.5 },
      ],
    });
  });

  test("keeps sums and costs when a long session makes its stretches wider", () => {
    const series = new ChartSeries();
    for (let minute = 0; minute < 600; minute += 1)
      series.pay(second(minute * 60), { startedAt: undefined, outputTokens: 60, costUsd: 0.01 });
    const { points, width } = series.points ?? { points: [], width: 0 };
    expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
    const tokens = points.reduce((sum, point) => sum + (point.tokens * width) / 1_000, 0);
    expect(tokens).toBeCloseTo(600 * 60, 3);
    expect(points.at(-1)?.costUsd).toBeCloseTo(6, 6);
  });

  test("is told in changes that lead to the same as the whole", () => {
    const change = fc.record({
      at: fc.integer({ min: 0, max: 5_000_000 }),
      paid: fc.boolean(),
      isTold: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const series = new ChartSeries();
        let told: unknown[] = [];
        const tell = (): void => {
          const news = series.takeChanges();
          if (news) told = [...told.slice(0, news.index), ...news.points];
        };
        for (const { at, paid, isTold } of changes) {
          if (paid) series.pay(START + at, { startedAt: START + at / 2, outputTokens: at, costUsd: 0.1 });
          else series.sample(START + at, { cpu: 1, memory: 2, tokensPerSecond: 3 });
          if (isTold) tell();
        }
        tell();
        expect(told).toEqual(series.points?.points ?? []);
      }),
    );
  });
});
