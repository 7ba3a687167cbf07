/** Model requests that were sent, and whose price nobody heard because the process ended before. */
import type { AgentSession } from "../agents/agentSession.ts";
import type { EventOf } from "../events/event.ts";
import type { ModelClients } from "../model/modelClients.ts";
import { estimatedUsage, estimateTokens } from "../model/tokenEstimate.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";

/** Records what they have cost, as far as it can be told: the request's length and the text that had arrived. */
export async function payCutRequests(
  { log }: AgentSession,
  requests: readonly EventOf<"request_started">[],
  options: { readonly sessions: SessionManager; readonly models: Pick<ModelClients, "costOf"> },
): Promise<void> {
  const drafts = await Promise.all(
    requests.map(async (request) => {
      const { requestId, agentId, stepId, purpose, model, estimatedInputTokens } = request;
      const arrived = await charactersAfter(request, options.sessions);
      const usage = estimatedUsage(estimatedInputTokens, estimateTokens(arrived));
      return {
        type: "usage_recorded" as const,
        source: "model",
        requestId,
        ...(agentId === undefined ? {} : { agentId }),
        ...(stepId === undefined ? {} : { stepId }),
        purpose,
        model,
        usage,
        costUsd: options.models.costOf(model, usage),
        wasted: true,
        estimated: true,
      };
    }),
  );
  await Promise.all(drafts.map((draft) => log.emit(draft)));
}

/** How much text of the answer is in the log. */
async function charactersAfter(request: EventOf<"request_started">, sessions: SessionManager): Promise<number> {
  let characters = 0;
  for await (const event of sessions.readEvents(request.sessionId, request.seq)) {
    const isText = event.type === "text_chunk" || event.type === "thinking_chunk";
    if (isText && event.agentId === request.agentId) characters += event.content.length;
  }
  return characters;
}
