import { visibleText } from "../../../src/core/policy/visibleText.ts";
import type { MonitorWords } from "../../../src/protocol/monitorWords.ts";

/** Words in which code and parameters can be told apart; a host has real ones. */
export const PREVIEW_WORDS: MonitorWords = {
  visible: visibleText,
  error: (error) => visibleText(error.message),
  message: (code, params) =>
    // The scenarios have sentences where a session has codes.
    visibleText(code.includes(" ") ? code : [code, ...Object.values(params)].filter((part) => part !== "").join(": ")),
};
