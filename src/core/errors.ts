/** Errors as code + parameters, so that each host can put them into words. */
import type { ErrorInfo } from "./events/event.ts";
import type { MessageCode, MessageParameters } from "./messages.ts";

/** An error a person can act on. `message` is for logs; hosts show their catalogue's words for `code`. */
export class OrchestratorError<Code extends MessageCode = MessageCode> extends Error {
  readonly code: Code;
  readonly params: MessageParameters[Code];

  constructor(code: Code, params: MessageParameters[Code], options?: ErrorOptions) {
    super(describe(code, params), options);
    this.name = "OrchestratorError";
    this.code = code;
    this.params = params;
  }
}

export function isOrchestratorError(error: unknown): error is OrchestratorError {
  return error instanceof OrchestratorError;
}

/** Any thrown value as an OrchestratorError; what has no code of its own becomes `internal`. */
export function toOrchestratorError(error: unknown): OrchestratorError {
  if (isOrchestratorError(error)) return error;
  return new OrchestratorError("internal", { detail: messageOf(error) }, { cause: error });
}

export function toErrorInfo(error: unknown): ErrorInfo {
  const known = toOrchestratorError(error);
  return { code: known.code, params: { ...(known.params as ErrorInfo["params"]) }, message: known.message };
}

/** The error an event of this process tells of. */
export function fromErrorInfo({ code, params }: ErrorInfo): OrchestratorError {
  return new OrchestratorError(code as MessageCode, params);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(code: string, params: object): string {
  const details = Object.values(params).map(String).filter(Boolean);
  return details.length === 0 ? code : `${code}: ${details.join("; ")}`;
}
