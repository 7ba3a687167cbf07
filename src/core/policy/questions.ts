/** Questions of agents to a person: every question and every answer is an event. Belongs to one session. */
import type { EventDraft } from "../events/event.ts";
import type { Clock, Questioner } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { AskingAgent } from "./approvals.ts";

export interface GivenReply {
  readonly answer: string;
  readonly by: string;
  /** The command of another process that brought the answer. */
  readonly commandId?: string;
}

export interface QuestionServiceOptions {
  readonly sessionId: string;
  readonly questioner: Questioner;
  readonly clock: Clock;
  readonly settings: Settings;
  /** When nobody answers within `approvals.timeoutMinutes`: go on without, or keep waiting. */
  readonly onTimeout: "deny" | "pause";
}

export interface Question {
  readonly agent: AskingAgent;
  readonly question: string;
  readonly options: readonly string[];
}

type Reply = { readonly answer: string | null; readonly by: string; readonly commandId?: string };

export class QuestionService {
  readonly #options: QuestionServiceOptions;
  readonly #open = new Map<string, (reply: Reply) => void>();

  constructor(options: QuestionServiceOptions) {
    this.#options = options;
  }

  /** The answer once it is committed, or null when there is none. Rejects with the signal's reason when it aborts. */
  async ask(
    { agent, question, options }: Question,
    emit: (draft: EventDraft) => Promise<void>,
    signal: AbortSignal,
  ): Promise<string | null> {
    signal.throwIfAborted();
    const { clock, sessionId } = this.#options;
    const questionId = clock.newId("question");
    const event = { source: agent.agentId, ...agent, questionId };
    await emit({ ...event, type: "question_asked", question, options: [...options] });
    const { agentId } = agent;
    const reply = await this.#firstReply({ questionId, sessionId, agentId, question, options }, signal);
    await emit({ ...event, type: "question_answered", ...reply });
    signal.throwIfAborted();
    return reply.answer;
  }

  /** Answers an open question from elsewhere. False when there is no such question, or it has its answer. */
  answer(questionId: string, reply: GivenReply): boolean {
    const settle = this.#open.get(questionId);
    settle?.(reply);
    return settle !== undefined;
  }

  #firstReply(request: Parameters<Questioner["ask"]>[0], signal: AbortSignal): Promise<Reply> {
    const { questioner, clock, settings, onTimeout } = this.#options;
    const withdrawn = new AbortController();
    return new Promise((resolve) => {
      const settle = (reply: Reply): void => {
        if (!this.#open.delete(request.questionId)) return;
        timer?.[Symbol.dispose]();
        signal.removeEventListener("abort", stop);
        resolve(reply);
        withdrawn.abort();
      };
      const nobody = (by: string) => (): void => settle({ answer: null, by });
      const stop = nobody("stopped");
      this.#open.set(request.questionId, settle);
      const minutes = settings.get("approvals.timeoutMinutes");
      const timer = onTimeout === "deny" ? clock.setTimer(minutes * 60_000, nobody("timeout")) : undefined;
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      void Promise.resolve()
        .then(() => questioner.ask(request, withdrawn.signal))
        .then(settle, nobody("nobody could be asked"));
    });
  }
}
