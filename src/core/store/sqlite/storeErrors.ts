/** Errors across the thread boundary: only their code and parameters travel. */
import { OrchestratorError, messageOf } from "../../errors.ts";
import type { StoreError } from "./storeProtocol.ts";

/** What SQLite or Node says, without a code of ours, becomes `store.failed`. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof OrchestratorError) return { code: error.code, params: error.params };
  return { code: "store.failed", params: { detail: messageOf(error) } };
}

export function fromStoreError(error: StoreError): OrchestratorError {
  return new OrchestratorError(error.code, error.params);
}
