/** Carries out what people ask of a run, from whatever process. */
import type { RunCommand } from "../control/runControl.ts";
import type { RunSteering } from "../control/runSteering.ts";
import type { SessionLog } from "../events/sessionLog.ts";
import type { MessageCode, MessageParameters } from "../messages.ts";
import type { GivenAnswer } from "../policy/approvals.ts";
import type { GivenReply } from "../policy/questions.ts";
import type { CommandOutcome } from "../store/sessionStore.ts";

export interface CommandedRun {
  readonly sessionId: string;
  readonly log: SessionLog;
  readonly steering: RunSteering;
  readonly toolbox: {
    answer(approvalId: string, answer: GivenAnswer): boolean;
    reply(questionId: string, reply: GivenReply): boolean;
  };
  readonly stop: (by: string, commandId: string) => void;
  /** Makes a version of the folders as they are. Without it that is refused. */
  readonly snapshot?: (request: { readonly label?: string; readonly commandId: string }) => Promise<CommandOutcome>;
}

const SOURCE = "control";
const ACCEPTED: CommandOutcome = { accepted: true };

/** The event that tells of a command carries its id; what no longer fits is refused with the reason. */
export async function carryOut(command: RunCommand, run: CommandedRun): Promise<CommandOutcome> {
  const { kind, origin: by, commandId } = command;
  const { log, steering, sessionId: id } = run;
  switch (kind) {
    case "stop":
      run.stop(by, commandId);
      return ACCEPTED;
    case "pause":
      if (!steering.pause()) return refused("session.paused", { id });
      await log.emit({ type: "pool_paused", source: SOURCE, by, commandId });
      return ACCEPTED;
    case "continue":
      if (!steering.isPaused) return refused("session.notPaused", { id });
      // Told before anything goes on, so that the log shows the order in which it happened.
      await log.emit({ type: "pool_continued", source: SOURCE, by, commandId });
      steering.continue();
      return ACCEPTED;
    case "steer": {
      const { text, agentId } = steerOf(command);
      if (text === "") return refused("command.stale", { id });
      const working = steering.listening.join(", ");
      if (steering.send({ text, by, commandId }, agentId).length > 0) return ACCEPTED;
      return refused("agent.notWorking", { id, agent: agentId ?? "", working });
    }
    case "answer": {
      const answer = textOf(command, "text").trim();
      const questionId = textOf(command, "questionId");
      const answered = answer !== "" && run.toolbox.reply(questionId, { answer, by, commandId });
      return answered ? ACCEPTED : refused("approval.notOpen", { id, approval: questionId });
    }
    case "allow":
    case "allow_session":
    case "deny": {
      const approvalId = textOf(command, "approvalId");
      const answered = run.toolbox.answer(approvalId, { decision: kind, by, commandId });
      return answered ? ACCEPTED : refused("approval.notOpen", { id, approval: approvalId });
    }
    case "snapshot": {
      const label = textOf(command, "label");
      const made = run.snapshot?.({ ...(label === "" ? {} : { label }), commandId });
      return (await made) ?? refused("command.notPossible", { id, command: kind });
    }
    default:
      return refused("command.stale", { id });
  }
}

function refused<Code extends MessageCode>(code: Code, params: MessageParameters[Code]): CommandOutcome {
  return { accepted: false, refusal: { code, params: { ...params } } };
}

function steerOf(command: RunCommand): { text: string; agentId?: string } {
  const agentId = textOf(command, "agentId");
  return { text: textOf(command, "text").trim(), ...(agentId === "" ? {} : { agentId }) };
}

/** A field of the payload, which another process wrote. */
function textOf(command: RunCommand, field: string): string {
  const payload: unknown = command.payload;
  if (typeof payload !== "object" || payload === null) return "";
  const value = (payload as Record<string, unknown>)[field];
  return typeof value === "string" ? value : "";
}
