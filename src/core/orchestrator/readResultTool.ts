import { z } from "zod";
import type { AgentTool } from "../tools/tool.ts";
import { RESULT_TEXT_LIMIT, type StepResult } from "./stepResults.ts";

const inputSchema = z.object({ step_id: z.string(), offset: z.number().int().nonnegative().default(0) });

/** Pages the rest of a long result of a step this one depends on. */
export function createReadResultTool(results: ReadonlyMap<string, StepResult>): AgentTool<never> {
  const tool: AgentTool<z.infer<typeof inputSchema>> = {
    name: "read_result",
    description:
      "Reads on in the result of a step this task depends on, when it was cut in the task. offset counts characters.",
    inputSchema,
    intent: ({ step_id }) => ({ access: "none", subject: `the result of step ${step_id}` }),
    run: async ({ step_id, offset }) => {
      const result = results.get(step_id);
      if (!result)
        return {
          content: `There is no result of "${step_id}" here; there are ${[...results.keys()].join(", ")}.`,
          isError: true,
        };
      const end = offset + RESULT_TEXT_LIMIT;
      const rest = result.text.length - end;
      return {
        content: result.text.slice(offset, end) + (rest > 0 ? `\n\n[${rest} more characters from offset ${end}]` : ""),
      };
    },
  };
  return tool as unknown as AgentTool<never>;
}
