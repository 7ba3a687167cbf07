/** Tokens where nobody counted them. */
import type { TokenUsage } from "../events/event.ts";

/** Rule of thumb of the provider for English text: a token is about four characters. */
const CHARACTERS_PER_TOKEN = 4;

export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** What came from a cache is not known, so it counts as if nothing did. */
export function estimatedUsage(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 };
}
