/** Answers where no person is asked: `--approve all`, `--approve none`, and `ask` without a terminal. */
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../ports.ts";

export type BlanketMode = "all" | "none" | "noTerminal";

/**
 * `all` says yes to every normal question; protected paths and tainted calls go to `otherwise`, a person,
 * and without one are denied. `none` and `noTerminal` deny everything. A denial is told to the agent.
 */
export class BlanketApprover implements Approver {
  readonly #mode: BlanketMode;
  readonly #otherwise: Approver | undefined;

  constructor(mode: BlanketMode, otherwise?: Approver) {
    this.#mode = mode;
    this.#otherwise = otherwise;
  }

  async request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    signal.throwIfAborted();
    switch (this.#mode) {
      case "none":
        return { decision: "deny", by: "--approve none", reason: "approval.deniedByFlag" };
      case "noTerminal":
        return { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" };
      case "all":
        if (request.severity === "normal") return { decision: "allow", by: "--approve all" };
        if (this.#otherwise !== undefined) return this.#otherwise.request(request, signal);
        return { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" };
    }
  }
}
