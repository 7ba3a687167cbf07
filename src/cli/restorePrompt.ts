/** Asks the person at the terminal about the conflicts of a restore, one after the other, before anything changes. */
import { visibleLine } from "../core/policy/visibleText.ts";
import type { ConflictChoice, PlannedChange, PlannedConflict, RestoreChoices } from "../core/sessions/restorePlan.ts";
import type { Console } from "./console.ts";
import type { KeyboardTurns } from "./keyboardTurns.ts";
import { conflictText } from "./restoreText.ts";

export interface RestorePromptOptions {
  readonly turns: KeyboardTurns;
  readonly console: Console;
}

type Choice = Exclude<ConflictChoice, Uint8Array>;

const CONFLICT_KEYS: ReadonlyMap<string, Choice> = new Map([
  ["k", "keep"],
  ["t", "take"],
  ["m", "merge"],
]);
const CHOICE_WORDS: Readonly<Record<Choice, string>> = {
  keep: "[k] keep what is there",
  take: "[t] take what the snapshot has",
  merge: "[m] merge",
};
const CHANGE_KEYS: ReadonlyMap<string, boolean> = new Map([
  ["y", true],
  ["n", false],
]);

export class RestorePrompt {
  readonly #options: RestorePromptOptions;

  constructor(options: RestorePromptOptions) {
    this.#options = options;
  }

  /** Undefined when the terminal has gone away. Rejects with the signal's reason. */
  ask(
    conflicts: readonly PlannedConflict[],
    offered: readonly PlannedChange[],
    signal: AbortSignal,
  ): Promise<RestoreChoices | undefined> {
    const { turns, console } = this.#options;
    return turns.take(signal, async () => {
      const choices = new Map<string, ConflictChoice>();
      const changes = new Map<string, boolean>();
      for (const conflict of conflicts) {
        const possible: Choice[] = conflict.canMerge ? ["keep", "take", "merge"] : ["keep", "take"];
        console.note(`\n${visibleLine(conflictText(conflict))}`);
        const words = `  ${possible.map((choice) => CHOICE_WORDS[choice]).join("   ")}`;
        const choice = await this.#key(words, signal, (key) => {
          const chosen = CONFLICT_KEYS.get(key);
          return chosen !== undefined && possible.includes(chosen) ? chosen : undefined;
        });
        if (choice === undefined) return undefined;
        choices.set(conflict.path, choice);
      }
      for (const { path, shared = [] } of offered) {
        console.note(`\n${visibleLine(`${path}: ${shared.join(", ")} may have made this change`)}`);
        const wanted = await this.#key("  [y] take it back   [n] leave it", signal, (key) => CHANGE_KEYS.get(key));
        if (wanted === undefined) return undefined;
        changes.set(path, wanted);
      }
      return { conflicts: choices, changes };
    });
  }

  async #key<Answer>(
    words: string,
    signal: AbortSignal,
    answerIn: (key: string) => Answer | undefined,
  ): Promise<Answer | undefined> {
    const { turns, console } = this.#options;
    console.note(words);
    return turns.read((typed) => {
      const answer = answerIn(typed.replace(/[\r\n]+$/, ""));
      if (answer === undefined) console.note(words);
      return answer;
    }, signal);
  }
}
