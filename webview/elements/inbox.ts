import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { countOf } from "../format.ts";
import { icon } from "../icon.ts";
import type { MonitorView } from "../monitorClient.ts";
import type { SessionView } from "../sessionView.ts";

/** Approvals and questions that wait for the person, in the order they came, so that nothing moves while one answers. */
export function inbox(view: MonitorView, session: SessionView): TemplateResult | typeof nothing {
  const open = [
    ...session.approvals.map((approval) => ({ id: approval.approvalId, since: approval.requestedAt, approval })),
    ...session.questions.map((question) => ({ id: question.questionId, since: question.askedAt, question })),
  ].toSorted((left, right) => left.since - right.since);
  if (open.length === 0) return nothing;
  const titles = titlesOf(session);
  const whyNot = whyNotAnswered(view);
  const titleOf = (stepId: string | null): string | undefined => (stepId === null ? undefined : titles.get(stepId));
  return html`<section class="approvals" aria-labelledby="approvals-heading">
    <h2 id="approvals-heading">
      ${icon("bell-dot")}${countOf(open.length, "question")} for ${view.moment === null ? "you" : "you then"}
    </h2>
    ${repeat(
      open,
      ({ id }) => id,
      (entry) =>
        "approval" in entry
          ? html`<approval-request
              .approval=${entry.approval}
              .stepTitle=${titleOf(entry.approval.stepId)}
              .answer=${view.answers.get(entry.id)}
              .whyNot=${whyNot}
            ></approval-request>`
          : html`<question-request
              .question=${entry.question}
              .stepTitle=${titleOf(entry.question.stepId)}
              .isSending=${view.replied.has(entry.id)}
              .whyNot=${whyNot}
            ></question-request>`,
    )}
  </section>`;
}

function whyNotAnswered({ readOnly, moment }: MonitorView): string | undefined {
  if (readOnly) return "This page only shows. Answer where the session runs, or start the dashboard with --control.";
  return moment === null ? undefined : "Go back to now to answer.";
}

export function titlesOf(session: SessionView): ReadonlyMap<string, string> {
  return new Map(session.steps.map(({ stepId, title }) => [stepId, title]));
}
