import { describe, expect, test } from "vitest";
import { hostMessageSchema } from "../../../src/protocol/hostMessage.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { uiMessageSchema } from "../../../src/protocol/uiMessage.ts";
import type { UiMessage } from "../../../src/protocol/uiMessage.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SCENARIOS } from "../../support/monitorPreview/scenarios.ts";

const NOW = Date.UTC(2026, 0, 1);
const DIFF = { type: "openDiff", sessionId: "session_1", toolUseId: "toolu_1", path: "docs/report.md" };
const LOG = {
  type: "readLog",
  requestId: 1,
  filter: { group: "all", text: "" },
  direction: "after",
  seq: 0,
  limit: 10,
};

describe("what a UI may say", () => {
  const good: UiMessage[] = [
    { type: "ready" },
    { type: "resnapshot" },
    { type: "ack", sequence: 1 },
    { type: "stop" },
    { type: "answerApproval", approvalId: "approval_1", decision: "allow_session" },
    { type: "answerQuestion", questionId: "question_1", text: "x".repeat(4000) },
    { type: "openFile", path: "docs/report.md" },
    { type: "openSession" },
    { type: "pause" },
    { type: "continue" },
    { type: "retryStep", stepId: "write" },
    { type: "openDiff", sessionId: "session_1", toolUseId: "toolu_1", path: "docs/report.md" },
    { type: "openLink", url: "https://example.org/a?b#c" },
    { type: "showMoment", time: NOW },
    { type: "showMoment", time: null },
    {
      type: "readLog",
      ...{ requestId: 7, filter: { group: "tools", text: "report" }, direction: "before", seq: 100, limit: 200 },
    },
    { type: "readEvent", seq: 12 },
    { type: "rejected", detail: "what was wrong" },
  ];
  test.each(good)("$type", (message) => {
    expect(uiMessageSchema.parse(structuredClone(message))).toEqual(message);
  });

  const hostile: [string, unknown][] = [
    ["nothing", undefined],
    ["a text", "stop"],
    ["a list", [{ type: "stop" }]],
    ["no type", {}],
    ["an unknown type", { type: "runCommand", command: "rm -rf /" }],
    ["a type from the prototype", { type: "constructor" }],
    ["a field too many", { type: "stop", sessionId: "another" }],
    ["an approval id that is a path", { type: "answerApproval", approvalId: "../other", decision: "allow" }],
    ["an unknown decision", { type: "answerApproval", approvalId: "a", decision: "always" }],
    ["a question id that is a path", { type: "answerQuestion", questionId: "../other", text: "Yes" }],
    ["an empty answer", { type: "answerQuestion", questionId: "question_1", text: " \n" }],
    ["an endless answer", { type: "answerQuestion", questionId: "question_1", text: "x".repeat(4001) }],
    ["an answer that is no text", { type: "answerQuestion", questionId: "question_1", text: ["Yes"] }],
    ["an empty path", { type: "openFile", path: "" }],
    ["an endless path", { type: "openFile", path: "x".repeat(5000) }],
    ["a path that is no text", { type: "openFile", path: { toString: "x" } }],
    ["a broken number", { type: "ack", sequence: Number.NaN }],
    ["a number before the first", { type: "ack", sequence: 0 }],
    ["a step id that is a path", { type: "retryStep", stepId: "../other" }],
    ["a change of a session that is a path", { ...DIFF, sessionId: "../other" }],
    ["a change of no call", { ...DIFF, toolUseId: "" }],
    ["a change of an endless path", { ...DIFF, path: "x".repeat(5000) }],
    ["a link that is a command", { type: "openLink", url: "command:workbench.action.quit" }],
    ["a link that is a script", { type: "openLink", url: "javascript:alert(1)" }],
    ["a link to a file", { type: "openLink", url: "file:///etc/passwd" }],
    ["a link into the editor", { type: "openLink", url: "vscode://file/etc/passwd" }],
    ["a link with a script behind blanks", { type: "openLink", url: " java\nscript:alert(1)" }],
    ["an endless link", { type: "openLink", url: `https://example.org/${"x".repeat(3000)}` }],
    ["a moment that is no time", { type: "showMoment", time: "now" }],
    ["a moment without end", { type: "showMoment", time: Infinity }],
    ["an endless search", { ...LOG, filter: { group: "all", text: "x".repeat(201) } }],
    ["an unknown group of events", { ...LOG, filter: { group: "secrets", text: "" } }],
    ["a page without end", { ...LOG, limit: 1_000_000 }],
    ["a page before the log", { ...LOG, seq: -1 }],
    ["an event before the first", { type: "readEvent", seq: 0 }],
    ["an endless description", { type: "rejected", detail: "x".repeat(1001) }],
  ];
  test.each(hostile)("but not %s", (_, message) => {
    expect(uiMessageSchema.safeParse(message).success).toBe(false);
  });
});

