/** What each agent of this window is doing now, folded from the events on the bus. */
import * as vscode from "vscode";
import type { EventOf, OrchestratorEvent } from "../../core/events/event.ts";
import type { EngineHost } from "../engineHost.ts";

export interface RunningAgent {
  readonly sessionId: string;
  readonly agentId: string;
  readonly title: string;
  /** The tool it is using, if it is. */
  readonly tool: string | undefined;
  readonly tokens: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

type MutableAgent = { -readonly [Key in keyof RunningAgent]: RunningAgent[Key] };

export class AgentActivity implements vscode.Disposable {
  readonly #agents = new Map<string, MutableAgent>();
  /** By session and step. */
  readonly #stepTitles = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #opened: vscode.Disposable;
  #subscription: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(host: EngineHost) {
    this.#opened = host.onDidOpen((engine) => {
      this.#subscription = engine.bus.subscribe("*", (event) => {
        if ("seq" in event) this.#note(event as OrchestratorEvent);
      });
    });
  }

  get running(): readonly RunningAgent[] {
    return [...this.#agents.values()];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#opened.dispose();
    this.#subscription?.[Symbol.dispose]();
    this.#changed.dispose();
  }

  /** What it works on: the title of its step, else the first line of its task. */
  #titleOf({ sessionId, stepId, taskDescription }: EventOf<"agent_initialized">): string {
    const step = stepId === undefined ? undefined : this.#stepTitles.get(`${sessionId}/${stepId}`);
    return step ?? taskDescription.split("\n", 1)[0] ?? "";
  }

  #note(event: OrchestratorEvent): void {
    const key = "agentId" in event ? `${event.sessionId}/${event.agentId}` : "";
    const agent = this.#agents.get(key);
    switch (event.type) {
      case "step_started":
        this.#stepTitles.set(`${event.sessionId}/${event.stepId}`, event.title);
        return;
      case "agent_initialized":
        this.#agents.set(key, {
          sessionId: event.sessionId,
          agentId: event.agentId,
          title: this.#titleOf(event),
          tool: undefined,
          tokens: 0,
          startedAt: Date.parse(event.timestamp),
        });
        break;
      case "tool_use":
        if (agent) agent.tool = event.tool;
        break;
      case "tool_result":
        if (agent) agent.tool = undefined;
        break;
      case "usage_recorded":
        if (agent) agent.tokens += event.usage.inputTokens + event.usage.outputTokens;
        break;
      case "agent_completed":
      case "agent_error":
        this.#agents.delete(key);
        break;
      case "workflow_completed":
      case "workflow_failed":
      case "workflow_interrupted":
        for (const all of [this.#agents, this.#stepTitles])
          for (const other of all.keys()) if (other.startsWith(`${event.sessionId}/`)) all.delete(other);
        break;
      default:
        return;
    }
    // Fifty agents change many times a second; the view is redrawn a few times.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire();
    }, 250);
  }
}
