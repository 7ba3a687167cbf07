/** What to do when a turn broke off: another attempt from the last committed turn, or the end of the agent. */
import { OrchestratorError, toErrorInfo } from "../errors.ts";
import type { ErrorInfo } from "../events/event.ts";
import type { ModelClient } from "../model/modelClients.ts";
import { isBrokenStream, toModelError, type FailedRequest } from "../model/modelErrors.ts";

/** Attempts after a broken stream, beyond the first. */
const STREAM_RETRIES = 3;
const FIRST_RETRY_MILLISECONDS = 500;

/** The model sent nothing for too long. */
export class StalledStream extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super(`nothing arrived for ${seconds} seconds`);
    this.seconds = seconds;
  }
}

export interface FailedTurn {
  readonly error: unknown;
  readonly request: FailedRequest;
  readonly client: ModelClient;
  readonly agentId: string;
  /** Attempts since the last turn that was received whole. */
  readonly retries: number;
}

/**
 * How long to wait before another attempt, and why it is needed.
 *
 * @throws OrchestratorError when another attempt would not help, or enough were made
 */
export function planRetry(turn: FailedTurn): { delayMs: number; reason: string; error: ErrorInfo } {
  const { error, request, client, agentId, retries } = turn;
  const stalled = error instanceof StalledStream;
  // A 200 answer that is no event stream breaks before its first event; it is worth another try as well.
  if (!stalled && !isBrokenStream(error, request, client.sdk) && !isGarbage(error, client)) {
    throw toModelError(error, request, client.sdk);
  }
  const failure = stalled
    ? new OrchestratorError("agent.idle", { seconds: error.seconds })
    : toModelError(error, request, client.sdk);
  if (retries < STREAM_RETRIES) {
    return { delayMs: retryDelay(agentId, retries), reason: failure.code, error: toErrorInfo(failure) };
  }
  if (stalled || failure.code !== "model.invalidResponse" || !request.streamBegan) throw failure;
  const detail = failure.message;
  throw new OrchestratorError("model.streamBroken", { attempts: retries + 1, detail }, { cause: error });
}

function isGarbage(error: unknown, client: ModelClient): boolean {
  return !(error instanceof client.sdk.APIError) && !(error instanceof OrchestratorError);
}

/** Doubles from half a second; the spread comes from the agent's id, so that a run can be repeated exactly. */
function retryDelay(agentId: string, retries: number): number {
  let hash = 0;
  for (const character of `${agentId}#${retries}`) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1000;
  return Math.round(FIRST_RETRY_MILLISECONDS * 2 ** retries * (1 + hash / 2000));
}
