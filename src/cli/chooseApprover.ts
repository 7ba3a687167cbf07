/** Who answers when an agent must ask or wants to know something: a person at the terminal, or nobody. */
import type { ReadStream, WriteStream } from "node:tty";
import type { Catalogue } from "../core/messages.ts";
import { BlanketApprover } from "../core/policy/approvers.ts";
import type { Approver, Questioner } from "../core/ports.ts";
import { ApprovalPrompt } from "./approvalPrompt.ts";
import type { RunFlags } from "./arguments.ts";
import type { Console } from "./console.ts";
import { KeyboardTurns } from "./keyboardTurns.ts";
import { QuestionPrompt } from "./questionPrompt.ts";

export interface ApproverOptions {
  readonly mode: RunFlags["approve"];
  readonly stdin: ReadStream;
  readonly stderr: WriteStream;
  readonly console: Console;
  readonly catalogue: Catalogue;
  readonly onCtrlC: () => void;
}

export interface Answerers {
  readonly approver: Approver;
  /** Absent where no person can be asked: then agents do not ask. */
  readonly questioner?: Questioner;
}

/** Nothing waits for an answer unless a question can be read (standard error) and answered (standard input). */
export function chooseApprover({ mode, stdin, stderr, console, catalogue, onCtrlC }: ApproverOptions): Answerers {
  if (mode === "none") return { approver: new BlanketApprover("none") };
  if (!stdin.isTTY || !stderr.isTTY) return { approver: new BlanketApprover(mode === "all" ? "all" : "noTerminal") };
  const turns = new KeyboardTurns({ keyboard: stdin, console, onCtrlC });
  const person = new ApprovalPrompt({ turns, console, catalogue });
  return {
    approver: mode === "all" ? new BlanketApprover("all", person) : person,
    questioner: new QuestionPrompt({ turns, input: stdin, output: stderr, console, onCtrlC }),
  };
}
