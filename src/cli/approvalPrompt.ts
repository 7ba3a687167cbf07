/** Asks the person at the terminal whether an agent may do what it wants to do. */
import { wordsOf } from "../core/messages.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";
import { notCoveredMessage } from "../core/events/notCovered.ts";
import { visibleLine, visibleText } from "../core/policy/visibleText.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../core/ports.ts";
import type { Console } from "./console.ts";
import type { KeyboardTurns } from "./keyboardTurns.ts";

export interface ApprovalPromptOptions {
  readonly turns: KeyboardTurns;
  readonly console: Console;
  readonly catalogue: Catalogue;
}

type Decision = ApprovalAnswer["decision"];

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

export class ApprovalPrompt implements Approver {
  readonly #options: ApprovalPromptOptions;

  constructor(options: ApprovalPromptOptions) {
    this.#options = options;
  }

  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    const { turns, console, catalogue } = this.#options;
    return turns.take(signal, async () => {
      console.note(questionText(request, catalogue));
      const decision = await this.#decision(choicesOf(request), signal);
      if (decision === undefined) return { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" };
      console.note(`  ${DONE[decision]}`);
      return { decision, by: "user" };
    });
  }

  /** Undefined when the terminal has gone away. */
  #decision(choices: readonly Decision[], signal: AbortSignal): Promise<Decision | undefined> {
    const { turns, console } = this.#options;
    return turns.read((typed) => {
      // A single key: of an arrow key's or a paste's characters none is meant as an answer.
      const decision = KEYS.get(typed.replace(/[\r\n]+$/, ""));
      if (decision !== undefined && choices.includes(decision)) return decision;
      console.note(choicesText(choices));
      return undefined;
    }, signal);
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
  const { agentId, tool, subject, taint, reason, notCovered } = request;
  const lines = [
    "",
    `${agentId} wants to use ${tool}:`,
    ...visibleText(subject)
      .split("\n")
      .map((line) => `    ${line}`),
  ];
  lines.push(`  Why you are asked: ${reasonText(request, catalogue)}`);
  if (notCovered && reason !== "approval.secretFile") {
    const { code, params } = notCoveredMessage(notCovered);
    lines.push(`  ${visibleLine(wordsOf(catalogue, code, params))}`);
  }
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
