/** Text in small pieces whose order and completeness can be checked wherever it is shown. */
import type { EventDraft } from "../../../src/core/events/event.ts";

/** Letters of a number in a piece: enough for 36⁴ pieces. */
const LETTERS = 4;

/** Piece `index` of a text: a number of its own, and now and then what Markdown is made of. */
export function pieceOf(index: number): string {
  const number = index.toString(36).padStart(LETTERS, "0");
  const word = index % 17 === 0 ? `**${number}**` : number;
  return index % 40 === 39 ? `${word}\n\n` : `${word} `;
}

/** Numbers of the pieces in a text, in its order. */
export function piecesIn(text: string): number[] {
  return [...text.matchAll(/[0-9a-z]{4}/g)].map(([number]) => Number.parseInt(number, 36));
}

/** What is wrong with the pieces that are shown: nothing when they end with the last and none is missing between. */
export function faultIn(text: string, count: number): string | undefined {
  const shown = piecesIn(text);
  const [first = 0] = shown;
  if (first !== 0) return `begins with piece ${first}`;
  const wrong = shown.findIndex((number, index) => number !== index);
  if (wrong !== -1) return `piece ${wrong} is ${shown[wrong]}`;
  return shown.length === count ? undefined : `has ${shown.length} of ${count} pieces`;
}

export function agentBegins(agentId: string, stepId?: string): EventDraft {
  return {
    type: "agent_initialized",
    ...{ source: agentId, agentId, attempt: 1, agentType: "worker", model: "claude-sonnet-5-5", tools: [] },
    ...(stepId === undefined ? {} : { stepId }),
    taskDescription: "Read a part and report.",
  };
}

export function chunk(agentId: string, content: string): EventDraft {
  return { type: "text_chunk", source: agentId, agentId, attempt: 1, content };
}

export function sessionBegins(): EventDraft {
  return {
    type: "session_created",
    source: "orchestrator",
    goal: "Read everything and report.",
    folders: [{ name: "project", path: "/home/ada/project" }],
    model: "claude-sonnet-5-5",
  };
}
