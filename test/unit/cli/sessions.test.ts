import { expect, test } from "vitest";
import { WITHOUT_FOLDERS } from "../core/store/storeFixtures.ts";
import { listSessions } from "../../../src/cli/listSessions.ts";
import { showSession, type ShowOptions } from "../../../src/cli/showSession.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { emptyState } from "../../../src/core/sessions/sessionState.ts";
import { foldState } from "../../../src/core/sessions/stateFold.ts";
import type { SessionRow } from "../../../src/core/store/sessionStore.ts";
import { capturedConsole } from "./captured.ts";
import { EventFactory, stepFields } from "./eventFactory.ts";

const NOW = Date.UTC(2026, 0, 2, 12);

/** Of sessions whose versions hold no files, nobody asks how much they hold. */
const WITHOUT_FILES = {} as ShowOptions["engine"];

function row(fields: Partial<SessionRow> = {}): SessionRow {
  return {
    sessionId: "session_1",
    goal: "Research AI trends\nand write a report",
    title: "Research AI trends",
    status: "completed",
    effectiveStatus: "completed",
    folders: [{ name: "app", path: "/projects/app" }],
    stepsTotal: 4,
    stepsCompleted: 3,
    agentsRunning: 0,
    costUsd: 0.12,
    costIsPartial: false,
    inputTokens: 10,
    outputTokens: 5,
    lastCompletedStep: "a",
    versions: 2,
    tags: [],
    parent: null,
    demo: false,
    createdAt: new Date(NOW - 5 * 60_000).toISOString(),
    updatedAt: new Date(NOW - 3 * 60_000).toISOString(),
    lastSeq: 9,
    epoch: 1,
    owner: null,
    ...fields,
  };
}

/** Pages as the store gives them: newest first, after the row of the page before. */
function sessionsOf(rows: readonly SessionRow[]) {
  return {
    listSessions: async ({ limit, before }: { limit: number; before?: { sessionId: string } }) => {
      const start = before === undefined ? 0 : rows.findIndex(({ sessionId }) => sessionId === before.sessionId) + 1;
      return rows.slice(start, start + limit);
    },
  };
}

test("sessions are a table with columns that line up", async () => {
  const { console, stdout } = capturedConsole();
  const rows = [
    row({ sessionId: "s2", effectiveStatus: "running", demo: true }),
    row({ sessionId: "a_longer_id", title: "日本\u001b[31m" }),
  ];
  await listSessions(sessionsOf(rows), console, { json: false, now: NOW });
  expect(stdout.text).toMatchInlineSnapshot(`
    "SESSION      STATUS     STEPS  COST   AGE        GOAL
    s2           running    3/4    demo   5 min ago  Research AI trends
    a_longer_id  completed  3/4    $0.12  5 min ago  日本␛[31m
    "
  `);
});

test("on a terminal lines are cut to its width", async () => {
  const { console, stdout } = capturedConsole();
  await listSessions(sessionsOf([row({ title: "long ".repeat(40) })]), console, { json: false, now: NOW, columns: 40 });
  for (const line of stdout.text.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(40);
});

test("every session is listed, however many there are, under one head", async () => {
  const { console, stdout } = capturedConsole();
  const rows = Array.from({ length: 250 }, (_, index) => row({ sessionId: `s${index}` }));
  await listSessions(sessionsOf(rows), console, { json: false, now: NOW });
  expect(stdout.text.trimEnd().split("\n")).toHaveLength(251);
  expect(stdout.text.match(/SESSION/g)).toHaveLength(1);
});

test("as JSON each session is a line", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await listSessions(sessionsOf([row(), row({ sessionId: "s2" })]), console, { json: true, now: NOW });
  const lines = stdout.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toMatchObject([{ sessionId: "session_1", status: "completed", goal: row().goal }, { sessionId: "s2" }]);
  await listSessions(sessionsOf([]), console, { json: true, now: NOW });
  expect(stderr.text).toBe("");
});

test("without sessions nothing is on standard output", async () => {
  const { console, stdout, stderr } = capturedConsole();
  await listSessions(sessionsOf([]), console, { json: false, now: NOW });
  expect([stdout.text, stderr.text]).toEqual(["", "There are no sessions yet.\n"]);
});

test("nobody reading any more ends the list", async () => {
  const { console, stdout } = capturedConsole();
  stdout.destroy(new Error("write EPIPE"));
  await new Promise((resolve) => stdout.once("close", resolve));
  let pages = 0;
  const endless = {
    listSessions: async ({ limit }: { limit: number }) => ((pages += 1), Array.from({ length: limit }, () => row())),
  };
  await listSessions(endless, console, { json: false, now: NOW });
  expect(pages).toBe(1);
});

