/** Which folders the agent works in, as its system prompt names them. */
import type { Conversation } from "./conversation.ts";
import type { ToolCall } from "./demoReply.ts";
import { code } from "./markdown.ts";

/** A folder of the workspace by name; undefined when there is only one, whose paths have no prefix. */
export type Root = string | undefined;

/** Every folder of the workspace. */
export function rootsOf(conversation: Conversation): readonly Root[] {
  const sentence = /^# Where you work\n\nThe workspace has several folders: (.+)\.$/m.exec(conversation.system)?.[1];
  const names = [...(sentence ?? "").matchAll(/`([^`]+)`/g)].flatMap((match) => match[1] ?? []);
  return names.length === 0 ? [undefined] : names;
}

/** A search in one folder. */
export function searchIn(root: Root, tool: "glob" | "grep", input: Readonly<Record<string, unknown>>): ToolCall {
  return { tool, input: root === undefined ? input : { ...input, path: root } };
}

/** A heading of level 3 that names the folder when there are several. */
export function headingFor(what: string, root: Root): string {
  return root === undefined ? `### ${what}` : `### ${what} of ${code(root)}`;
}
