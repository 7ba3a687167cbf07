/**
 * What model tokens cost, in US dollars per million tokens.
 *
 * Source: the public price list of the provider, https://platform.claude.com/docs/en/about-claude/pricing,
 * as of `PRICES_AS_OF`. Cache writes are those of the five-minute cache. Batch, priority, regional and
 * cloud-marketplace prices differ and are not in the table; the setting `prices` replaces any entry.
 */
import type { TokenUsage } from "../events/event.ts";
import type { Price } from "../settings/settings.ts";

/** The day the table was compared with the price list (ISO 8601). */
export const PRICES_AS_OF = "2026-11-22";

/** A price that may have a second tier, which then applies to the whole request. */
export interface ModelPrice extends Price {
  /** Applies when the prompt (input + cache reads + cache writes) has more than `above` tokens. */
  readonly longPrompt?: Price & { readonly above: number };
}

const TOKENS_PER_PRICE = 1_000_000;

/** The provider's usual factors on the input price, for an overriding price that names no cache prices. */
const USUAL_CACHE_WRITE_FACTOR = 1.25;
const USUAL_CACHE_READ_FACTOR = 0.1;

const OPUS_4_5_TO_5: ModelPrice = { input: 5, output: 25, cacheWrite: 6.25, cacheRead: 0.5 };
const SONNET_4: ModelPrice = { input: 3, output: 15, cacheWrite: 3.75, cacheRead: 0.3 };

/** Prices by model family; a dated id such as `claude-haiku-4-5-20251001` is found by `priceOf`. */
export const MODEL_PRICES: Readonly<Record<string, ModelPrice>> = {
  demo: { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 },
  "claude-fable-5-1": { input: 10, output: 50, cacheWrite: 12.5, cacheRead: 0.25 },
  "claude-fable-5": { input: 10, output: 50, cacheWrite: 12.5, cacheRead: 1 },
  "claude-opus-5-5": { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  "claude-opus-5": OPUS_4_5_TO_5,
  "claude-opus-4-8": OPUS_4_5_TO_5,
  "claude-opus-4-7": OPUS_4_5_TO_5,
  "claude-opus-4-6": OPUS_4_5_TO_5,
  "claude-opus-4-5": OPUS_4_5_TO_5,
  // Cache reads were 0.20 until 2026-10-07.
  "claude-sonnet-5-5": { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
  "claude-sonnet-5": { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2 },
  "claude-sonnet-4-6": SONNET_4,
  "claude-sonnet-4-5": SONNET_4,
  "claude-haiku-5-5": {
    input: 0.1,
    output: 0.5,
    cacheWrite: 0.125,
    cacheRead: 0.01,
    longPrompt: { above: 100_000, input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  },
  "claude-haiku-4-5": { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 },
};

/**
 * The price of `model`: from `overrides` (the setting `prices`) or the built-in table, by its exact id or,
 * for an id that ends in a date (`-YYYYMMDD`), by the id without it. Undefined when nobody named a price.
 */
export function priceOf(model: string, overrides: Readonly<Record<string, Price>>): ModelPrice | undefined {
  const names = [model, model.replace(/-20\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/, "")];
  for (const table of [overrides, MODEL_PRICES]) {
    for (const name of names) {
      if (Object.hasOwn(table, name)) return table[name];
    }
  }
  return undefined;
}

/**
 * US dollars for `usage` of ONE request: with a second tier the length of that request's prompt decides,
 * so costs are added per request, never computed from a sum of usages.
 */
export function costOf(usage: TokenUsage, price: ModelPrice): number {
  const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const { longPrompt } = price;
  const tier = longPrompt !== undefined && promptTokens > longPrompt.above ? longPrompt : price;
  const cacheWrite = tier.cacheWrite ?? tier.input * USUAL_CACHE_WRITE_FACTOR;
  const cacheRead = tier.cacheRead ?? tier.input * USUAL_CACHE_READ_FACTOR;
  return (
    (usage.inputTokens * tier.input +
      usage.outputTokens * tier.output +
      usage.cacheWriteTokens * cacheWrite +
      usage.cacheReadTokens * cacheRead) /
    TOKENS_PER_PRICE
  );
}
