/** Asks whoever runs a session to stop, pause or go on, answers a question of its agents, or tells them something. */
import type { RunControl } from "../core/control/runControl.ts";
import { OrchestratorError } from "../core/errors.ts";
import { wordsOf } from "../core/messages.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { CommandKind } from "../core/store/sessionStore.ts";
import { UsageError } from "./usageError.ts";
import type { ControlCommand } from "./arguments.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import type { OpenQuestion } from "./openQuestions.ts";
import { foldSession } from "./viewModel.ts";

export interface ControlOptions {
  readonly control: Pick<RunControl, "send">;
  readonly sessions: Pick<SessionManager, "getSession" | "readEvents">;
  readonly console: Console;
  readonly catalogue: Catalogue;
}

interface Request {
  readonly kind: CommandKind;
  readonly payload: unknown;
  /** What to say when it is done. */
  readonly done: string;
}

/** @throws UsageError, OrchestratorError `session.unknown`, `session.notRunning`, `approval.notOpen`, `command.unanswered` */
export async function controlSession(command: ControlCommand, options: ControlOptions): Promise<ExitCode> {
  const { control, console, catalogue } = options;
  const { session } = command;
  const { kind, payload, done } = await requestOf(command, options);
  const { accepted, refusal } = await control.send(session, kind, payload, `--${command.kind}`);
  if (accepted) {
    await console.print(done);
    return ExitCode.COMPLETED;
  }
  const known = refusal !== undefined && Object.hasOwn(catalogue, refusal.code);
  console.note(known ? wordsOf(catalogue, refusal.code as MessageCode, refusal.params) : `${session} did not take it.`);
  return ExitCode.FAILED;
}

async function requestOf(command: ControlCommand, options: ControlOptions): Promise<Request> {
  const { kind, session, text = "", agent } = command;
  switch (kind) {
    case "stop":
      return { kind, payload: null, done: `Stopped ${session}.` };
    case "pause":
      return { kind, payload: null, done: `Paused ${session}.` };
    case "continue":
      return { kind, payload: null, done: `${session} goes on.` };
    case "send": {
      const payload = { text, ...(agent === undefined ? {} : { agentId: agent }) };
      return { kind: "steer", payload, done: `Told ${agent ?? "the agents at work"}.` };
    }
    case "answer": {
      const question = await openQuestion(session, command.questionId ?? "", options);
      return question === undefined ? { kind, payload: null, done: "" } : answerTo(question, text);
    }
  }
}

/** Undefined for a session that nobody runs, where nothing is open: the sending says so. */
async function openQuestion(
  sessionId: string,
  questionId: string,
  { sessions }: ControlOptions,
): Promise<OpenQuestion | undefined> {
  const row = await sessions.getSession(sessionId);
  if (row.owner === null) return undefined;
  const { questions } = await foldSession(sessions.readEvents(sessionId, 0, { withoutText: true }));
  const question = questions.find(({ id }) => id === questionId);
  if (question === undefined) {
    throw new OrchestratorError("approval.notOpen", { id: sessionId, approval: questionId });
  }
  return question;
}

const DECISIONS: Readonly<Record<string, CommandKind>> = {
  allow: "allow",
  "allow-session": "allow_session",
  deny: "deny",
};

function answerTo(question: OpenQuestion, text: string): Request {
  const { id } = question;
  const done = `Answered ${id}: ${text}.`;
  if (question.kind === "question") return { kind: "answer", payload: { questionId: id, text }, done };
  const choices = choicesOf(question);
  const kind = choices.includes(text) ? DECISIONS[text] : undefined;
  if (kind !== undefined) return { kind, payload: { approvalId: id }, done };
  const once = text === "allow-session" ? ", because what it is about is asked every time" : "";
  throw new UsageError(`The question ${id} takes ${choices.join(" or ")}, not "${text}"${once}.`);
}

/** What an open question can be answered with; none for one that takes any text. */
export function choicesOf(question: OpenQuestion): readonly string[] {
  if (question.kind === "question") return [];
  return question.severity === "normal" ? ["allow", "allow-session", "deny"] : ["allow", "deny"];
}
