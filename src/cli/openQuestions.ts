/** Questions of agents that wait for an answer, folded from a session's events. */
import type { EventOf, OrchestratorEvent } from "../core/events/event.ts";
import { toolSubject } from "../core/tools/toolSubject.ts";

interface Asked {
  readonly id: string;
  readonly agentId: string;
}

/** May a tool be used? */
export interface ApprovalQuestion extends Asked {
  readonly kind: "approval";
  readonly tool: string;
  /** The exact argv, shell line or path. */
  readonly subject: string;
  /** Message code of why it is asked. */
  readonly reason: string;
  readonly severity: "normal" | "protected" | "tainted";
  readonly taint: readonly string[];
}

/** What only the person can decide; any text is an answer. */
export interface TextQuestion extends Asked {
  readonly kind: "question";
  readonly question: string;
  /** Answers the agent suggests. */
  readonly options: readonly string[];
}

export type OpenQuestion = ApprovalQuestion | TextQuestion;

/** What is open after `event`; the same list when that changes nothing. */
export function foldQuestions(open: readonly OpenQuestion[], event: OrchestratorEvent): readonly OpenQuestion[] {
  switch (event.type) {
    case "approval_requested":
      return [...open, approvalOf(event)];
    case "question_asked": {
      const { questionId: id, agentId, question, options } = event;
      return [...open, { kind: "question", id, agentId, question, options }];
    }
    case "approval_resolved":
      return open.filter(({ id }) => id !== event.approvalId);
    case "question_answered":
      return open.filter(({ id }) => id !== event.questionId);
    case "workflow_completed":
    case "workflow_failed":
    case "workflow_interrupted":
    case "workflow_resumed":
      // Whoever asked is gone.
      return open.length === 0 ? open : [];
    default:
      return open;
  }
}

function approvalOf(event: EventOf<"approval_requested">): ApprovalQuestion {
  const { approvalId: id, agentId, tool, input, reason, severity = "normal", taint = [] } = event;
  const subject = event.subject ?? toolSubject(input);
  return { kind: "approval", id, agentId, tool, subject, reason, severity, taint };
}
