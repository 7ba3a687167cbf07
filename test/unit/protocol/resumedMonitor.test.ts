/** What a monitor shows of a session that goes on. */
import { expect, test } from "vitest";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";

const SOURCE = "orchestrator";

test("a session that goes on is not held, is where its folders are now, and has steps to do again", () => {
  const session = new SessionScript({ start: Date.UTC(2026, 0, 1) });
  session.create({});
  session.plans();
  session.surveys();
  session.starts("requests", "researcher_1002");
  session.completes("requests", "researcher_1002", "Done.", ["requests.md"]);
  session.script.add({ type: "pool_paused", source: SOURCE, by: "you" });
  const folders = [{ name: "project", path: "/moved/project" }];
  session.script.add({ type: "workflow_resumed", source: SOURCE, lastSeq: 1, folders, model: "other" });
  session.script.add({ type: "steps_reset", source: SOURCE, stepIds: ["requests", "unknown"] });
  const state = new MonitorState("session_preview", PREVIEW_WORDS);
  for (const event of session.script.events) state.apply(event);
  const { header, steps } = state.takeSnapshot();
  expect(header).toMatchObject({ status: "running", isPaused: false, folders: ["/moved/project"], model: "other" });
  expect(steps.find(({ stepId }) => stepId === "survey")).toMatchObject({ state: "completed" });
  expect(steps.find(({ stepId }) => stepId === "requests")).toMatchObject({
    state: "waiting",
    agentId: null,
    startedAt: null,
    outputs: [],
  });
});
