/**
 * Asks for approval and remembers answers: every question and every answer is an event.
 *
 * A question is answered once, by whoever answers first: the host's approver, another process through
 * `answer`, or the timeout. One service belongs to one session.
 */
import type { EventDraft, EventOf, NotCovered } from "../events/event.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver, Clock } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { PolicyReason, Severity } from "./policy.ts";

/** Identity fields of the agent that asks, as every event of it carries them. */
export type AskingAgent = Pick<EventOf<"approval_requested">, "agentId" | "stepId" | "attempt" | "batchId">;

export interface ApprovalQuestion {
  readonly agent: AskingAgent;
  readonly toolUseId?: string;
  readonly tool: string;
  readonly input: unknown;
  readonly reason: PolicyReason;
  /** What exactly would happen: an argv, a shell line, a path, or for a provider's tool what it may reach. */
  readonly subject: string;
  readonly severity: Severity;
  readonly taint: readonly string[];
  /** What could not be undone afterwards. */
  readonly notCovered?: NotCovered;
}

export interface GivenAnswer extends ApprovalAnswer {
  /** The command of another process that brought the answer. */
  readonly commandId?: string;
}

export interface ApprovalServiceOptions {
  readonly sessionId: string;
  readonly approver: Approver;
  readonly clock: Clock;
  readonly settings: Settings;
  /** When nobody answers within `approvals.timeoutMinutes`: deny, or keep the question open. */
  readonly onTimeout: "deny" | "pause";
}

interface OpenQuestion {
  readonly request: ApprovalRequest;
  readonly answer: (answer: GivenAnswer) => void;
}

export class ApprovalService {
  readonly #options: ApprovalServiceOptions;
  readonly #open = new Map<string, OpenQuestion>();
  readonly #remembered = new Set<string>();

  constructor(options: ApprovalServiceOptions) {
    this.#options = options;
  }

  /** Questions that wait for an answer, oldest first. */
  get open(): readonly ApprovalRequest[] {
    return [...this.#open.values()].map((question) => question.request);
  }

  /**
   * Resolves with the answer once it is committed. Nobody is asked what was allowed for the session before;
   * protected paths and tainted calls are asked every time.
   *
   * Rejects with the signal's reason when it aborts; the question is then resolved as denied.
   */
  async ask(
    question: ApprovalQuestion,
    emit: (draft: EventDraft) => Promise<void>,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer> {
    signal.throwIfAborted();
    const { clock, sessionId } = this.#options;
    const { agent, tool, input, reason, subject, severity, taint } = question;
    const key = JSON.stringify([tool, subject]);
    if (severity === "normal" && this.#remembered.has(key))
      return { decision: "allow_session", by: "allowed for the session" };
    const request: ApprovalRequest = {
      approvalId: clock.newId("approval"),
      sessionId,
      agentId: agent.agentId,
      tool,
      input,
      reason: reason.code,
      subject,
      severity,
      taint,
      ...(question.notCovered ? { notCovered: question.notCovered } : {}),
    };
    const event = { source: agent.agentId, ...agent, approvalId: request.approvalId };
    await emit({
      ...event,
      type: "approval_requested",
      tool,
      input,
      reason: reason.code,
      subject,
      severity,
      ...(question.toolUseId === undefined ? {} : { toolUseId: question.toolUseId }),
      ...(taint.length === 0 ? {} : { taint: [...taint] }),
      ...(question.notCovered ? { notCovered: question.notCovered } : {}),
    });
    const { commandId, ...given } = await this.#firstAnswer(request, signal);
    // What is never remembered must not look as if it were.
    const answer =
      given.decision === "allow_session" && severity !== "normal" ? { ...given, decision: "allow" as const } : given;
    await emit({ ...event, type: "approval_resolved", ...answer, ...(commandId === undefined ? {} : { commandId }) });
    signal.throwIfAborted();
    if (answer.decision === "allow_session") this.#remembered.add(key);
    return answer;
  }

  /** Answers an open question from elsewhere. False when there is no such question, or it has its answer. */
  answer(approvalId: string, answer: GivenAnswer): boolean {
    const question = this.#open.get(approvalId);
    question?.answer(answer);
    return question !== undefined;
  }

  #firstAnswer(request: ApprovalRequest, signal: AbortSignal): Promise<GivenAnswer> {
    const { approver, clock, settings, onTimeout } = this.#options;
    const minutes = settings.get("approvals.timeoutMinutes");
    const withdrawn = new AbortController();
    return new Promise((resolve) => {
      const answer = (given: GivenAnswer): void => {
        if (!this.#open.delete(request.approvalId)) return;
        timer?.[Symbol.dispose]();
        signal.removeEventListener("abort", stop);
        resolve(given);
        withdrawn.abort();
      };
      const stop = (): void => answer({ decision: "deny", by: "stopped", reason: "workflow.stopped" });
      this.#open.set(request.approvalId, { request, answer });
      const timer =
        onTimeout === "deny"
          ? clock.setTimer(minutes * 60_000, () =>
              answer({ decision: "deny", by: "timeout", reason: "approval.timeout" }),
            )
          : undefined;
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      // An approver that fails answers no: nothing is allowed by an accident.
      void Promise.resolve()
        .then(() => approver.request(request, withdrawn.signal))
        .then(answer, () => answer({ decision: "deny", by: "approver failed", reason: "internal" }));
    });
  }
}
