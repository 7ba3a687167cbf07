/** Asks the person at the terminal what the folder shall be when a session goes on from a version. */
import path from "node:path";
import { createInterface } from "node:readline/promises";
import type { ReadStream, WriteStream } from "node:tty";
import { visibleLine } from "../core/policy/visibleText.ts";
import type { Console } from "./console.ts";
import { countOf } from "./format.ts";
import { KeyboardTurns } from "./keyboardTurns.ts";

/** What restoring the folder would do. */
export interface RestorePreview {
  readonly changes: number;
  readonly conflicts: number;
}

export type FolderAnswer = "restore" | "keep" | "cancel" | { readonly newFolder: string };

export interface FolderPromptOptions {
  readonly turns: KeyboardTurns;
  readonly console: Console;
  readonly input: NodeJS.ReadableStream;
  /** Where what is typed is shown. */
  readonly output: NodeJS.WritableStream;
  /** The folder that paths are typed from. */
  readonly folder: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Absent where no question can be read (standard error) or answered (standard input). */
export function folderPrompt({
  stdin,
  stderr,
  console,
  folder,
}: {
  readonly stdin: ReadStream;
  readonly stderr: WriteStream;
  readonly console: Console;
  readonly folder: string;
}): { readonly prompt?: FolderPrompt } {
  if (!stdin.isTTY || !stderr.isTTY) return {};
  const stopping = new AbortController();
  const turns = new KeyboardTurns({ keyboard: stdin, console, onCtrlC: () => stopping.abort() });
  return {
    prompt: new FolderPrompt({ turns, console, input: stdin, output: stderr, folder, signal: stopping.signal }),
  };
}

type Key = "r" | "n" | "k" | "c";

export class FolderPrompt {
  readonly #options: FolderPromptOptions;

  constructor(options: FolderPromptOptions) {
    this.#options = options;
  }

  /** `preview` is absent where the version holds no files: then there is nothing to choose but to keep them. */
  async ask(version: string, preview: RestorePreview | undefined): Promise<FolderAnswer> {
    const { turns, console, signal } = this.#options;
    try {
      return await turns.take(signal, async () => {
        console.note(questionText(version, preview));
        const keys: readonly Key[] = preview ? ["r", "n", "k", "c"] : ["k", "c"];
        const key = await turns.read((typed) => {
          const pressed = keys.find((known) => known === typed.replace(/[\r\n]+$/, ""));
          if (pressed === undefined) console.note(`  Press one of ${keys.join(", ")}.`);
          return pressed;
        }, signal);
        if (key === "n") return await this.#askForFolder();
        return key === "r" ? "restore" : key === "k" ? "keep" : "cancel";
      });
    } catch (error) {
      if (signal.aborted) return "cancel";
      throw error;
    }
  }

  async #askForFolder(): Promise<FolderAnswer> {
    const { input, output, folder, signal } = this.#options;
    const editor = createInterface({ input, output, terminal: true, historySize: 0 });
    const closed = new Promise<undefined>((resolve) => editor.once("close", () => resolve(undefined)));
    try {
      const typed = await Promise.race([editor.question("  Path of the new folder: ", { signal }), closed]);
      const wanted = typed?.trim() ?? "";
      return wanted === "" ? "cancel" : { newFolder: path.resolve(folder, wanted) };
    } finally {
      editor.close();
    }
  }
}

function questionText(version: string, preview: RestorePreview | undefined): string {
  const name = visibleLine(version);
  if (!preview) {
    return [`${name} holds no files, so the folder can only stay as it is.`, choices([["k", "go on"]])].join("\n");
  }
  const { changes, conflicts } = preview;
  const stay =
    conflicts === 0
      ? ""
      : `; ${countOf(conflicts, "file")} that others changed ${conflicts === 1 ? "stays" : "stay"} as now`;
  const restore =
    changes === 0
      ? "nothing changes"
      : `${countOf(changes, "file")} ${changes === 1 ? "changes" : "change"}, which can be undone`;
  return [
    "What shall the folder be?",
    choices([
      ["r", `as it was at ${name}: ${restore}${stay}`],
      ["n", `a new folder with the files of ${name}`],
      ["k", "as it is now"],
    ]),
  ].join("\n");
}

function choices(lines: readonly (readonly [key: string, meaning: string])[]): string {
  return [...lines, ["c", "cancel"]].map(([key, meaning]) => `  [${key}] ${meaning}`).join("\n");
}
