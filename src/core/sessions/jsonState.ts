/** What users of the API may put into a session's state. */
import { OrchestratorError, messageOf } from "../errors.ts";
import { isObject, type JsonObject } from "./mergePatch.ts";
import { isNestedDeeper, MOST_NESTED } from "./nesting.ts";

/** Largest state or patch, in characters of JSON: it is one event, which every reader holds in memory. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** A copy of `value` as JSON gives it back. Throws `session.invalidState` for what is no object of JSON. */
export function toJsonObject(value: unknown): JsonObject {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new OrchestratorError("session.invalidState", { detail: messageOf(error) }, { cause: error });
  }
  if (text !== undefined && text.length > MOST_CHARACTERS) {
    const detail = `as JSON it has ${text.length} characters; at most ${MOST_CHARACTERS} fit`;
    throw new OrchestratorError("session.invalidState", { detail });
  }
  const copy: unknown = text === undefined ? undefined : JSON.parse(text);
  if (isNestedDeeper(copy)) {
    throw new OrchestratorError("session.invalidState", { detail: `it is nested more than ${MOST_NESTED} deep` });
  }
  if (!isObject(copy)) throw new OrchestratorError("session.invalidState", { detail: "it is not an object" });
  return copy;
}
