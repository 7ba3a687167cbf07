/** What the SDK throws, as errors a person can act on. */
import type * as Sdk from "@anthropic-ai/sdk";
import { isOrchestratorError, messageOf, OrchestratorError } from "../errors.ts";

/** The SDK's error classes; passed in because the SDK is loaded on first use. */
export type SdkErrors = Pick<typeof Sdk, "APIError" | "APIConnectionError" | "APIUserAbortError">;

export interface FailedRequest {
  readonly origin: string;
  readonly model: string;
  /** Had the server begun to answer? Then it is the stream that broke, and the SDK did not retry it. */
  readonly streamBegan: boolean;
}

/** Is it worth another attempt of ours: a stream that broke or stalled after it had begun? */
export function isBrokenStream(error: unknown, request: FailedRequest, sdk: SdkErrors): boolean {
  if (isOrchestratorError(error) || !request.streamBegan) return false;
  if (error instanceof sdk.APIUserAbortError) return false;
  if (!(error instanceof sdk.APIError)) return true;
  // An `error` event inside the stream carries no status; what the request itself was refused for has one.
  return error.status === undefined;
}

export function toModelError(error: unknown, request: FailedRequest, sdk: SdkErrors): OrchestratorError {
  if (isOrchestratorError(error)) return error;
  const options = { cause: error };
  const { origin, model } = request;
  if (error instanceof sdk.APIConnectionError) {
    return new OrchestratorError("model.unreachable", { origin, detail: deepestMessage(error) }, options);
  }
  if (!(error instanceof sdk.APIError)) {
    return new OrchestratorError("model.invalidResponse", { origin, detail: messageOf(error) }, options);
  }
  const status: number | undefined = error.status;
  const detail: string = error.apiMessage ?? error.message;
  if (status === 401 || status === 403) return new OrchestratorError("model.keyRejected", { origin, status }, options);
  if (status === 404) return new OrchestratorError("model.unknownModel", { model, detail }, options);
  if (status === 429) return new OrchestratorError("model.rateLimited", { origin, detail }, options);
  if (status === 529 || error.type === "overloaded_error")
    return new OrchestratorError("model.overloaded", { origin, detail }, options);
  if (status !== undefined && status >= 500)
    return new OrchestratorError("model.serverError", { origin, status, detail }, options);
  if (status === 400 && /prompt is too long|context window/i.test(detail))
    return new OrchestratorError("model.contextFull", {}, options);
  if (status !== undefined) return new OrchestratorError("model.badRequest", { detail }, options);
  return new OrchestratorError("model.invalidResponse", { origin, detail }, options);
}

/** "Connection error." helps nobody; the cause says `ECONNREFUSED 127.0.0.1:1`. */
function deepestMessage(error: unknown): string {
  let message = messageOf(error);
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause) {
    message = cause.message || ((cause as NodeJS.ErrnoException).code ?? message);
    if (cause instanceof AggregateError) message = cause.errors.map(messageOf).join("; ") || message;
  }
  return message;
}