function shownSession(fields: Partial<SessionRow> = {}, logged: readonly OrchestratorEvent[] = []) {
  const make = new EventFactory();
  const state = foldState(emptyState(), [
    make.created("A goal"),
    make.planned("look", "write<look", "check<write"),
    make.stepStarted("look"),
    make.agentStarted("writer_1", "look"),
    make.used("writer_1", 1234, 0.12),
    make.event("agent_completed", { agentId: "writer_1", result: "x", outputs: ["notes.md"] }),
    make.stepCompleted("look", "writer_1", ["notes.md"]),
    make.stepStarted("write"),
    make.event("step_failed", {
      ...stepFields("write"),
      error: { code: "agent.failed", params: { detail: "x" }, message: "it broke" },
    }),
    make.event("step_skipped", { ...stepFields("check"), reason: "step.dependencyFailed", blockedBy: ["write"] }),
    make.failed("agent.failed", { detail: "x" }),
  ]);
  return {
    getSession: async () => row({ effectiveStatus: "failed", ...fields }),
    getActiveSession: async () => state,
    listVersions: async () => [
      {
        versionId: "v1",
        seq: 1,
        reason: "session_created",
        stepId: null,
        createdAt: "2026-01-01T00:00:00.000Z",
        ...WITHOUT_FOLDERS,
      },
      {
        versionId: "v2",
        seq: 7,
        reason: "step_completed",
        stepId: "look",
        createdAt: "2026-01-01T00:00:00.000Z",
        ...WITHOUT_FOLDERS,
      },
    ],
    readEvents: async function* () {
      yield* logged;
    },
  };
}

const words = ({ message }: { message: string }) => message;
const command = "ai-orchestrator";

test("a session is shown with its plan, agents, files, cost and versions", async () => {
  const { console, stdout } = capturedConsole();
  await showSession(shownSession(), console, "session_1", { engine: WITHOUT_FILES, json: false, words, command });
  expect(stdout.text).toMatchInlineSnapshot(`
    "Session  session_1
    Goal     Research AI trends and write a report
    Status   failed
    Folder   /projects/app
    Started  2026-01-02 11:55:00 UTC, took 2:00
    Cost     $0.12, 15 tokens
    Error    plain words of agent.failed
    Go on    ai-orchestrator --resume session_1

    Plan:
      ✓ look: Do look (writer_1), completed, 0:04
      ✗ write: Do write, failed, 0:01
          it broke
      – check: Do check, skipped

    Agents:
      ✓  writer_1  model  1.2k tokens, 0:02  → notes.md

    Versions:
      v1  the folder as the session found it
      v2  after step look
    "
  `);
});

test("a session as JSON is one object", async () => {
  const { console, stdout } = capturedConsole();
  await showSession(shownSession(), console, "session_1", { engine: WITHOUT_FILES, json: true, words, command });
  expect(JSON.parse(stdout.text)).toMatchObject({
    sessionId: "session_1",
    status: "failed",
    steps: [
      { stepId: "look", status: "completed", outputs: ["notes.md"] },
      { stepId: "write", status: "failed", error: { message: "it broke" } },
      { stepId: "check", status: "skipped" },
    ],
    agents: [{ agentId: "writer_1", usage: { outputTokens: 1234 } }],
    usage: { outputTokens: 1234 },
    error: { code: "agent.failed" },
    versions: [{ versionId: "v1" }, { versionId: "v2" }],
  });
});

const owner = { machineId: "m", bootId: "b", pid: 1, processStartedAt: "1", host: "terminal" };

test("what a running session waits for is shown with what to type", async () => {
  const make = new EventFactory();
  const asked = (approvalId: string, more: object) =>
    make.event("approval_requested", {
      agentId: "writer_1",
      approvalId,
      tool: "bash",
      input: {},
      reason: "approval.rule",
      ...more,
    });
  const logged = [
    make.created("A goal"),
    make.planned("look"),
    make.agentStarted("writer_1", "look"),
    asked("approval_1", { subject: "echo 1\necho 2", severity: "normal" }),
    asked("approval_2", { subject: ".vscode/x", severity: "protected", taint: ["web_search"] }),
    asked("approval_3", { subject: "answered" }),
    make.event("approval_resolved", { agentId: "writer_1", approvalId: "approval_3", decision: "deny", by: "user" }),
    make.event("question_asked", {
      agentId: "writer_1",
      questionId: "question_1",
      question: "Which one?",
      options: ["this", "that"],
    }),
    make.event("pool_paused", { by: "--pause" }),
  ];
  const session = shownSession({ effectiveStatus: "running", owner }, logged);
  const text = capturedConsole();
  await showSession(session, text.console, "session_1", { engine: WITHOUT_FILES, json: false, words, command });
  expect(text.stdout.text).toContain("Status   running, paused\n");
  expect(/Questions:\n[^]*?\n\n/.exec(text.stdout.text)?.[0]).toMatchInlineSnapshot(`
    "Questions:
      writer_1 wants to use bash:
          echo 1
          echo 2
        ai-orchestrator --answer session_1 approval_1 allow
        ai-orchestrator --answer session_1 approval_1 allow-session
        ai-orchestrator --answer session_1 approval_1 deny
      writer_1 wants to use bash:
          .vscode/x
        It is protected.
        The agent has read content from outside: web_search
        ai-orchestrator --answer session_1 approval_2 allow
        ai-orchestrator --answer session_1 approval_2 deny
      writer_1 asks: Which one?
          - this
          - that
        ai-orchestrator --answer session_1 question_1 "TEXT"

    "
  `);
  const json = capturedConsole();
  await showSession(session, json.console, "session_1", { engine: WITHOUT_FILES, json: true, words, command });
  expect(JSON.parse(json.stdout.text)).toMatchObject({
    isPaused: true,
    questions: [
      { kind: "approval", id: "approval_1", tool: "bash", subject: "echo 1\necho 2", severity: "normal" },
      { kind: "approval", id: "approval_2", severity: "protected", taint: ["web_search"] },
      { kind: "question", id: "question_1", question: "Which one?", options: ["this", "that"] },
    ],
  });
});
