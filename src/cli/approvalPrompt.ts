/** Asks the person at the terminal whether an agent may do what it wants to do. */
import { wordsOf } from "../core/messages.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";
import { visibleText } from "../core/policy/visibleText.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../core/ports.ts";
import type { Console } from "./console.ts";

/** The part of `tty.ReadStream` that is needed. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: "data" | "end", listener: (data: string | Uint8Array) => void): unknown;
  off(event: "data" | "end", listener: (data: string | Uint8Array) => void): unknown;
}

export interface ApprovalPromptOptions {
  readonly keyboard: Keyboard;
  readonly console: Console;
  readonly catalogue: Catalogue;
  /** In raw mode Ctrl-C arrives as a key, not as a signal. */
  readonly onCtrlC: () => void;
}

type Decision = ApprovalAnswer["decision"];

const CTRL_C = "\u0003";
const KEYS: ReadonlyMap<string, Decision> = new Map([
  ["a", "allow"],
  ["s", "allow_session"],
  ["d", "deny"],
]);
const DONE: Record<Decision, string> = {
  allow: "allowed once",
  allow_session: "allowed for this session",
  deny: "denied",
};

/** One question at a time, in the order they came; the live view steps aside meanwhile. */
export class ApprovalPrompt implements Approver {
  readonly #options: ApprovalPromptOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ApprovalPromptOptions) {
    this.#options = options;
  }

  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    const answer = this.#last.then(() => this.#ask(request, signal));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    signal.throwIfAborted();
    const { keyboard, console, catalogue } = this.#options;
    using _ = console.hold();
    keyboard.setRawMode(true);
    keyboard.resume();
    try {
      await this.#discardTyped();
      signal.throwIfAborted();
      console.note(questionText(request, catalogue));
      const decision = await this.#decision(choicesOf(request), signal);
      if (decision === undefined) return { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" };
      console.note(`  ${DONE[decision]}`);
      return { decision, by: "user" };
    } catch (error) {
      if (signal.aborted) console.note("  no answer needed any more");
      throw error;
    } finally {
      keyboard.pause();
      keyboard.setRawMode(false);
    }
  }

  /** What was typed before the question could be read is no answer to it. */
  async #discardTyped(): Promise<void> {
    const { keyboard, onCtrlC } = this.#options;
    const listener = (data: string | Uint8Array): void => {
      if (textOf(data).includes(CTRL_C)) onCtrlC();
    };
    keyboard.on("data", listener);
    // Two turns of the event loop: the terminal is read once in between.
    await nextTurn();
    await nextTurn();
    keyboard.off("data", listener);
  }

  /** Undefined when the terminal has gone away. */
  #decision(choices: readonly Decision[], signal: AbortSignal): Promise<Decision | undefined> {
    const { keyboard, console, onCtrlC } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        keyboard.off("data", onData);
        keyboard.off("end", onEnd);
        signal.removeEventListener("abort", onAbort);
        action();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const onEnd = (): void => settle(() => resolve(undefined));
      const onData = (data: string | Uint8Array): void => {
        const typed = textOf(data);
        if (typed.includes(CTRL_C)) return onCtrlC();
        // A single key: of an arrow key's or a paste's characters none is meant as an answer.
        const decision = KEYS.get(typed.replace(/[\r\n]+$/, ""));
        if (decision !== undefined && choices.includes(decision)) return settle(() => resolve(decision));
        console.note(choicesText(choices));
      };
      keyboard.on("data", onData);
      keyboard.on("end", onEnd);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** What is protected or tainted is asked every time, so a yes for the session would promise too much. */
function choicesOf({ severity }: ApprovalRequest): Decision[] {
  return severity === "normal" ? ["allow", "allow_session", "deny"] : ["allow", "deny"];
}

function choicesText(choices: readonly Decision[]): string {
  const labels: Record<Decision, string> = {
    allow: "[a] allow once",
    allow_session: "[s] allow for this session",
    deny: "[d] deny",
  };
  return `  ${choices.map((choice) => labels[choice]).join("   ")}`;
}

function questionText(request: ApprovalRequest, catalogue: Catalogue): string {
  const { agentId, tool, subject, taint, reason } = request;
  const lines = [
    "",
    `${agentId} wants to use ${tool}:`,
    ...visibleText(subject)
      .split("\n")
      .map((line) => `    ${line}`),
  ];
  lines.push(`  Why you are asked: ${reasonText(request, catalogue)}`);
  if (taint.length > 0 && reason !== "approval.tainted")
    lines.push(`  It has read content from outside: ${taint.join(", ")}`);
  lines.push(choicesText(choicesOf(request)));
  return lines.join("\n");
}

/** The request names its reason by code alone; what the words need is in its other fields. */
function reasonText({ reason, tool, subject, taint }: ApprovalRequest, catalogue: Catalogue): string {
  if (!Object.hasOwn(catalogue, reason)) return reason;
  return wordsOf(catalogue, reason as MessageCode, { tool, path: subject, sources: taint.join(", ") });
}

function textOf(data: string | Uint8Array): string {
  return typeof data === "string" ? data : Buffer.from(data).toString("utf8");
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
