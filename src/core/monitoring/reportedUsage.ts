/** What an answer of the Messages API says it used; of anything else that was returned, nothing. */
import * as z from "zod";
import type { TokenUsage } from "../events/event.ts";

export interface ReportedUsage {
  readonly model: string;
  readonly usage: TokenUsage;
}

const tokens = z.number().int().nonnegative().nullish();

const answerSchema = z.looseObject({
  model: z.string(),
  usage: z.looseObject({
    input_tokens: z.number().int().nonnegative(),
    output_tokens: z.number().int().nonnegative(),
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
  }),
});

export function reportedUsage(result: unknown): ReportedUsage | undefined {
  const { success, data } = answerSchema.safeParse(result);
  if (!success) return undefined;
  return {
    model: data.model,
    usage: {
      inputTokens: data.usage.input_tokens,
      outputTokens: data.usage.output_tokens,
      cacheReadTokens: data.usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: data.usage.cache_creation_input_tokens ?? 0,
    },
  };
}
