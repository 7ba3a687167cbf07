/** Who answers when an agent must ask: a person at the terminal, or nobody. */
import type { ReadStream, WriteStream } from "node:tty";
import type { Catalogue } from "../core/messages.ts";
import { BlanketApprover } from "../core/policy/approvers.ts";
import type { Approver } from "../core/ports.ts";
import { ApprovalPrompt } from "./approvalPrompt.ts";
import type { RunFlags } from "./arguments.ts";
import type { Console } from "./console.ts";

export interface ApproverOptions {
  readonly mode: RunFlags["approve"];
  readonly stdin: Pick<ReadStream, "isTTY" | "setRawMode" | "resume" | "pause" | "on" | "off">;
  readonly stderr: Pick<WriteStream, "isTTY">;
  readonly console: Console;
  readonly catalogue: Catalogue;
  readonly onCtrlC: () => void;
}

/** Nothing waits for an answer unless a question can be read (standard error) and answered (standard input). */
export function chooseApprover({ mode, stdin, stderr, console, catalogue, onCtrlC }: ApproverOptions): Approver {
  if (mode === "none") return new BlanketApprover("none");
  const canAsk = stdin.isTTY && stderr.isTTY;
  const person = canAsk ? new ApprovalPrompt({ keyboard: stdin, console, catalogue, onCtrlC }) : undefined;
  return mode === "all" ? new BlanketApprover("all", person) : (person ?? new BlanketApprover("noTerminal"));
}
