/** `write_md`: writes a Markdown document into the workspace, tidied up, with front matter when asked. */
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { FileChanges } from "./fileChanges.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "./tool.ts";
import { writeText } from "./workspaceFileTools.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const inputSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe("Workspace path of the document; `.md` is added when it does not end with .md or .markdown."),
  content: z
    .string()
    .refine((content) => content.isWellFormed(), "must be well-formed Unicode")
    .describe("The document in Markdown."),
  front_matter: z
    .record(z.string().min(1), z.union([scalar, z.array(scalar)]))
    .optional()
    .describe("Fields for YAML front matter at the top, such as title, description, tags."),
});

type WriteMarkdownInput = z.infer<typeof inputSchema>;

export class WriteMarkdownTool implements AgentTool<WriteMarkdownInput> {
  readonly name = "write_md";
  readonly description =
    "Writes a Markdown document into the workspace, replacing what the file held. Line ends and blanks at the ends of lines are tidied up.";
  readonly inputSchema = inputSchema;
  readonly #changes: FileChanges;

  constructor(changes: FileChanges) {
    this.#changes = changes;
  }

  intent({ path }: WriteMarkdownInput): ToolIntent {
    const target = markdownPath(path);
    return { access: "write", paths: [target], subject: target };
  }

  run({ content, front_matter }: WriteMarkdownInput, context: ToolCallContext): Promise<ToolOutcome> {
    const tidy = tidyMarkdown(content);
    return writeText(this.#changes, front_matter === undefined ? tidy : withFrontMatter(tidy, front_matter), context);
  }
}

/** The path with `.md`, unless it names a Markdown file already. */
export function markdownPath(path: string): string {
  return /\.(?:md|markdown)$/i.test(path) ? path : `${path}.md`;
}

/**
 * Line ends `\n`, one at the end, no byte order mark, no blanks at line ends. In fenced code every line stays
 * as it is: there blanks may be what the text is about.
 */
export function tidyMarkdown(content: string): string {
  let fence: string | undefined;
  const lines = content
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => {
      const marks = /^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})(.*)$/.exec(line);
      const [, mark = "", info = ""] = marks ?? [];
      if (fence === undefined) {
        // Backticks in the info string make it inline code (CommonMark 4.5).
        if (mark !== "" && !(mark.startsWith("`") && info.includes("`"))) fence = mark;
        return line.replace(/[ \t]+$/, "");
      }
      if (mark.startsWith(fence) && info.trim() === "") {
        fence = undefined;
        return line.replace(/[ \t]+$/, "");
      }
      return line;
    });
  return `${lines.join("\n").replace(/[ \t\n]+$/, "")}\n`;
}

/** Fields are put into front matter that is there already, the given ones winning, or into a new one. */
export function withFrontMatter(content: string, fields: Record<string, unknown>): string {
  const existing = /^---\n([\s\S]*?)^---(?:\n|$)/m.exec(content);
  const known: unknown = existing === null || existing.index !== 0 ? {} : readFields(existing[1] ?? "");
  const body = existing === null || existing.index !== 0 ? content : content.slice(existing[0].length);
  return `---\n${stringify({ ...(known as object), ...fields }, { lineWidth: 0 })}---\n\n${body.replace(/^\n+/, "")}`;
}

function readFields(text: string): object {
  let fields: unknown;
  try {
    fields = parse(text) ?? {};
  } catch {
    fields = undefined;
  }
  if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields;
  throw new ToolFailure(
    "write_md: the content begins with front matter that is not a list of YAML fields; correct it, or leave out front_matter",
  );
}
