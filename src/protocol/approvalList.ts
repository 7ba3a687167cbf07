/** The open approvals of a monitored session, and which of them the UI does not know yet. */
import type { EventOf } from "../core/events/event.ts";
import { notCoveredMessage } from "../core/events/notCovered.ts";
import type { ApprovalRecord } from "./monitorModel.ts";
import { approvalSubject } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";
import { OpenRecords } from "./openRecords.ts";

export interface ApprovalChanges {
  readonly approvals?: ApprovalRecord[];
  readonly closedApprovals?: string[];
}

export class ApprovalList {
  readonly #words: MonitorWords;
  readonly #records = new OpenRecords<ApprovalRecord>();

  constructor(words: MonitorWords) {
    this.#words = words;
  }

  /** Oldest first. */
  get records(): ApprovalRecord[] {
    return this.#records.all;
  }

  has(approvalId: string): boolean {
    return this.#records.has(approvalId);
  }

  add(event: EventOf<"approval_requested">, time: number): void {
    const words = this.#words;
    const { approvalId, agentId, tool, input } = event;
    const taint = event.taint ?? [];
    this.#records.add(approvalId, {
      approvalId,
      agentId,
      stepId: event.stepId ?? null,
      tool: words.visible(tool),
      subject: event.subject === undefined ? approvalSubject(input, words) : words.visible(event.subject),
      reason: words.message(event.reason, { tool, path: event.subject ?? "", sources: taint.join(", ") }),
      // Unsaid, content from outside is reason enough for care.
      severity: event.severity ?? (taint.length > 0 ? "tainted" : "normal"),
      taint: taint.map((source) => words.visible(source)),
      notCovered: this.#notCovered(event),
      requestedAt: time,
    });
  }

  #notCovered({ notCovered }: EventOf<"approval_requested">): string | null {
    if (!notCovered) return null;
    const { code, params } = notCoveredMessage(notCovered);
    return this.#words.message(code, params);
  }

  /** The one that was open, if it was. */
  close(approvalId: string): ApprovalRecord | undefined {
    return this.#records.close(approvalId);
  }

  /** What changed since the last call, or undefined when nothing did. */
  takeChanges(): ApprovalChanges | undefined {
    const changes = this.#records.takeChanges();
    return (
      changes && {
        ...(changes.added.length > 0 ? { approvals: changes.added } : {}),
        ...(changes.closed.length > 0 ? { closedApprovals: changes.closed } : {}),
      }
    );
  }
}
