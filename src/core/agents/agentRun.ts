/**
 * One agent: one model loop of the SDK's tool runner, every delta an event.
 *
 * The conversation lives here and in the log, never on a server (`thread: false`), because resume, fork
 * and any other endpoint need the whole of it. Requests are retried by the SDK; a stream that broke or
 * stalled after it began is a new attempt from the last committed turn, here.
 */
import type { Anthropic } from "@anthropic-ai/sdk";
import { OrchestratorError } from "../errors.ts";
import type { RunSteering } from "../control/runSteering.ts";
import type { EventDraft } from "../events/event.ts";
import type { SessionLog } from "../events/sessionLog.ts";
import type { ModelClient } from "../model/modelClients.ts";
import { usageOf } from "../model/usageMeter.ts";
import type { Clock } from "../ports.ts";
import {
  answer,
  isBlankText,
  pendingCalls,
  withoutBlankText,
  type AgentHistory,
  type RecordedCall,
  type ToolUseBlock,
} from "./agentHistory.ts";
import { ProgressTimeout } from "./progressTimeout.ts";
import { planRetry, StalledStream } from "./streamFailure.ts";

type Message = Anthropic.Beta.BetaMessageParam;
type ReceivedMessage = Anthropic.Beta.BetaMessage;
type RunnerParams = Parameters<Anthropic["beta"]["messages"]["toolRunner"]>[0];
export type RunnerTools = RunnerParams["tools"];

export interface AgentIdentity {
  readonly agentId: string;
  readonly stepId?: string;
  readonly batchId?: string;
}

export interface AgentRunOptions {
  readonly identity: AgentIdentity;
  readonly client: ModelClient;
  readonly origin: string;
  readonly log: SessionLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly model: string;
  readonly systemPrompt: string;
  readonly task: string;
  readonly tools: RunnerTools;
  readonly maxTurns: number;
  readonly maxOutputTokens: number;
  readonly timeoutMinutes: number;
  readonly idleTimeoutSeconds: number;
  /** False: one `text_chunk` per turn instead of one per delta. */
  readonly streamResponses: boolean;
  /** Current attempt, kept by the caller because tools and the model client name it too. */
  readonly attempt: { value: number };
  /** Where the conversation stands already; without it a new one begins with `task`. */
  readonly history?: AgentHistory;
  /** Makes one tool call, for calls that a process before this one did not get an answer to. */
  readonly callTool: (call: ToolUseBlock) => Promise<RecordedCall>;
  /** Holds the agent, and brings it what people tell it. */
  readonly steering: RunSteering;
  /** Sees each received turn before its tools run, for taint. */
  readonly onTurn?: (message: ReceivedMessage) => void;
  /** Asked after each turn's tools: true ends the loop without another request. */
  readonly isFinished?: () => boolean;
  /** Asked when the model ended its turn: a text makes it go on with that as the next user message. */
  readonly followUp?: () => string | undefined;
}

export interface AgentRunResult {
  /** Text of the last turn that had any. */
  readonly text: string;
  readonly turns: number;
}

export class AgentRun {
  readonly #options: AgentRunOptions;
  /** The conversation up to the last committed turn; what a new attempt starts from. */
  #messages: Message[];
  #turns = 0;
  #text = "";
  #streamBegan = false;

  constructor(options: AgentRunOptions) {
    this.#options = options;
    const { history, task } = options;
    this.#messages = history ? [...history.messages] : [{ role: "user", content: task }];
    this.#turns = history?.turns ?? 0;
    this.#text = history?.text ?? "";
  }

