/** The open approvals of a monitored session, and which of them the UI does not know yet. */
import type { EventOf } from "../core/events/event.ts";
import type { ApprovalRecord } from "./monitorModel.ts";
import { approvalSubject } from "./monitorWords.ts";
import type { MonitorWords } from "./monitorWords.ts";

export interface ApprovalChanges {
  readonly approvals?: ApprovalRecord[];
  readonly closedApprovals?: string[];
}

export class ApprovalList {
  readonly #words: MonitorWords;
  readonly #open = new Map<string, ApprovalRecord>();
  readonly #changed = new Set<string>();

  constructor(words: MonitorWords) {
    this.#words = words;
  }

  /** Oldest first. */
  get records(): ApprovalRecord[] {
    return [...this.#open.values()];
  }

  has(approvalId: string): boolean {
    return this.#open.has(approvalId);
  }

  add(event: EventOf<"approval_requested">, time: number): void {
    const words = this.#words;
    const { approvalId, agentId, tool, input } = event;
    const taint = event.taint ?? [];
    this.#open.set(approvalId, {
      approvalId,
      agentId,
      stepId: event.stepId ?? null,
      tool: words.visible(tool),
      subject: event.subject === undefined ? approvalSubject(input, words) : words.visible(event.subject),
      reason: words.message(event.reason, { tool, path: event.subject ?? "", sources: taint.join(", ") }),
      // Unsaid, content from outside is reason enough for care.
      severity: event.severity ?? (taint.length > 0 ? "tainted" : "normal"),
      taint: taint.map((source) => words.visible(source)),
      requestedAt: time,
    });
    this.#changed.add(approvalId);
  }

  /** The one that was open, if it was. */
  close(approvalId: string): ApprovalRecord | undefined {
    const approval = this.#open.get(approvalId);
    if (!approval) return undefined;
    this.#open.delete(approvalId);
    this.#changed.add(approvalId);
    return approval;
  }

  /** What changed since the last call, or undefined when nothing did. */
  takeChanges(): ApprovalChanges | undefined {
    const approvals = [...this.#changed].flatMap((id) => this.#open.get(id) ?? []);
    const closedApprovals = [...this.#changed].filter((id) => !this.#open.has(id));
    this.#changed.clear();
    if (approvals.length + closedApprovals.length === 0) return undefined;
    return {
      ...(approvals.length > 0 ? { approvals } : {}),
      ...(closedApprovals.length > 0 ? { closedApprovals } : {}),
    };
  }
}
