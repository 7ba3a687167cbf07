/** Questions asked of the events that `--json` prints. */
import { eventSchema, type EventKind, type EventOf, type OrchestratorEvent } from "../../src/core/events/event.ts";
import type { CliLine } from "./cliProcess.ts";

/** The lines as events; throws when one is not. */
export function eventsOf(lines: readonly CliLine[]): OrchestratorEvent[] {
  return lines.map((line) => eventSchema.parse(line));
}

export function ofKind<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.type === kind);
}

/** The only event of its kind. */
export function onlyOne<Kind extends EventKind>(events: readonly OrchestratorEvent[], kind: Kind): EventOf<Kind> {
  const [first, ...others] = ofKind(events, kind);
  if (first === undefined || others.length > 0)
    throw new Error(`expected one ${kind}, found ${first === undefined ? 0 : others.length + 1}`);
  return first;
}

/** Text chunks of each agent joined, in order of first appearance. */
export function joinedText(events: readonly OrchestratorEvent[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const chunk of ofKind(events, "text_chunk"))
    texts.set(chunk.agentId, (texts.get(chunk.agentId) ?? "") + chunk.content);
  return texts;
}

/** Text blocks of each agent's committed turns joined. */
export function textOfTurns(events: readonly OrchestratorEvent[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { agentId, message } of ofKind(events, "turn_completed")) {
    const text = message.content
      .map((block) => (block.type === "text" ? String((block as { text?: unknown }).text) : ""))
      .join("");
    if (text !== "") texts.set(agentId, (texts.get(agentId) ?? "") + text);
  }
  return texts;
}

/** Pairs of agents of which each wrote text between two texts of the other: they streamed at the same time. */
export function interleavedAgents(events: readonly OrchestratorEvent[]): [string, string][] {
  const chunks = ofKind(events, "text_chunk");
  const spans = new Map<string, { first: number; last: number }>();
  chunks.forEach(({ agentId }, index) =>
    spans.set(agentId, { first: spans.get(agentId)?.first ?? index, last: index }),
  );
  const agents = [...spans];
  return agents.flatMap(([left, one], index) =>
    agents
      .slice(index + 1)
      .flatMap(([right, other]): [string, string][] =>
        one.first < other.last && other.first < one.last ? [[left, right]] : [],
      ),
  );
}
