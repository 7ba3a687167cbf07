/**
 * `read`, `write` and `edit`: the SDK's file tools with its parameters, on paths the guard has resolved.
 *
 * Paths are shown and taken in workspace form; where a folder lies on this machine is nobody's business.
 */
import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import type { GuardedPath, PathGuard } from "../policy/pathGuard.ts";
import type { FileChanges } from "./fileChanges.ts";
import { runSdkTool } from "./sdkToolset.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "./tool.ts";

/** Enough of a file to tell text from bytes; git looks at as many. */
const PROBE_CHARACTERS = 8000;
/** The SDK's limit for files it edits. */
const MAXIMUM_EDITED_BYTES = 256 * 1024;

const filePath = z
  .string()
  .min(1)
  .describe(
    "Workspace path of the file: relative to the folder, or with several folders beginning with a folder's name.",
  );
/** A lone surrogate cannot be written as UTF-8. */
const text = z.string().refine((value) => value.isWellFormed(), "must be well-formed Unicode");

const readSchema = z.strictObject({
  file_path: filePath,
  view_range: z
    .array(z.int().min(-1))
    .length(2)
    .optional()
    .describe("[start_line, end_line], counted from 1, both included; -1 as end_line stands for the end of the file."),
});

const writeSchema = z.strictObject({ file_path: filePath, content: text.describe("The whole new content.") });

const editSchema = z.strictObject({
  file_path: filePath,
  old_string: text.min(1).describe("Text to be replaced, exactly as it stands in the file."),
  new_string: text,
  replace_all: z
    .boolean()
    .optional()
    .describe("Replace every occurrence. Without it old_string must occur exactly once."),
});

export class ReadTool implements AgentTool<z.infer<typeof readSchema>> {
  readonly name = "read";
  readonly description =
    "Reads a UTF-8 text file of the workspace, whole or by lines. Files over 256 KB are read by view_range only.";
  readonly inputSchema = readSchema;
  readonly #guard: PathGuard;

  constructor(guard: PathGuard) {
    this.#guard = guard;
  }

  intent({ file_path }: z.infer<typeof readSchema>): ToolIntent {
    return { access: "read", paths: [file_path], subject: file_path };
  }

  async run({ view_range }: z.infer<typeof readSchema>, context: ToolCallContext): Promise<ToolOutcome> {
    const path = onlyPath(context);
    await this.#guard.recheck(path);
    const content = await runSdkTool("betaReadTool", path, { file_path: path.absolute, view_range }, context.signal);
    // Bytes shown as text would mislead the model.
    if (content.slice(0, PROBE_CHARACTERS).includes("\0"))
      throw new ToolFailure(`${path.workspacePath} is not a text file`);
    return { content: content === "" ? emptyNote(view_range) : content };
  }
}

export class WriteTool implements AgentTool<z.infer<typeof writeSchema>> {
  readonly name = "write";
  readonly description =
    "Writes a UTF-8 text file of the workspace, replacing what it held, with the folders it needs.";
  readonly inputSchema = writeSchema;
  readonly #changes: FileChanges;

  constructor(changes: FileChanges) {
    this.#changes = changes;
  }

  intent({ file_path }: z.infer<typeof writeSchema>): ToolIntent {
    return { access: "write", paths: [file_path], subject: file_path };
  }

  run({ content }: z.infer<typeof writeSchema>, context: ToolCallContext): Promise<ToolOutcome> {
    return writeText(this.#changes, content, context);
  }
}

export class EditTool implements AgentTool<z.infer<typeof editSchema>> {
  readonly name = "edit";
  readonly description =
    "Replaces old_string with new_string in a text file of the workspace. old_string must be unique unless replace_all is true.";
  readonly inputSchema = editSchema;
  readonly #changes: FileChanges;

  constructor(changes: FileChanges) {
    this.#changes = changes;
  }

  intent({ file_path }: z.infer<typeof editSchema>): ToolIntent {
    return { access: "write", paths: [file_path], subject: file_path };
  }

  async run(input: z.infer<typeof editSchema>, context: ToolCallContext): Promise<ToolOutcome> {
    const path = onlyPath(context);
    let answer = "";
    const effect = await this.#changes.make(
      {
        path,
        mustExist: true,
        write: async () => {
          await refuseOtherEncodings(path);
          answer = await runSdkTool("betaEditTool", path, { ...input, file_path: path.absolute }, context.signal);
        },
      },
      context,
    );
    if (effect === undefined)
      return { content: `${path.workspacePath} is unchanged: new_string is the same as old_string.` };
    return { content: answer.replaceAll(path.absolute, path.workspacePath), effects: [effect] };
  }
}

/** Writes the whole text of the call's only path; shared with write_md. */
export async function writeText(changes: FileChanges, content: string, context: ToolCallContext): Promise<ToolOutcome> {
  const path = onlyPath(context);
  const effect = await changes.make(
    {
      path,
      content,
      write: async () =>
        void (await runSdkTool("betaWriteTool", path, { file_path: path.absolute, content }, context.signal)),
    },
    context,
  );
  if (effect === undefined) return { content: `${path.workspacePath} has this content already; nothing was changed.` };
  const done = effect.change === "created" ? "created" : "replaced the content of";
  return { content: `${done} ${path.workspacePath} (${Buffer.byteLength(content)} bytes)`, effects: [effect] };
}

export function onlyPath({ paths }: ToolCallContext): GuardedPath {
  const [path] = paths;
  if (path === undefined) throw new ToolFailure("The call names no path.");
  return path;
}

/** An edit of a file that is not UTF-8 would destroy every character it does not understand. */
async function refuseOtherEncodings({ absolute, workspacePath }: GuardedPath): Promise<void> {
  const found = await stat(absolute);
  // The tool itself refuses larger ones, before it reads them.
  if (found.size > MAXIMUM_EDITED_BYTES) return;
  const bytes = await readFile(absolute);
  if (!isUtf8(bytes)) throw new ToolFailure(`${workspacePath} is not UTF-8 text; an edit would damage it`);
}

function emptyNote(range: readonly number[] | undefined): string {
  return range === undefined ? "[the file is empty]" : "[no lines in this range]";
}
