/** What a tool call is about, in a few words: the path, the pattern or the command. */

const TELLING_FIELDS = ["file_path", "path", "command", "pattern", "query", "url"];

/** From the input as the model sent it, so anything may be in it. */
export function toolSubject(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const fields = input as Record<string, unknown>;
  for (const name of TELLING_FIELDS) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  const first = Object.values(fields).find((value) => typeof value === "string");
  return typeof first === "string" ? first : "";
}
