import { expect, test } from "vitest";
import type { EventDraft } from "../../../src/core/events/event.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { agentStarted, completed, created, planned, started, used } from "../core/sessions/sessionEvents.ts";
import { eventsFrom } from "../core/store/storeFixtures.ts";

const COPIED = [
  created(),
  planned("a", "b"),
  started("a"),
  agentStarted("writer_a", "a"),
  used("writer_a", 5, 0.25),
  completed("a"),
  started("b"),
  agentStarted("writer_b", "b"),
];
const forked = (goal?: string): EventDraft => ({
  ...{ type: "session_forked", source: "fork", parentSessionId: "one", parentVersionId: "v2", folders: [] },
  ...(goal === undefined ? {} : { goal }),
});
const resumed: EventDraft = { type: "workflow_resumed", source: "t", lastSeq: COPIED.length + 1 };

function contentOf(...drafts: readonly EventDraft[]) {
  const state = new MonitorState("two", PREVIEW_WORDS);
  for (const event of eventsFrom(drafts, { sessionId: "two" })) state.apply(event);
  return state.takeSnapshot();
}

test("a fork shows what was done, as nobody's work and at no cost yet", () => {
  const { header, totals, steps, agents } = contentOf(...COPIED, forked());
  expect(header).toMatchObject({ status: "interrupted", goal: "Write a report" });
  expect(totals).toMatchObject({ costUsd: 0, costIsPartial: false, usage: { inputTokens: 0, outputTokens: 0 } });
  expect(steps.map(({ state }) => state)).toEqual(["completed", "stopped"]);
  expect(agents.map(({ state }) => state)).not.toContain("running");
  const spent = contentOf(...COPIED, forked(), resumed, used("writer_b", 7, 0.1));
  expect(spent.header.status).toBe("running");
  expect(spent.totals).toMatchObject({ costUsd: 0.1, usage: { inputTokens: 7 } });
});

test("a fork for another goal has no plan until it is planned", () => {
  const { header, plan, steps } = contentOf(...COPIED, forked("Translate it"), resumed);
  expect({ header, plan, steps }).toMatchObject({
    header: { status: "planning", goal: "Translate it" },
    plan: null,
    steps: [],
  });
});