describe("what a host may say", () => {
  test.each(Object.keys(SCENARIOS))("a snapshot of the scenario %s", (name) => {
    const message = snapshotOf(name);
    expect(hostMessageSchema.parse(structuredClone(message))).toEqual(message);
  });

  test("and the small messages", () => {
    const messages: HostMessage[] = [
      { type: "sessionMissing" },
      { type: "refused", request: "stop", message: "It has ended." },
      { type: "refused", request: "answerApproval", approvalId: "approval_1", message: "It was answered." },
      { type: "refused", request: "answerQuestion", questionId: "question_1", message: "It was answered." },
      { type: "delta", sequence: 3, changes: { lastSeq: 4, closedQuestions: ["question_1"] } },
      { type: "revealAgent", agentId: "writer_1" },
      { type: "delta", sequence: 2, changes: { lastSeq: 4 } },
      { type: "delta", sequence: 2, moment: { time: NOW, openQuestions: 1 }, changes: { lastSeq: 4 } },
      { type: "delta", sequence: 2, span: { from: NOW, to: null }, changes: { lastSeq: 4 } },
      { type: "logPage", requestId: 1, rows: [], reached: 0, isEnd: true },
      { type: "eventDetail", seq: 4, detail: null },
    ];
    for (const message of messages) expect(hostMessageSchema.parse(structuredClone(message))).toEqual(message);
  });

  const hostile: [string, (message: Extract<HostMessage, { type: "snapshot" }>) => unknown][] = [
    [
      "a session id that is a path",
      (message) => ({
        ...message,
        content: { ...message.content, header: { ...message.content.header, sessionId: "../x" } },
      }),
    ],
    [
      "an unknown status",
      (message) => ({
        ...message,
        content: { ...message.content, header: { ...message.content.header, status: "<b>" } },
      }),
    ],
    [
      "a goal that is no text",
      (message) => ({
        ...message,
        content: { ...message.content, header: { ...message.content.header, goal: { text: "x" } } },
      }),
    ],
    ["steps that are no list", (message) => ({ ...message, content: { ...message.content, steps: "none" } })],
    [
      "agents with a field too many",
      (message) => ({
        ...message,
        content: {
          ...message.content,
          agents: message.content.agents.map((agent) => ({ ...agent, html: "<script>" })),
        },
      }),
    ],
    ["no sequence", (message) => ({ ...message, sequence: undefined })],
    ["a delta without content", () => ({ type: "delta", sequence: 3 })],
    [
      "text for nobody",
      () => ({ type: "delta", sequence: 3, changes: { lastSeq: 1, texts: [{ kind: "append", text: "x" }] } }),
    ],
  ];
  test.each(hostile)("but not %s", (_, spoil) => {
    const message = snapshotOf("running");
    expect(hostMessageSchema.safeParse(spoil(message)).success).toBe(false);
  });
});

function snapshotOf(name: string): Extract<HostMessage, { type: "snapshot" }> {
  const state = new MonitorState("session_preview", PREVIEW_WORDS);
  for (const event of SCENARIOS[name]?.(NOW).events ?? []) state.apply(event);
  const whole = { moment: null, span: state.span, content: state.takeSnapshot() };
  return { type: "snapshot", sequence: 1, hostTime: NOW, readOnly: false, canRetry: true, opensFiles: true, ...whole };
}
