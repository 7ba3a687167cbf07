/** Why one path of a restore was not restored. */
import { isOrchestratorError, messageOf } from "../errors.ts";
import type { StepFailure } from "./restore.ts";

export class StepFailed extends Error {
  readonly failure: StepFailure;

  constructor(failure: StepFailure, detail: string) {
    super(detail);
    this.name = "StepFailed";
    this.failure = failure;
  }
}

/** What any error says of the path at which it came up. */
export function describeFailure(error: unknown): { readonly failure: StepFailure; readonly detail: string } {
  if (error instanceof StepFailed) return { failure: error.failure, detail: error.message };
  if (isOrchestratorError(error) && error.code === "blob.missing")
    return { failure: "missing", detail: "its stored content is missing" };
  if (isOrchestratorError(error) && error.code === "blob.corrupted")
    return { failure: "corrupted", detail: "its stored content is damaged" };
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ELOOP" || code === "ENOTDIR") {
    return { failure: "inTheWay", detail: "a link or a file is where a folder was" };
  }
  return { failure: "failed", detail: code ?? messageOf(error) };
}
