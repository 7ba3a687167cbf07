/** One agent of the monitor, brought forward event by event on the host's side. */
import { addUsage, ZERO_USAGE } from "../core/events/event.ts";
import type { EventOf } from "../core/events/event.ts";
import type { TextChange } from "./hostMessage.ts";
import type { AgentRecord, AgentText, ToolRecord } from "./monitorModel.ts";
import type { MonitorWords } from "./monitorWords.ts";
import { callSubject, outputsOf } from "./monitorWords.ts";
import { TEXT_LIMIT, TextTail } from "./textTail.ts";
import { VisibleStream } from "./visibleStream.ts";

type AgentEvent = EventOf<
  | "text_chunk"
  | "thinking_chunk"
  | "turn_completed"
  | "tool_use"
  | "tool_result"
  | "retry_scheduled"
  | "agent_continued"
  | "agent_completed"
  | "agent_error"
>;

/** Characters of the task a card shows. */
const TASK_LENGTH = 500;

/** A part of the log: after `from`, up to and with `to`. */
export interface TextGap {
  readonly from: number;
  readonly to: number;
}

export class AgentCard {
  readonly #words: MonitorWords;
  readonly #visible: VisibleStream;
  #record: AgentRecord;
  #attempt: number;
  /** Tool calls under way, oldest first. */
  readonly #calls = new Map<string, Pick<ToolRecord, "name" | "subject">>();
  readonly #asking = new Set<string>();

  /** What the card shows: finished turns and the one that is being written. */
  #shown = new TextTail();
  /** What remains when the open turn becomes void, because its stream broke. */
  #finished = new TextTail();
  /** Where the open turn begins in `#shown`; undefined when it has no text yet. */
  #turnStart: number | undefined;
  /** `seq` of the newest event that makes earlier text of this agent complete or void, and of its newest text. */
  #textFrom: number;
  #textTo: number;
  /** Of the event that ended it; undefined while it works. */
  #endedAtSeq: number | undefined;
  /** Text that was not taken yet; undefined when all of what is shown must be told. */
  #untold: string[] | undefined = [];
  #untoldLength = 0;

