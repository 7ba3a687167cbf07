import { toolSubject } from "../../core/tools/toolSubject.ts";

/** `read src/main.ts`: a tool call in a few words, on one line. */
export function describeToolUse(tool: string, input: unknown): string {
  const subject = toolSubject(input).split("\n", 1)[0] ?? "";
  return subject ? `${tool} ${subject.slice(0, 200)}` : tool;
}
