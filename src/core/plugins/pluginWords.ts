/** What a plugin is told when something is refused: for its author, so in English and with what to do. */
import { isOrchestratorError, messageOf } from "../errors.ts";
import { failure } from "../tools/modelWords.ts";

export function toldToPlugin(what: string, error: unknown): string {
  if (isOrchestratorError(error) && error.code === "plugin.denied") {
    const { permission } = error.params as { permission: string };
    return `the permission ${permission} was not granted; it must stand in \`permissions\` of the metadata`;
  }
  return isOrchestratorError(error) ? (failure(what, error) ?? messageOf(error)) : messageOf(error);
}
