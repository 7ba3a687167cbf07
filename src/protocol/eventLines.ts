/** One event as a line of the list of events, and as all of it. */
import type { EventKind, OrchestratorEvent } from "../core/events/event.ts";
import type { LogFilter, LogRow } from "./monitorModel.ts";
import { callSubject, shortLine, visibleWords } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";

/** Characters of an event that are shown when it is unfolded. */
const LONGEST_DETAIL = 64 * 1024;

const PROBLEMS: ReadonlySet<EventKind> = new Set([
  ...(["step_failed", "step_skipped", "agent_error", "retry_scheduled"] as const),
  ...(["workflow_failed", "workflow_interrupted", "plugin_error"] as const),
]);

/** Not worth a line: text is in the cards, and samples are in the charts. */
const LEFT_OUT: ReadonlySet<string> = new Set(["text_chunk", "thinking_chunk", "tool_output", "metrics_sampled"]);

const GROUPS: Readonly<Record<Exclude<LogFilter["group"], "all" | "problems">, RegExp>> = {
  steps: /^(?:step_|steps_|plan_|workflow_|snapshot_|session_)/,
  agents: /^(?:agent_|turn_|message_|retry_)/,
  tools: /^(?:tool_|plugin_)/,
  questions: /^(?:approval_|question_)/,
  money: /^(?:usage_|request_|budget_|limit_)/,
};

export class EventLines {
  readonly #words: MonitorWords;

  constructor(words: MonitorWords) {
    this.#words = visibleWords(words);
  }

  /** The event as a line, or undefined when it is none or does not fit. */
  row(event: OrchestratorEvent, filter: LogFilter): LogRow | undefined {
    if (LEFT_OUT.has(event.type) || !isInGroup(event, filter.group)) return undefined;
    const row: LogRow = {
      seq: event.seq,
      time: Date.parse(event.timestamp),
      type: event.type,
      source: shortLine("agentId" in event && event.agentId ? event.agentId : event.source, this.#words),
      subject: shortLine(this.#subject(event), this.#words),
      isProblem: isProblem(event),
    };
    const wanted = filter.text.toLowerCase();
    if (wanted === "") return row;
    const words = `${row.type.replaceAll("_", " ")} ${row.source} ${row.subject}`.toLowerCase();
    return words.includes(wanted) || holds(event, wanted) ? row : undefined;
  }

  /** All of the event, for people who want to know exactly. */
  detail(event: OrchestratorEvent): string {
    const text = JSON.stringify(event, null, 2);
    const cut = text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL).toWellFormed()}\n…` : text;
    return this.#words.visible(cut);
  }

  #subject(event: OrchestratorEvent): string {
    const words = this.#words;
    switch (event.type) {
      case "session_created":
        return event.goal;
      case "plan_created":
        return event.plan.summary;
      case "plan_revised":
        return words.message(event.reason, {});
      case "step_started":
      case "step_completed":
        return event.title;
      case "step_skipped":
        return event.title;
      case "step_failed":
        return `${event.title}: ${words.error(event.error)}`;
      case "steps_reset":
        return event.stepIds.join(", ");
      case "agent_initialized":
        return event.taskDescription;
      case "turn_completed":
        return turnText(event.message.content);
      case "message_sent":
        return event.content;
      case "agent_completed":
        return event.result;
      case "plugin_loaded":
        return `${event.plugin} ${event.version} · ${event.permissions.join(", ")}`;
      case "plugin_error":
        return `${event.plugin}: ${words.error(event.error)}`;
      case "agent_error":
      case "workflow_failed":
        return words.error(event.error);
      case "retry_scheduled":
        return event.error ? words.error(event.error) : words.message(event.reason, {});
      case "tool_use":
        return `${event.tool} ${callSubject(event.input, words)}`;
      case "tool_started":
        return event.tool;
      case "tool_result":
        return `${event.tool} ${event.effects.map(({ path }) => path).join(", ") || event.content}`;
      case "approval_requested":
        return `${event.tool} ${event.subject ?? callSubject(event.input, words)}`;
      case "approval_resolved":
        return event.decision;
      case "question_asked":
        return event.question;
      case "question_answered":
        return event.answer ?? "";
      case "usage_recorded": {
        const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = event.usage;
        const read = inputTokens + cacheReadTokens + cacheWriteTokens;
        return `${event.model} · ${read} → ${outputTokens}${event.costUsd === null ? "" : ` · $${event.costUsd.toFixed(4)}`}`;
      }
      case "request_started":
        return `${event.purpose} · ${event.model}`;
      case "snapshot_created":
        return `${event.versionId} · ${words.message(event.reason, {})}`;
      case "workflow_completed":
        return event.summary;
      case "workflow_interrupted":
        return words.message(event.reason, { by: event.by, id: event.sessionId, detail: event.by });
      default:
        return "";
    }
  }
}

function isInGroup(event: OrchestratorEvent, group: LogFilter["group"]): boolean {
  if (group === "all") return true;
  return group === "problems" ? isProblem(event) : GROUPS[group].test(event.type);
}

function isProblem(event: OrchestratorEvent): boolean {
  return PROBLEMS.has(event.type) || (event.type === "tool_result" && event.isError);
}

/** What a turn says, or which tools it calls when it says nothing. */
function turnText(content: readonly { readonly [field: string]: unknown }[]): string {
  const said = content.map((block) => (typeof block["text"] === "string" ? block["text"] : "")).join(" ");
  if (said.trim() !== "") return said;
  return content.flatMap((block) => (typeof block["name"] === "string" ? [block["name"]] : [])).join(", ");
}

/** Is `wanted`, in small letters, in any text of the value? */
function holds(value: unknown, wanted: string): boolean {
  if (typeof value === "string") return value.toLowerCase().includes(wanted);
  return typeof value === "object" && value !== null && Object.values(value).some((part) => holds(part, wanted));
}
