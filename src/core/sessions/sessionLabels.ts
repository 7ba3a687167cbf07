/** What people may call a session and tag it with. */
import { OrchestratorError } from "../errors.ts";

/** Longest title and tag in characters, and most tags: what fits a list. */
const TITLE_LENGTH = 200;
const TAG_LENGTH = 40;
const MOST_TAGS = 20;

/** The title in one line without blanks around it. Throws `session.invalidTitle`. */
export function checkTitle(title: string): string {
  const line = title.replace(/\s+/g, " ").trim();
  if (line === "" || [...line].length > TITLE_LENGTH) {
    throw new OrchestratorError("session.invalidTitle", { limit: TITLE_LENGTH });
  }
  return line;
}

/** What a person calls a version, in one line without blanks around it. Throws `version.invalidLabel`. */
export function checkLabel(label: string): string {
  const line = label.replace(/\s+/g, " ").trim();
  if (line === "" || [...line].length > TITLE_LENGTH) {
    throw new OrchestratorError("version.invalidLabel", { limit: TITLE_LENGTH });
  }
  return line;
}

/** The tags, each once, in the order given. Throws `session.invalidTags`. */
export function checkTags(tags: readonly string[]): string[] {
  const lines = tags.map((tag) => tag.replace(/\s+/g, " ").trim());
  const known = [...new Set(lines)];
  const fitting = known.every((tag) => tag !== "" && [...tag].length <= TAG_LENGTH);
  if (!fitting || known.length > MOST_TAGS) {
    throw new OrchestratorError("session.invalidTags", { most: MOST_TAGS, limit: TAG_LENGTH });
  }
  return known;
}
