/** `--streaming` without a terminal: every agent's work as lines, each with the agent's id in front. */
import type { ErrorInfo, EventOf, OrchestratorEvent } from "../core/events/event.ts";
import type { Console } from "./console.ts";
import { countOf, formatCost, formatCount } from "./format.ts";
import { resultText } from "./runOutput.ts";
import type { RunOutput } from "./runOutput.ts";
import { toolSubject } from "../core/tools/toolSubject.ts";
import type { RunView } from "./viewModel.ts";

/** Text of an agent that has no line end for so long is printed as it is. */
const LONGEST_LINE = 4000;

export class PlainOutput implements RunOutput {
  readonly #console: Console;
  readonly #words: (error: ErrorInfo) => string;
  /** Text not yet printed because its line has not ended, by agent. */
  readonly #pending = new Map<string, string>();

  constructor(console: Console, words: (error: ErrorInfo) => string) {
    this.#console = console;
    this.#words = words;
  }

  async event(event: OrchestratorEvent, view: RunView): Promise<void> {
    if (event.type === "text_chunk") {
      await this.#text(event);
      return;
    }
    // Ends the line of the turn's text; the event itself says nothing new.
    if (event.type === "turn_completed") await this.#endLine(event.agentId);
    const lines = this.#linesOf(event, view);
    if (lines.length === 0) return;
    const prefix =
      "agentId" in event && event.agentId !== undefined && !event.type.startsWith("step_")
        ? event.agentId
        : "orchestrator";
    await this.#endLine(prefix);
    await this.#print(prefix, lines.join("\n"));
  }

  async finish(): Promise<void> {
    for (const agentId of [...this.#pending.keys()]) await this.#endLine(agentId);
  }

  async #text({ agentId, content }: EventOf<"text_chunk">): Promise<void> {
    const text = (this.#pending.get(agentId) ?? "") + content;
    const end = text.length > LONGEST_LINE ? text.length : text.lastIndexOf("\n") + 1;
    this.#pending.set(agentId, text.slice(end));
    if (end > 0) await this.#print(agentId, text.slice(0, end).replace(/\n$/, ""));
  }

  async #endLine(agentId: string): Promise<void> {
    const text = this.#pending.get(agentId);
    this.#pending.delete(agentId);
    if (text !== undefined && text.trim() !== "") await this.#print(agentId, text);
  }

  #print(prefix: string, text: string): Promise<void> {
    const lines = text.split("\n").map((line) => `[${prefix}] ${line}`.trimEnd());
    return this.#console.print(lines.join("\n"));
  }

  /** Lines for an event; none for kinds that only machines read. */
  #linesOf(event: OrchestratorEvent, view: RunView): string[] {
    switch (event.type) {
      case "session_created":
        return [`session ${event.sessionId}: ${event.goal}`];
      case "session_forked":
        return [
          `session ${event.sessionId}, forked from ${event.parentSessionId}/${event.parentVersionId}: ${view.goal}`,
        ];
      case "plan_created":
      case "plan_revised":
        return [
          `plan: ${countOf(event.plan.steps.length, "step")}`,
          ...event.plan.steps.map(({ id, title, agentType, dependsOn }) => {
            const after = dependsOn.length === 0 ? "" : `, after ${dependsOn.join(", ")}`;
            return `  ${id}: ${title} (${agentType}${after})`;
          }),
        ];
      case "step_started":
        return [`step ${event.stepId} started: ${event.title}`];
      case "step_completed":
        return [`step ${event.stepId} completed${event.outputs.length === 0 ? "" : `: ${event.outputs.join(", ")}`}`];
      case "step_failed":
        return [`step ${event.stepId} failed: ${this.#words(event.error)}`];
      case "step_skipped":
        return [`step ${event.stepId} skipped, because it needs ${event.blockedBy.join(", ")}`];
      case "agent_initialized":
        return [`started as ${event.agentType} with ${event.model}`];
      case "agent_completed":
        return ["completed"];
      case "agent_error":
        return [`failed: ${this.#words(event.error)}`];
      case "tool_use":
        return [`→ ${event.tool} ${toolSubject(event.input)}`.trimEnd()];
      case "tool_result":
        return toolResultLines(event);
      case "retry_scheduled":
        return [`tries again in ${(event.delayMs / 1000).toFixed(1)} s (${event.reason})`];
      case "workflow_resumed":
        return [`session ${event.sessionId} goes on: ${view.goal}`, `${doneOf(view)} done`];
      case "steps_reset":
        return [`runs again: ${event.stepIds.join(", ")}`];
      case "pool_paused":
        return [`paused by ${event.by}`];
      case "pool_continued":
        return [`goes on, by ${event.by}`];
      case "agent_continued":
        return [`goes on after ${countOf(event.turn, "turn")}`];
      case "message_sent":
        // What has no command was sent by the program itself.
        return event.commandId === undefined ? [] : [`is told by ${event.by}: ${event.content}`];
      case "question_asked":
        return [[`asks: ${event.question}`, ...event.options.map((option) => `  - ${option}`)].join("\n")];
      case "question_answered":
        return [event.answer === null ? `no answer (${event.by})` : `answered by ${event.by}: ${event.answer}`];
      case "approval_requested":
        return [`asks for a yes: ${event.tool} ${event.subject ?? toolSubject(event.input)}`.trimEnd()];
      case "approval_resolved":
        return [`${event.decision === "deny" ? "denied" : "allowed"} by ${event.by}`];
      case "workflow_completed":
      case "workflow_failed":
        return [...resultText(view).split("\n"), endLine(view)].filter((line, index) => index > 0 || line !== "");
      case "workflow_interrupted":
        return [endLine(view)];
      default:
        return [];
    }
  }
}

function toolResultLines({ tool, isError, content, effects }: EventOf<"tool_result">): string[] {
  if (isError) return [`${tool} failed: ${content.trim().split("\n")[0] ?? ""}`];
  return effects.map(({ change, path }) => `${change} ${path}`);
}

function doneOf({ steps }: RunView): string {
  const done = steps.filter(({ state }) => state === "completed").length;
  return `${done} of ${countOf(steps.length, "step")}`;
}

function endLine(view: RunView): string {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = view.usage;
  const tokens = formatCount(inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens);
  return `${view.status}: ${doneOf(view)}, ${tokens} tokens, ${formatCost(view.costUsd, view.costIsPartial)}`;
}