  constructor(event: EventOf<"agent_initialized">, words: MonitorWords) {
    this.#words = words;
    this.#visible = new VisibleStream((text) => words.visible(text));
    this.#attempt = event.attempt ?? 1;
    this.#textFrom = event.seq;
    this.#textTo = event.seq;
    this.#record = {
      agentId: event.agentId,
      agentType: words.visible(event.agentType),
      stepId: event.stepId ?? null,
      task: words.visible(event.taskDescription.slice(0, TASK_LENGTH).toWellFormed()),
      model: words.visible(event.model),
      state: "running",
      thinking: false,
      tool: null,
      turns: 0,
      usage: ZERO_USAGE,
      usedAt: null,
      startedAt: Date.parse(event.timestamp),
      endedAt: null,
      outputs: [],
      problem: null,
    };
  }

  get record(): AgentRecord {
    return this.#record;
  }

  get text(): AgentText {
    return { agentId: this.#record.agentId, text: this.#shown.toString(), omitted: this.#shown.omitted };
  }

  /** Where in a log that ends at `lastSeq` the text of its open turn is, as far as it was not applied. */
  textGap(lastSeq: number): TextGap {
    const isComplete = this.#record.state === "completed";
    return { from: Math.max(this.#textFrom, this.#textTo), to: isComplete ? 0 : (this.#endedAtSeq ?? lastSeq) };
  }

  /** Text that was left out when its time came; what the agent does is known from later events. */
  applyText(event: EventOf<"text_chunk">): void {
    const { from, to } = this.textGap(event.seq);
    if (event.seq <= from || event.seq > to || (event.attempt ?? 1) < this.#attempt) return;
    this.#beginAttempt(event);
    this.#textTo = event.seq;
    this.#write(this.#visible.push(event.content));
    if (this.#endedAtSeq !== undefined) this.#write(this.#visible.flush());
  }

  /** Returns whether the record changed; text is told by `takeText`. */
  apply(event: AgentEvent): boolean {
    const before = this.#record;
    if ((event.attempt ?? 1) < this.#attempt) return false;
    this.#beginAttempt(event);
    this.#endedAtSeq = undefined;
    switch (event.type) {
      case "text_chunk":
        this.#textTo = event.seq;
        this.#write(this.#visible.push(event.content));
        this.#change({ ...AT_WORK, thinking: false });
        break;
      case "thinking_chunk":
        this.#change({ ...AT_WORK, thinking: true });
        break;
      case "turn_completed":
        this.#textFrom = event.seq;
        this.#finishTurn(textOf(event));
        this.#change({ ...AT_WORK, thinking: false, turns: before.turns + 1 });
        break;
      case "tool_use":
        this.#calls.set(event.toolUseId, {
          name: this.#words.visible(event.tool),
          subject: callSubject(event.input, this.#words),
        });
        this.#change({ ...AT_WORK, tool: this.#runningTool() });
        break;
      case "tool_result": {
        const ended = this.#calls.get(event.toolUseId);
        this.#calls.delete(event.toolUseId);
        const state = event.isError ? "failed" : "done";
        const next = this.#runningTool() ?? (ended ? { ...ended, state, others: 0 } : before.tool);
        this.#change({ ...AT_WORK, tool: next });
        break;
      }
      case "retry_scheduled":
        this.#change({
          state: "retrying",
          thinking: false,
          tool: null,
          problem: event.error ? this.#words.error(event.error) : null,
        });
        break;
      case "agent_continued":
        this.goOnFrom(event.seq);
        this.#change({ ...AT_WORK, thinking: false });
        break;
      case "agent_completed":
        this.#endedAtSeq = event.seq;
        this.#end(
          { state: "completed", problem: null, outputs: outputsOf(event.outputs, this.#words) },
          event.timestamp,
        );
        break;
      case "agent_error":
        this.#endedAtSeq = event.seq;
        this.#end({ state: "failed", problem: this.#words.error(event.error) }, event.timestamp);
        break;
    }
    return this.#record !== before;
  }

  addUsage(usage: AgentRecord["usage"], time: number): void {
    this.#change({ usage: addUsage(this.#record.usage, usage), usedAt: time });
  }

  /** It waits for the answer to an approval or a question. */
  asks(id: string): void {
    this.#asking.add(id);
    this.#change({ state: "asking" });
  }

  isAnswered(id: string): void {
    this.#asking.delete(id);
    if (this.#record.endedAt === null) this.#change(AT_WORK);
  }

  /** The run ended, or its process did: an agent that still worked was stopped. Returns whether it was. */
  stop(time: number, seq: number): boolean {
    if (this.#record.endedAt !== null) return false;
    this.#endedAtSeq = seq;
    this.#clearCalls();
    this.#change({ state: "stopped", thinking: false, tool: null, problem: null, endedAt: time });
    return true;
  }

  /** The process that wrote it died: what it had not finished never happened. `seq` is of the event that says so. */
  goOnFrom(seq: number): void {
    this.#textFrom = seq;
    this.dropOpenTurn();
  }

  /** The turn that is being written never happened: its stream broke, or its process died. */
  dropOpenTurn(): void {
    this.#visible.reset();
    if (this.#turnStart === undefined) return;
    this.#turnStart = undefined;
    this.#shown = this.#finished.copy();
    this.#untold = undefined;
  }

  /** The text since the last call, or undefined when there is none. */
  takeText(): TextChange | undefined {
    const { agentId } = this.#record;
    const untold = this.#untold;
    this.forgetText();
    if (untold === undefined) return { kind: "replace", ...this.text };
    return untold.length === 0 ? undefined : { kind: "append", agentId, text: untold.join("") };
  }

  /** The next `takeText` gives the whole text, in place of another that was told. */
  retellText(): void {
    this.#untold = undefined;
  }

  /** All of the text has been told. */
  forgetText(): void {
    this.#untold = [];
    this.#untoldLength = 0;
  }

  #beginAttempt(event: { readonly seq: number; readonly attempt?: number | undefined }): void {
    if ((event.attempt ?? 1) === this.#attempt) return;
    this.#attempt = event.attempt ?? 1;
    this.#textFrom = event.seq - 1;
    this.dropOpenTurn();
  }

  #write(text: string): void {
    if (text === "") return;
    if (this.#turnStart === undefined) {
      // A turn is a paragraph of its own.
      const before = this.#shown.since(Math.max(0, this.#shown.end - 2)) ?? "";
      if (before !== "") this.#show(before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n");
      this.#turnStart = this.#shown.end;
    }
    this.#show(text);
  }

  #show(text: string): void {
    this.#shown.append(text);
    if (this.#untold === undefined || text === "") return;
    this.#untold.push(text);
    this.#untoldLength += text.length;
    if (this.#untoldLength > TEXT_LIMIT) this.#untold = undefined;
  }

  /** The received turn is the authority on its text: chunks may be missing where the log was read without them. */
  #finishTurn(received: string): void {
    this.#write(this.#visible.flush());
    const text = this.#words.visible(received);
    const streamed = this.#turnStart === undefined ? "" : this.#shown.since(this.#turnStart);
    if (streamed !== text && !(streamed === undefined && text.endsWith(this.#shown.toString()))) {
      this.dropOpenTurn();
      this.#write(text);
    }
    this.#turnStart = undefined;
    this.#finished = this.#shown.copy();
  }

  #clearCalls(): void {
    this.#calls.clear();
    this.#asking.clear();
  }

  #end(change: Partial<AgentRecord>, timestamp: string): void {
    this.#write(this.#visible.flush());
    this.#clearCalls();
    this.#change({ thinking: false, tool: null, endedAt: Date.parse(timestamp), ...change });
  }

  #runningTool(): ToolRecord | null {
    const newest = [...this.#calls.values()].at(-1);
    return newest ? { ...newest, state: "running", others: this.#calls.size - 1 } : null;
  }

  #change(change: Partial<AgentRecord>): void {
    const next = { ...this.#record, ...change };
    if (next.state === "running" && this.#asking.size > 0) next.state = "asking";
    const keys = Object.keys(change) as (keyof AgentRecord)[];
    if (keys.some((key) => !isSame(next[key], this.#record[key]))) this.#record = next;
  }
}

/** What any sign of life says; also of an agent that was thought stopped, because its run goes on. */
const AT_WORK = { state: "running", problem: null, endedAt: null } as const satisfies Partial<AgentRecord>;

function textOf(event: EventOf<"turn_completed">): string {
  return event.message.content
    .map((block) => (block.type === "text" && typeof block["text"] === "string" ? block["text"] : ""))
    .join("");
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === "object" && JSON.stringify(left) === JSON.stringify(right));
}
