/** What the dashboard needs of the engine, and its words. */
import { toOrchestratorError } from "../core/errors.ts";
import type { Engine } from "../core/engine.ts";
import { wordsOf, type Catalogue, type MessageCode } from "../core/messages.ts";
import { visibleText } from "../core/policy/visibleText.ts";
import type { MonitorWords } from "../protocol/monitorWords.ts";

export type DashboardEngine = Pick<Engine, "sessions" | "control" | "onDidChangeElsewhere">;

export interface DashboardWords extends MonitorWords {
  /** Anything thrown. */
  thrown(error: unknown): string;
}

/** A host's words; an error of a newer version has only its plain message. */
export function dashboardWords(catalogue: Catalogue): DashboardWords {
  const isKnown = (code: string): code is MessageCode => Object.hasOwn(catalogue, code);
  return {
    visible: visibleText,
    error: ({ code, params, message }) => (isKnown(code) ? wordsOf(catalogue, code, params) : message),
    message: (code, params) => (isKnown(code) ? wordsOf(catalogue, code, params) : code),
    thrown: (error) => {
      const { code, params } = toOrchestratorError(error);
      return wordsOf(catalogue, code, params);
    },
  };
}
