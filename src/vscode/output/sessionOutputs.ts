/** One output channel per session that runs in this window; each line begins with the agent's id. */
import * as vscode from "vscode";
import type { OrchestratorEvent } from "../../core/events/event.ts";
import { visibleText } from "../../core/policy/visibleText.ts";
import { describeToolUse } from "./toolLine.ts";

export class SessionOutputs implements vscode.Disposable {
  readonly #channels = new Map<string, SessionOutput>();

  /** Opens the channel of a session. */
  open(sessionId: string, title: string): SessionOutput {
    let output = this.#channels.get(sessionId);
    if (!output) {
      output = new SessionOutput(vscode.window.createOutputChannel(vscode.l10n.t("AI Orchestrator: {0}", title)));
      this.#channels.set(sessionId, output);
    }
    return output;
  }

  /** Brings the channel of a session to the front, else the newest one. False when this window has none. */
  show(sessionId?: string): boolean {
    const output =
      (sessionId === undefined ? undefined : this.#channels.get(sessionId)) ?? [...this.#channels.values()].at(-1);
    output?.show();
    return output !== undefined;
  }

  /** Removes the channel, when the session's view is closed or the session is gone. */
  close(sessionId: string): void {
    this.#channels.get(sessionId)?.dispose();
    this.#channels.delete(sessionId);
  }

  dispose(): void {
    for (const output of this.#channels.values()) output.dispose();
    this.#channels.clear();
  }
}

/** Writes events as lines. Text of an agent is written when a line of it is complete. */
export class SessionOutput implements vscode.Disposable {
  readonly #channel: vscode.OutputChannel;
  readonly #unfinished = new Map<string, string>();
  #isClosed = false;

  constructor(channel: vscode.OutputChannel) {
    this.#channel = channel;
  }

  write(event: OrchestratorEvent): void {
    switch (event.type) {
      case "text_chunk":
        this.#text(event.agentId, event.content);
        break;
      case "turn_completed":
        this.#finish(event.agentId);
        break;
      case "tool_use":
        this.#line(event.agentId, `→ ${describeToolUse(event.tool, event.input)}`);
        break;
      case "tool_result":
        if (event.isError) this.#line(event.agentId, `✗ ${firstLine(event.content)}`);
        for (const effect of event.effects) this.#line(event.agentId, `✓ ${effect.change} ${effect.path}`);
        break;
      case "agent_error":
        this.#line(event.agentId, `✗ ${event.error.message}`);
        break;
      case "retry_scheduled":
        this.#line(event.agentId, `↻ ${event.reason}`);
        break;
      case "step_started":
        this.#line("plan", `▶ ${event.title}`);
        break;
      case "step_completed":
        this.#line("plan", `✓ ${event.title}`);
        break;
      case "step_failed":
        this.#line("plan", `✗ ${event.title}: ${event.error.message}`);
        break;
      case "step_skipped":
        this.#line("plan", `– ${event.title}`);
        break;
      case "workflow_completed":
        this.#line("session", "completed");
        break;
      case "workflow_failed":
        this.#line("session", `failed: ${event.error.message}`);
        break;
      case "workflow_interrupted":
        this.#line("session", `stopped by ${event.by}`);
        break;
      default:
        break;
    }
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#isClosed = true;
    this.#channel.dispose();
  }

  #text(agentId: string, content: string): void {
    const lines = ((this.#unfinished.get(agentId) ?? "") + content).split("\n");
    this.#unfinished.set(agentId, lines.pop() ?? "");
    for (const line of lines) this.#line(agentId, line);
  }

  #finish(agentId: string): void {
    const rest = this.#unfinished.get(agentId);
    if (rest) this.#line(agentId, rest);
    this.#unfinished.delete(agentId);
  }

  #line(source: string, text: string): void {
    // A window that closes takes its channels away before its runs have ended.
    if (!this.#isClosed) this.#channel.appendLine(`[${source}] ${visibleText(text)}`);
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