  /** @throws OrchestratorError of the model, `agent.maxTurns`, `agent.timeout`, or the signal's reason. */
  async run(): Promise<AgentRunResult> {
    const { clock, signal, timeoutMinutes, client } = this.#options;
    const deadline = new AbortController();
    using _ = clock.setTimer(timeoutMinutes * 60_000, () =>
      deadline.abort(new OrchestratorError("agent.timeout", { minutes: timeoutMinutes })),
    );
    const stop = AbortSignal.any([signal, deadline.signal]);
    try {
      if (await this.#begin(stop)) return { text: this.#text, turns: this.#turns };
      let retries = 0;
      for (;;) {
        const turnsBefore = this.#turns;
        try {
          const ended = await this.#loop(stop);
          if (ended) return { text: this.#text, turns: this.#turns };
        } catch (error) {
          stop.throwIfAborted();
          if (this.#turns > turnsBefore) retries = 0;
          await this.#retryOrThrow(error, retries++, stop);
        }
      }
    } finally {
      await client.settled();
    }
  }

  /** Says what the task is, or takes up the conversation where it stands. True when it had ended already. */
  async #begin(stop: AbortSignal): Promise<boolean> {
    const { history, task, callTool, isFinished } = this.#options;
    if (!history || this.#messages.length === 0) {
      this.#messages = [{ role: "user", content: task }];
      await this.#emit({ type: "message_sent", content: task, by: "orchestrator" });
      return false;
    }
    const calls = pendingCalls(this.#messages);
    if (calls.length > 0) {
      const results = await Promise.all(calls.map(async (call) => [call, await callTool(call)] as const));
      stop.throwIfAborted();
      this.#messages = [...this.#messages, answer(results)];
      return isFinished?.() === true;
    }
    const last = this.#messages.at(-1);
    return (
      last?.role === "assistant" && history.lastStopReason !== "pause_turn" && (await this.#end(history.lastStopReason))
    );
  }

  /** Runs the SDK's loop until the model ends its turn. Returns false when the conversation goes on. */
  async #loop(stop: AbortSignal): Promise<boolean> {
    const { client, model, systemPrompt, tools, maxTurns, maxOutputTokens, isFinished, steering } = this.#options;
    await steering.pass(stop);
    const runner = client.anthropic.beta.messages.toolRunner(
      {
        model,
        max_tokens: maxOutputTokens,
        system: systemPrompt,
        messages: this.#messages.filter((message) => message.content?.length !== 0),
        tools,
        stream: true,
        thread: false,
        max_iterations: Math.max(1, maxTurns - this.#turns),
        cache_control: { type: "ephemeral" },
        ...(hasAdaptiveThinking(model) ? { thinking: { type: "adaptive", display: "summarized" } } : {}),
      },
      { signal: stop },
    );
    let last: ReceivedMessage | undefined;
    for await (const stream of runner) {
      this.#streamBegan = false;
      last = await this.#receive(stream, stop);
      await this.#recordTurn(last);
      const results = last.stop_reason === "tool_use" ? await runner.generateToolResponse(stop) : null;
      stop.throwIfAborted();
      this.#messages = [
        ...runner.params.messages,
        { role: "assistant", content: withoutBlankText(last.content) },
        ...(results ? [results] : []),
      ];
      if (isFinished?.()) return true;
      await steering.pass(stop);
      if (results && (await this.#takeMessages())) return false;
      // The SDK's loop would send the blank text back, which the API refuses; a new loop starts from ours.
      if (results && last.content.some(isBlankText)) return false;
    }
    return this.#end(last?.stop_reason ?? null);
  }

  /** The model ended its turn. True when the conversation is over, false when it goes on with a new user turn. */
  async #end(stopReason: string | null): Promise<boolean> {
    const { maxTurns, followUp } = this.#options;
    this.#checkStopReason(stopReason);
    if (await this.#takeMessages()) return false;
    const more = followUp?.();
    if (more === undefined) return true;
    if (this.#turns >= maxTurns) throw new OrchestratorError("agent.maxTurns", { turns: maxTurns });
    await this.#emit({ type: "message_sent", content: more, by: "orchestrator" });
    this.#messages = [...this.#messages, { role: "user", content: more }];
    return false;
  }

  /** Puts what people told the agent into its conversation. False when nobody said anything. */
  async #takeMessages(): Promise<boolean> {
    const { steering, identity } = this.#options;
    const told = steering.take(identity.agentId);
    for (const { text, by, commandId } of told) {
      await this.#emit({ type: "message_sent", content: text, by, ...(commandId ? { commandId } : {}) });
      this.#messages = [...this.#messages, { role: "user", content: text }];
    }
    return told.length > 0;
  }

  /** Passes one streamed turn on as it arrives. */
  async #receive(stream: AnthropicStream, stop: AbortSignal): Promise<ReceivedMessage> {
    const { clock, idleTimeoutSeconds, log, identity, attempt, streamResponses } = this.#options;
    using idle = new ProgressTimeout(clock, idleTimeoutSeconds * 1000, () => stream.abort());
    const source = identity.agentId;
    let text = "";
    try {
      for await (const event of stream) {
        this.#streamBegan = true;
        idle.progress();
        if (event.type !== "content_block_delta") continue;
        const { delta } = event;
        let wait: Promise<void> | undefined;
        if (delta.type === "text_delta" && delta.text) {
          text += delta.text;
          if (streamResponses) {
            wait = log.emitText({
              type: "text_chunk",
              source,
              ...identity,
              attempt: attempt.value,
              content: delta.text,
            });
          }
        } else if (delta.type === "thinking_delta" && delta.thinking) {
          wait = log.emitText({
            type: "thinking_chunk",
            source,
            ...identity,
            attempt: attempt.value,
            content: delta.thinking,
          });
        }
        if (wait) await wait;
      }
      const message = await stream.finalMessage();
      if (!streamResponses && text) {
        await log.emitText({ type: "text_chunk", source, ...identity, attempt: attempt.value, content: text });
      }
      return message;
    } catch (error) {
      stop.throwIfAborted();
      if (idle.expired) throw new StalledStream(idleTimeoutSeconds);
      throw error;
    }
  }

  async #recordTurn(message: ReceivedMessage): Promise<void> {
    this.#turns += 1;
    const text = message.content
      .map((block) => (block.type === "text" ? block.text : ""))
      .join("")
      .trim();
    if (text) this.#text = text;
    const { onTurn, client, log } = this.#options;
    onTurn?.(message);
    const usage = client.takeUsage();
    // In one turn of the event loop, so that the turn and what it cost are one transaction.
    await Promise.all([
      ...(usage ? [log.emit(usage)] : []),
      this.#emit({
        type: "turn_completed",
        turn: this.#turns,
        // A copy without the SDK's own helpers: exactly the blocks of the wire.
        message: { role: "assistant", content: JSON.parse(JSON.stringify(message.content)) as { type: string }[] },
        stopReason: message.stop_reason,
        usage: usageOf(message.usage),
      }),
    ]);
  }

  #checkStopReason(stopReason: string | null): void {
    const { maxTurns, maxOutputTokens } = this.#options;
    switch (stopReason) {
      case "tool_use":
      case "pause_turn":
        throw new OrchestratorError("agent.maxTurns", { turns: maxTurns });
      case "max_tokens":
        throw new OrchestratorError("model.maxTokens", { limit: maxOutputTokens });
      case "model_context_window_exceeded":
        throw new OrchestratorError("model.contextFull", {});
      case "refusal":
        throw new OrchestratorError("model.refused", { detail: this.#text });
      default:
        return;
    }
  }

  async #retryOrThrow(error: unknown, retries: number, stop: AbortSignal): Promise<void> {
    const { client, origin, model, attempt, clock, identity } = this.#options;
    const request = { origin, model, streamBegan: this.#streamBegan };
    const retry = planRetry({ error, request, client, agentId: identity.agentId, retries });
    attempt.value += 1;
    await this.#emit({ type: "retry_scheduled", ...retry });
    await clock.sleep(retry.delayMs, stop);
  }

  #emit(draft: DistributiveOmit<Extract<EventDraft, { agentId: string }>, "source" | "agentId">): Promise<void> {
    const { identity, attempt, log } = this.#options;
    return log.emit({ ...draft, source: identity.agentId, ...identity, attempt: attempt.value });
  }
}

type AnthropicStream = ReturnType<Anthropic["beta"]["messages"]["stream"]>;
type DistributiveOmit<Type, Keys extends PropertyKey> = Type extends unknown ? Omit<Type, Keys> : never;

/** Models that think by themselves and would otherwise stay silent between tool calls. */
function hasAdaptiveThinking(model: string): boolean {
  return /^claude-(?:fable|mythos|opus|sonnet|haiku)-(?:5|4-[678])(?:-|$)/.test(model);
}
