/** What an agent is: the front matter and body of a Markdown file, built in or the user's own. */
import { z } from "zod";

/** Front matter of `NAME.md`; unknown fields of other tools' formats are ignored. */
export const agentFrontMatterSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  description: z.string().min(1).max(2000),
  /** Tool names; absent means every workspace tool. */
  tools: z.array(z.string()).optional(),
  model: z.string().min(1).optional(),
  maxTurns: z.number().int().min(1).max(200).optional(),
});

export interface AgentDefinition {
  readonly name: string;
  readonly description: string;
  readonly systemPrompt: string;
  readonly tools: readonly string[];
  readonly model?: string;
  readonly maxTurns?: number;
  /** `builtin`, or the file the definition came from. */
  readonly origin: string;
}
