/** Tells people who do not see the screen what happened, in few words and not more often than one can listen. */
import type { Header, Moment, StepRecord } from "../src/protocol/monitorModel.ts";
import { countOf } from "./format.ts";
import type { Page } from "./page.ts";
import type { SessionView } from "./sessionView.ts";
import { SESSION_LOOKS, STEP_LOOKS } from "./words.ts";

/** Least time between two announcements: about what the longest takes to be read out. */
const QUIET_MILLISECONDS = 5_000;
/** More than so many steps at once are counted instead of named. */
const NAMED_STEPS = 2;
/** Characters of a question that are read out; who wants more goes to it. */
const QUESTION_CHARACTERS = 200;

export class Announcer {
  readonly #page: Page;
  readonly #say: (text: string) => void;
  #status: Header["status"] | undefined;
  readonly #steps = new Map<string, StepRecord["state"]>();
  #approvals: ReadonlySet<string> = new Set();
  #questions: ReadonlySet<string> = new Set();
  #ended: StepRecord[] = [];
  #asked: string[] = [];
  #statusToSay: Header["status"] | undefined;
  #quiet: Disposable | undefined;

  /** @param say puts a text into a polite live region */
  constructor(page: Page, say: (text: string) => void) {
    this.#page = page;
    this.#say = say;
  }

  /**
   * Looks at what is shown. What was so when it looked first is not news, except for open questions; nor is what a
   * moment of the past shows.
   */
  note(session: SessionView, moment: Moment | null): void {
    if (moment !== null) return;
    const isFirst = this.#status === undefined;
    for (const step of session.steps) {
      const before = this.#steps.get(step.stepId);
      this.#steps.set(step.stepId, step.state);
      const ended = step.state === "completed" || step.state === "failed" || step.state === "skipped";
      if (!isFirst && ended && before !== step.state) this.#ended.push(step);
    }
    for (const { approvalId, agentId, tool } of session.approvals) {
      if (!this.#approvals.has(approvalId)) this.#asked.push(`${agentId} asks whether it may use ${tool}.`);
    }
    for (const { questionId, agentId, question } of session.questions) {
      if (!this.#questions.has(questionId)) this.#asked.push(`${agentId} asks you: ${shortened(question)}`);
    }
    this.#questions = new Set(session.questions.map(({ questionId }) => questionId));
    this.#approvals = new Set(session.approvals.map(({ approvalId }) => approvalId));
    const { status } = session.header;
    if (!isFirst && status !== this.#status) this.#statusToSay = status;
    this.#status = status;
    this.#sayWhatIsNew();
  }

  #sayWhatIsNew(): void {
    if (this.#quiet) return;
    const sentences = [...this.#asked, ...this.#stepSentences()];
    if (this.#statusToSay) sentences.push(`Session: ${SESSION_LOOKS[this.#statusToSay].label}.`);
    if (sentences.length === 0) return;
    this.#asked = [];
    this.#ended = [];
    this.#statusToSay = undefined;
    this.#say(sentences.join(" "));
    this.#quiet = this.#page.setTimer(QUIET_MILLISECONDS, () => {
      this.#quiet = undefined;
      this.#sayWhatIsNew();
    });
  }

  #stepSentences(): string[] {
    if (this.#ended.length <= NAMED_STEPS)
      return this.#ended.map(({ state, title }) => `${STEP_LOOKS[state].label}: ${title}.`);
    const states = [...new Set(this.#ended.map(({ state }) => state))];
    return states.map((state) => {
      const count = this.#ended.filter((step) => step.state === state).length;
      return `${countOf(count, "step")} ${STEP_LOOKS[state].label.toLowerCase()}.`;
    });
  }
}

function shortened(question: string): string {
  if (question.length <= QUESTION_CHARACTERS) return question;
  return `${question.slice(0, QUESTION_CHARACTERS).toWellFormed()}…`;
}
