/** What a person can do about an error. */
import { toOrchestratorError } from "../errors.ts";
import type { OrchestratorError } from "../errors.ts";
import { errorInfoSchema } from "../events/eventParts.ts";
import type { Suggestion } from "../events/event.ts";
import type { MessageCode } from "../messages.ts";

type Advice = Omit<Suggestion, "command"> & { readonly command?: string };

const ADVICE: Partial<Record<MessageCode, readonly Advice[]>> = {
  "model.keyRejected": [{ action: "set_api_key", reason: "The server refused the API key.", automatic: false }],
  "model.noKey": [{ action: "set_api_key", reason: "There is no API key for this server.", automatic: false }],
  "model.unreachable": [
    { action: "check_connection", reason: "The model server could not be reached.", automatic: false },
  ],
  "model.rateLimited": [
    {
      action: "run_fewer_agents",
      reason: "The server limits how fast requests may come.",
      automatic: false,
      command: "--concurrency 1",
    },
  ],
  "model.overloaded": [{ action: "try_later", reason: "The server is overloaded.", automatic: false }],
  "model.serverError": [{ action: "try_later", reason: "The server failed several times in a row.", automatic: false }],
  "model.unknownModel": [
    { action: "select_model", reason: "The server does not know this model.", automatic: false, command: "--model" },
  ],
  "model.maxTokens": [
    { action: "raise_max_output_tokens", reason: "The answer was longer than one turn may be.", automatic: false },
  ],
  "model.contextFull": [
    { action: "split_step", reason: "The conversation no longer fits into the model.", automatic: false },
  ],
  "agent.unknownType": [
    {
      action: "choose_agent_type",
      reason: "No agent has this name; the error lists those there are.",
      automatic: false,
    },
  ],
  "session.running": [
    { action: "wait", reason: "Another process runs the session.", automatic: false },
    { action: "stop_session", reason: "Stopped, it can be resumed here.", automatic: false, command: "--stop" },
  ],
  "session.exists": [
    { action: "resume_session", reason: "The session can be gone on with.", automatic: false, command: "--resume" },
    { action: "choose_session_id", reason: "A new session needs an id of its own.", automatic: false },
  ],
  "workflow.stepsFailed": [
    {
      action: "resume_session",
      reason: "What is finished is kept; the failed steps are tried again.",
      automatic: false,
      command: "--resume",
    },
    { action: "look_at_session", reason: "The log says why each step failed.", automatic: false, command: "--show" },
  ],
  "workspace.missing": [
    { action: "choose_folder", reason: "The folder is not there.", automatic: false, command: "--workspace" },
  ],
  "agent.maxTurns": [
    { action: "raise_max_turns", reason: "The agent used all its turns.", automatic: false, command: "--max-turns" },
  ],
  "agent.timeout": [{ action: "raise_timeout", reason: "The agent ran out of time.", automatic: false }],
  "plan.invalid": [
    { action: "rephrase_goal", reason: "The model did not make a plan that can be run.", automatic: false },
  ],
  "plan.missing": [{ action: "rephrase_goal", reason: "The model did not make a plan.", automatic: false }],
};

/** The best suggestion, and what else could be done. */
export interface Recovery extends Suggestion {
  readonly alternatives: readonly Suggestion[];
}

const LOOK: Advice = { action: "look_at_session", reason: "The session's log says what led to it.", automatic: false };

/** Suggestions for an error, the most useful first; at least one. */
export function recoverySuggestions({ code }: Pick<OrchestratorError, "code">): Suggestion[] {
  return (ADVICE[code] ?? [LOOK]).map((entry) => ({ ...entry }));
}

/** What to do about anything thrown, or about the `error` of an event. */
export function recoveryFrom(error: unknown): Recovery {
  const told = error instanceof Error ? undefined : errorInfoSchema.safeParse(error).data;
  const code = told === undefined ? toOrchestratorError(error).code : (told.code as MessageCode);
  const [best = LOOK, ...alternatives] = recoverySuggestions({ code });
  return { ...best, alternatives };
}
