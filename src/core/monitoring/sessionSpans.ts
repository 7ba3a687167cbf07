/**
 * Tells OpenTelemetry what sessions do, as spans in its conventions for generative AI: `invoke_workflow` for a
 * session, `invoke_agent` within it, `execute_tool` within that. Made from the events, so it can hold up nobody, and
 * without what people, agents and tools say.
 *
 * Where spans go is decided outside: by the OpenTelemetry SDK and exporter the program was started with. Without them
 * they go nowhere.
 */
import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Span, type Tracer } from "@opentelemetry/api";
import { addUsage, ZERO_USAGE, type OrchestratorEvent, type TokenUsage } from "../events/event.ts";
import type { BusEvent, EventBus } from "../events/eventBus.ts";

/** Names of the conventions' attributes, which change until they are stable. */
const NAMES = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  conversation: "gen_ai.conversation.id",
  agentId: "gen_ai.agent.id",
  agentName: "gen_ai.agent.name",
  model: "gen_ai.request.model",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  toolName: "gen_ai.tool.name",
  toolCall: "gen_ai.tool.call.id",
  error: "error.type",
} as const;

interface OpenSpan {
  readonly span: Span;
  readonly sessionId: string;
  usage: TokenUsage;
}

export class SessionSpans implements Disposable {
  readonly #tracer: Tracer;
  readonly #listening: Disposable;
  readonly #workflows = new Map<string, OpenSpan>();
  readonly #agents = new Map<string, OpenSpan>();
  readonly #tools = new Map<string, OpenSpan>();

  constructor(bus: EventBus, version: string) {
    this.#tracer = trace.getTracer("ai-orchestrator", version);
    this.#listening = bus.subscribe("*", (event) => {
      if (isLogged(event)) this.#apply(event);
    });
  }

  /** What is still open ends here, and did not end by itself. */
  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    const now = Date.now();
    for (const open of [this.#tools, this.#agents, this.#workflows])
      for (const id of [...open.keys()]) end(open, id, now, "interrupted");
  }

  #apply(event: OrchestratorEvent): void {
    const { sessionId } = event;
    const time = Date.parse(event.timestamp);
    switch (event.type) {
      case "session_created":
        this.#openWorkflow(sessionId, time, event.provider);
        break;
      case "workflow_resumed":
        this.#openWorkflow(sessionId, time);
        break;
      case "agent_initialized":
        this.#openAgent(event, time, { [NAMES.agentName]: event.agentType, [NAMES.model]: event.model });
        break;
      case "agent_continued":
        this.#openAgent(event, time, {});
        break;
      case "tool_use":
        this.#openTool(event, time);
        break;
      case "tool_result":
        end(this.#tools, keyOf(sessionId, event.toolUseId), time, event.isError ? "tool_error" : undefined);
        break;
      case "usage_recorded": {
        const spenders = [this.#workflows.get(sessionId), this.#agents.get(keyOf(sessionId, event.agentId ?? ""))];
        for (const open of spenders) if (open) open.usage = addUsage(open.usage, event.usage);
        break;
      }
      case "agent_completed":
        end(this.#agents, keyOf(sessionId, event.agentId), time);
        break;
      case "agent_error":
        end(this.#agents, keyOf(sessionId, event.agentId), time, event.error.code);
        break;
      case "workflow_completed":
        this.#endWorkflow(sessionId, time);
        break;
      case "workflow_failed":
        this.#endWorkflow(sessionId, time, event.error.code);
        break;
      case "workflow_interrupted":
        this.#endWorkflow(sessionId, time, "interrupted");
        break;
      default:
        break;
    }
  }

  #openWorkflow(sessionId: string, time: number, provider?: string): void {
    this.#endWorkflow(sessionId, time, "interrupted");
    const attributes = {
      [NAMES.operation]: "invoke_workflow",
      [NAMES.conversation]: sessionId,
      ...(provider === undefined ? {} : { [NAMES.provider]: provider }),
    };
    const span = this.#tracer.startSpan("invoke_workflow", { startTime: time, attributes, kind: SpanKind.INTERNAL });
    this.#workflows.set(sessionId, { span, sessionId, usage: ZERO_USAGE });
  }

  #openAgent(event: { readonly sessionId: string; readonly agentId: string }, time: number, more: Attributes): void {
    const { sessionId, agentId } = event;
    const key = keyOf(sessionId, agentId);
    end(this.#agents, key, time, "interrupted");
    const name = more[NAMES.agentName];
    const attributes = {
      ...{ [NAMES.operation]: "invoke_agent", [NAMES.conversation]: sessionId, [NAMES.agentId]: agentId },
      ...more,
    };
    const span = this.#tracer.startSpan(
      typeof name === "string" ? `invoke_agent ${name}` : "invoke_agent",
      { startTime: time, attributes, kind: SpanKind.INTERNAL },
      within(this.#workflows.get(sessionId)),
    );
    this.#agents.set(key, { span, sessionId, usage: ZERO_USAGE });
  }

  #openTool(event: Extract<OrchestratorEvent, { type: "tool_use" }>, time: number): void {
    const { sessionId, agentId, toolUseId, tool } = event;
    const attributes = {
      ...{ [NAMES.operation]: "execute_tool", [NAMES.conversation]: sessionId },
      ...{ [NAMES.toolName]: tool, [NAMES.toolCall]: toolUseId, [NAMES.agentId]: agentId },
    };
    const span = this.#tracer.startSpan(
      `execute_tool ${tool}`,
      { startTime: time, attributes, kind: SpanKind.INTERNAL },
      within(this.#agents.get(keyOf(sessionId, agentId))),
    );
    this.#tools.set(keyOf(sessionId, toolUseId), { span, sessionId, usage: ZERO_USAGE });
  }

  /** With it ends what is open within it. */
  #endWorkflow(sessionId: string, time: number, errorType?: string): void {
    if (!this.#workflows.has(sessionId)) return;
    for (const open of [this.#tools, this.#agents])
      for (const [key, { sessionId: whose }] of [...open])
        if (whose === sessionId) end(open, key, time, errorType ?? "interrupted");
    end(this.#workflows, sessionId, time, errorType);
  }
}

/** What a user of the API or a plugin published has no place in a log, and tells of nothing that was measured. */
function isLogged(event: BusEvent): event is OrchestratorEvent {
  return "seq" in event && "epoch" in event;
}

function keyOf(sessionId: string, id: string): string {
  return `${sessionId}/${id}`;
}

function within(parent: OpenSpan | undefined): ReturnType<typeof context.active> {
  return parent ? trace.setSpan(context.active(), parent.span) : context.active();
}

function end(open: Map<string, OpenSpan>, key: string, time: number, errorType?: string): void {
  const ending = open.get(key);
  if (!ending) return;
  open.delete(key);
  const { span, usage } = ending;
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  if (input + usage.outputTokens > 0)
    span.setAttributes({ [NAMES.inputTokens]: input, [NAMES.outputTokens]: usage.outputTokens });
  if (errorType !== undefined) {
    span.setAttribute(NAMES.error, errorType);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(time);
}
