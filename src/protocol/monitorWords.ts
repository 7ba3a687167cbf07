/** How a host puts into words what events hold as codes and foreign text. */
import type { ErrorInfo } from "../core/events/event.ts";
import type { Output } from "./monitorModel.ts";

export interface MonitorWords {
  /** `text` with control characters, direction overrides and characters without width made visible; `\n` and `\t` stay. */
  visible(text: string): string;
  /** The words for an error. */
  error(error: ErrorInfo): string;
  /** The words for a message code; the code itself when it has none. */
  message(code: string, params: Readonly<Record<string, string | number>>): string;
}

/** The same words with everything visible, whatever parameters a message was made of. */
export function visibleWords(words: MonitorWords): MonitorWords {
  return {
    visible: (text) => words.visible(text),
    error: (error) => words.visible(words.error(error)),
    message: (code, params) => words.visible(words.message(code, params)),
  };
}

/** Characters of a call's subject on an agent's card. */
const SUBJECT_LENGTH = 300;
/** Fields that tell most about a call, the most telling first. */
const TELLING_FIELDS = ["command", "file_path", "pattern", "path", "query", "url"];

/** What a call is about, from its input as the model sent it, so anything may be in it. On one line, cut when long. */
export function callSubject(input: unknown, words: MonitorWords): string {
  return shortLine(tellingField(input) ?? "", words);
}

/** What an approval is about when its event does not say: the command, else the whole input. Never cut. */
export function approvalSubject(input: unknown, words: MonitorWords): string {
  const fields = typeof input === "object" && input !== null ? Object.entries(input) : [];
  const [only] = fields;
  const command = fields.length === 1 && only?.[0] === "command" && typeof only[1] === "string" ? only[1] : undefined;
  return words.visible(command ?? JSON.stringify(input, null, 2) ?? "");
}

export function outputsOf(paths: readonly string[], words: MonitorWords): Output[] {
  return paths.map((path) => ({ path, label: lineLabel(path, words) }));
}

/** A path as people may see it, on one line. */
export function lineLabel(path: string, words: MonitorWords): string {
  return words.visible(path).replaceAll(/[\n\t]/g, "␤");
}

/** Foreign text on one line, cut when long. */
export function shortLine(text: string, words: MonitorWords, length = SUBJECT_LENGTH): string {
  const cut = text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
  return words.visible(cut).replace(/\s+/g, " ").trim();
}

function tellingField(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const fields = input as Record<string, unknown>;
  for (const name of TELLING_FIELDS) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}
