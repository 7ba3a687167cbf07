import { expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { eventsOf, interleavedAgents, joinedText, ofKind, onlyOne, textOfTurns } from "../../support/eventStream.ts";

let seq = 0;
function event(type: string, fields: object): OrchestratorEvent {
  seq += 1;
  const base = {
    id: `event_${seq}`,
    seq,
    epoch: 1,
    timestamp: "2026-01-01T00:00:00.000Z",
    sessionId: "s",
    source: "test",
  };
  const [parsed] = eventsOf([{ ...base, type, ...fields }]);
  if (parsed === undefined) throw new Error("no event");
  return parsed;
}

const chunk = (agentId: string, content: string) => event("text_chunk", { agentId, content });

test("agents that each write between words of the other have streamed together", () => {
  expect(interleavedAgents([chunk("a", "1"), chunk("b", "1"), chunk("a", "2"), chunk("b", "2")])).toEqual([["a", "b"]]);
});

test("agents that write one after the other have not", () => {
  expect(interleavedAgents([chunk("a", "1"), chunk("a", "2"), chunk("b", "1"), chunk("b", "2")])).toEqual([]);
});

test("text is joined for each agent", () => {
  expect(joinedText([chunk("a", "one "), chunk("b", "x"), chunk("a", "two")])).toEqual(
    new Map([
      ["a", "one two"],
      ["b", "x"],
    ]),
  );
});

test("the text of turns is that of their text blocks", () => {
  const turn = event("turn_completed", {
    agentId: "a",
    turn: 1,
    message: {
      role: "assistant",
      content: [
        { type: "text", text: "one " },
        { type: "tool_use", id: "t", name: "read", input: {} },
        { type: "text", text: "two" },
      ],
    },
    stopReason: "tool_use",
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
  });
  expect(textOfTurns([turn])).toEqual(new Map([["a", "one two"]]));
});

test("what is not an event is no event", () => {
  expect(() => eventsOf([{ type: "text_chunk" }])).toThrow();
});

test("the only one of its kind must be the only one", () => {
  const events = [chunk("a", "1"), chunk("a", "2"), event("plan_created", { plan: { summary: "", steps: [] } })];
  expect(ofKind(events, "text_chunk")).toHaveLength(2);
  expect(onlyOne(events, "plan_created").plan.steps).toEqual([]);
  expect(() => onlyOne(events, "text_chunk")).toThrow(/found 2/);
  expect(() => onlyOne(events, "workflow_failed")).toThrow(/found 0/);
});
