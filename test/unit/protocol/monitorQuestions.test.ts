import { describe, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";

const AGENT = "writer_1";

function surveying(): SessionScript {
  const session = new SessionScript({ start: Date.UTC(2026, 0, 1) });
  session.create({});
  session.plans();
  session.starts("survey", AGENT);
  return session;
}

function stateOf(events: readonly OrchestratorEvent[]): MonitorState {
  const state = new MonitorState("session_preview", PREVIEW_WORDS);
  for (const event of events) state.apply(event);
  return state;
}

describe("a question of an agent", () => {
  test("is put before the person, and taken away when it is answered", () => {
    const session = surveying();
    const state = stateOf(session.script.events);
    state.takeSnapshot();
    session.asksPerson({
      agentId: AGENT,
      questionId: "question_1",
      question: "Which one?\u202e",
      options: ["This\u001b[31m", "That"],
    });
    for (const event of session.script.events) state.apply(event);
    expect(state.takeDelta()).toMatchObject({
      questions: [
        {
          questionId: "question_1",
          agentId: AGENT,
          stepId: "survey",
          question: "Which one?⟨U+202E⟩",
          options: ["This␛[31m", "That"],
        },
      ],
      agents: [{ agentId: AGENT, state: "asking" }],
    });
    expect(state.hasQuestion("question_1")).toBe(true);
    const answered = { source: AGENT, agentId: AGENT, questionId: "question_1", answer: "That", by: "user" };
    state.apply(session.script.add({ type: "question_answered", ...answered }));
    expect(state.takeDelta()).toMatchObject({ closedQuestions: ["question_1"], agents: [{ state: "running" }] });
    expect(state.hasQuestion("question_1")).toBe(false);
  });

  test("keeps an agent asking until its last question is answered", () => {
    const session = surveying();
    for (const questionId of ["question_1", "question_2"])
      session.asksPerson({ agentId: AGENT, questionId, question: "Which one?", options: [] });
    const state = stateOf(session.script.events);
    const stateAfter = (questionId: string): unknown => {
      const answered = { source: AGENT, agentId: AGENT, questionId, answer: null, by: "timeout" };
      state.apply(session.script.add({ type: "question_answered", ...answered }));
      return state.takeSnapshot().agents.find(({ agentId }) => agentId === AGENT)?.state;
    };
    expect(stateAfter("question_1")).toBe("asking");
    expect(stateAfter("question_2")).toBe("running");
  });

  test("is not left to answer when the run has ended", () => {
    const session = surveying();
    session.asksPerson({ agentId: AGENT, questionId: "question_1", question: "Which one?", options: [] });
    const state = stateOf(session.script.events);
    state.takeSnapshot();
    state.apply(
      session.script.add({
        type: "workflow_interrupted",
        source: "orchestrator",
        lastCompletedStep: null,
        reason: "Stopped by you.",
        by: "you",
      }),
    );
    expect(state.takeDelta()).toMatchObject({ closedQuestions: ["question_1"] });
    expect(state.takeSnapshot().questions).toEqual([]);
  });
});
