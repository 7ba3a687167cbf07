/** Puts an agent's question to the person at the terminal, who types the answer. */
import { createInterface } from "node:readline";
import { visibleLine } from "../core/policy/visibleText.ts";
import type { QuestionAnswer, Questioner, QuestionRequest } from "../core/ports.ts";
import type { Console } from "./console.ts";
import type { KeyboardTurns } from "./keyboardTurns.ts";

export interface QuestionPromptOptions {
  readonly turns: KeyboardTurns;
  readonly input: NodeJS.ReadableStream;
  /** Where what is typed is shown. */
  readonly output: NodeJS.WritableStream;
  readonly console: Console;
  readonly onCtrlC: () => void;
}

export class QuestionPrompt implements Questioner {
  readonly #options: QuestionPromptOptions;

  constructor(options: QuestionPromptOptions) {
    this.#options = options;
  }

  /** Rejects as well when the person wants to give no answer, or the terminal has gone away. */
  ask(request: QuestionRequest, signal: AbortSignal): Promise<QuestionAnswer> {
    const { turns, console } = this.#options;
    const options = request.options.map(visibleLine);
    return turns.take(signal, async () => {
      console.note(questionText(request, options));
      for (;;) {
        const line = await this.#line(signal);
        if (line === undefined) {
          console.note("  no answer given");
          throw new Error("The person gave no answer.");
        }
        const answer = answerOf(line.trim(), options);
        if (answer === "") continue;
        if (answer !== line.trim()) console.note(`  answered: ${answer}`);
        return { answer, by: "user" };
      }
    });
  }

  /** Undefined for Ctrl-D, or when the terminal has gone away. */
  #line(signal: AbortSignal): Promise<string | undefined> {
    const { input, output, onCtrlC } = this.#options;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const editor = createInterface({ input, output, terminal: true, historySize: 0, prompt: "  > " });
      const onAbort = (): void => {
        reject(signal.reason);
        editor.close();
      };
      let typed: string | undefined;
      editor.on("SIGINT", onCtrlC);
      editor.once("line", (line) => {
        typed = line;
        editor.close();
      });
      editor.once("close", () => {
        signal.removeEventListener("abort", onAbort);
        // What comes next begins on a line of its own.
        if (typed === undefined) output.write("\n");
        resolve(typed);
      });
      signal.addEventListener("abort", onAbort, { once: true });
      editor.prompt();
    });
  }
}

/** The option itself counts before its number: options may be numbers. */
function answerOf(typed: string, options: readonly string[]): string {
  if (options.includes(typed) || !/^\d+$/.test(typed)) return typed;
  return options[Number(typed) - 1] ?? typed;
}

function questionText({ agentId, question }: QuestionRequest, options: readonly string[]): string {
  return [
    "",
    `${agentId} asks you:`,
    ...question.split(/\r?\n/).map((line) => `    ${line}`),
    ...options.map((option, index) => `  [${index + 1}] ${option}`),
    options.length > 0
      ? "  Type the number of an answer or your own, then Enter. Ctrl-D gives no answer."
      : "  Type your answer, then Enter. Ctrl-D gives no answer.",
  ].join("\n");
}
