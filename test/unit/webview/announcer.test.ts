import { describe, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { Announcer } from "../../../webview/announcer.ts";
import { SessionView } from "../../../webview/sessionView.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";
import { SCENARIOS } from "../../support/monitorPreview/scenarios.ts";
import { FakePage } from "./fakePage.ts";

class Listener {
  readonly page = new FakePage();
  readonly heard: string[] = [];
  readonly #announcer = new Announcer(this.page, (text) => this.heard.push(text));
  readonly #state = new MonitorState("session_preview", PREVIEW_WORDS);

  look(events: readonly OrchestratorEvent[]): void {
    for (const event of events) this.#state.apply(event);
    this.#announcer.note(new SessionView(this.#state.takeSnapshot()), null);
  }

  /** Sees the session as it was after these events. */
  lookBack(events: readonly OrchestratorEvent[]): void {
    const state = new MonitorState("session_preview", PREVIEW_WORDS);
    for (const event of events) state.apply(event);
    this.#announcer.note(new SessionView(state.takeSnapshot()), { time: 0, openQuestions: 0 });
  }
}

function eventsOf(name: string): readonly OrchestratorEvent[] {
  return SCENARIOS[name]?.(Date.UTC(2026, 0, 1)).events ?? [];
}

/** The events up to the first of a kind, that one included. */
function until(events: readonly OrchestratorEvent[], type: string): readonly OrchestratorEvent[] {
  return events.slice(0, events.findIndex((event) => event.type === type) + 1);
}

describe("announcements", () => {
  test("do not tell what was so from the beginning", () => {
    const listener = new Listener();
    listener.look(eventsOf("finished"));
    expect(listener.heard).toEqual([]);
  });

  test("do not tell of a replay as if it happened now", () => {
    const listener = new Listener();
    const events = eventsOf("finished");
    listener.look(events);
    for (const event of events) listener.lookBack(events.slice(0, event.seq));
    listener.look(events);
    expect(listener.heard).toEqual([]);
  });

  test("tell of open questions even then", () => {
    const listener = new Listener();
    listener.look(eventsOf("approval"));
    expect(listener.heard).toEqual([
      "researcher_1005 asks whether it may use bash. analyst_1005 asks whether it may use bash.",
    ]);
  });

  test("tell what an agent wants to know, in short", () => {
    const listener = new Listener();
    const session = new SessionScript({ start: Date.UTC(2026, 0, 1) });
    session.create({});
    session.agentStarts("writer_1", { agentType: "writer", task: "Write" });
    session.asksPerson({ agentId: "writer_1", questionId: "question_1", question: "x".repeat(2000), options: [] });
    listener.look(session.script.events);
    listener.look([]);
    expect(listener.heard).toEqual([`writer_1 asks you: ${"x".repeat(200)}…`]);
  });

  test("name a step that ended, and do not repeat it", () => {
    const events = eventsOf("finished");
    const listener = new Listener();
    listener.look(until(events, "step_started"));
    listener.look(until(events, "step_completed"));
    listener.look([]);
    expect(listener.heard).toEqual(["Completed: Survey the repository."]);
  });

  test("come no more often than one can listen, and then sum up", async () => {
    const events = eventsOf("finished");
    const listener = new Listener();
    listener.look(until(events, "step_started"));
    listener.look(until(events, "step_completed"));
    await listener.page.clock.advance(1_000);
    for (const event of events) listener.look([event]);
    expect(listener.heard).toHaveLength(1);
    await listener.page.clock.advance(4_000);
    expect(listener.heard).toEqual(["Completed: Survey the repository.", "5 steps completed. Session: Completed."]);
    await listener.page.clock.advance(60_000);
    expect(listener.heard).toHaveLength(2);
  });

  test("count what ended differently apart", () => {
    const events = eventsOf("failed");
    const listener = new Listener();
    listener.look(until(events, "step_started"));
    listener.look(events);
    expect(listener.heard).toEqual(["3 steps completed. 1 step failed. 2 steps skipped. Session: Failed."]);
  });
});
