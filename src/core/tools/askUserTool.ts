import { z } from "zod";
import type { QuestionService } from "../policy/questions.ts";
import type { AskingAgent } from "../policy/approvals.ts";
import type { EventDraft } from "../events/event.ts";
import type { AgentTool } from "./tool.ts";

const inputSchema = z.strictObject({
  question: z.string().trim().min(1).max(2000).describe("One question, complete in itself."),
  options: z.array(z.string().trim().min(1).max(200)).max(6).default([]).describe("Likely answers, if there are any."),
});

const NO_ANSWER = "Nobody answered. Decide yourself, and say in your result what you assumed.";

/** Lets an agent ask the person what only the person can decide. */
export function createAskUserTool(
  questions: QuestionService,
  agent: AskingAgent,
  emit: (draft: EventDraft) => Promise<void>,
): AgentTool<never> {
  const tool: AgentTool<z.infer<typeof inputSchema>> = {
    name: "ask_user",
    description:
      "Asks the person who gave the goal. The run waits for the answer, so ask only what you cannot find out and should not assume.",
    inputSchema,
    intent: ({ question }) => ({ access: "none", subject: question }),
    run: async ({ question, options }, { signal }) => {
      const answer = await questions.ask({ agent, question, options }, emit, signal);
      return { content: answer ?? NO_ANSWER };
    },
  };
  return tool as unknown as AgentTool<never>;
}
