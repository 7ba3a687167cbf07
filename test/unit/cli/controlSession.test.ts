import { expect, test } from "vitest";
import { UsageError } from "../../../src/cli/usageError.ts";
import type { ControlCommand } from "../../../src/cli/arguments.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { controlSession } from "../../../src/cli/controlSession.ts";
import type { CommandOutcome, SessionRow } from "../../../src/core/store/sessionStore.ts";
import { capturedConsole } from "./captured.ts";
import { EventFactory } from "./eventFactory.ts";

const make = new EventFactory();
const asked = { agentId: "writer_1", tool: "bash", input: {}, reason: "approval.rule", subject: "make" };
const LOG = [
  make.created("A goal"),
  make.event("approval_requested", { ...asked, approvalId: "approval_1", severity: "normal" }),
  make.event("approval_requested", { ...asked, approvalId: "approval_2", severity: "protected" }),
  make.event("question_asked", { agentId: "writer_1", questionId: "question_1", question: "Which?", options: ["a"] }),
];

async function control(
  command: Omit<ControlCommand, "session" | "verbose">,
  options: { outcome?: CommandOutcome; ended?: boolean } = {},
) {
  const captured = capturedConsole();
  const sent: unknown[] = [];
  const exitCode = controlSession(
    { ...command, session: "session_1", verbose: false },
    {
      control: {
        send: async (...request) => {
          sent.push(request);
          return options.outcome ?? { accepted: true };
        },
      },
      sessions: {
        getSession: async () => ({ owner: options.ended ? null : {} }) as SessionRow,
        readEvents: async function* () {
          yield* LOG;
        },
      },
      console: captured.console,
      catalogue: catalogueFor("ai-orchestrator"),
    },
  );
  return { exitCode, sent, ...captured };
}

test.each([
  [{ kind: "stop" }, ["stop", null, "--stop"], "Stopped session_1."],
  [{ kind: "pause" }, ["pause", null, "--pause"], "Paused session_1."],
  [{ kind: "continue" }, ["continue", null, "--continue"], "session_1 goes on."],
  [{ kind: "send", text: "Hurry." }, ["steer", { text: "Hurry." }, "--send"], "Told the agents at work."],
  [
    { kind: "send", text: "Hurry.", agent: "writer_1" },
    ["steer", { text: "Hurry.", agentId: "writer_1" }, "--send"],
    "Told writer_1.",
  ],
  [
    { kind: "answer", questionId: "approval_1", text: "allow-session" },
    ["allow_session", { approvalId: "approval_1" }, "--answer"],
    "Answered approval_1: allow-session.",
  ],
  [
    { kind: "answer", questionId: "approval_2", text: "deny" },
    ["deny", { approvalId: "approval_2" }, "--answer"],
    "Answered approval_2: deny.",
  ],
  [
    { kind: "answer", questionId: "question_1", text: "deny" },
    ["answer", { questionId: "question_1", text: "deny" }, "--answer"],
    "Answered question_1: deny.",
  ],
] as const)("%o reaches whoever runs the session", async (command, request, words) => {
  const { exitCode, sent, stdout } = await control(command);
  expect(await exitCode).toBe(0);
  expect(sent).toEqual([["session_1", ...request]]);
  expect(stdout.text).toBe(`${words}\n`);
});

test("a refusal is told in words", async () => {
  const refusal = { code: "session.paused", params: { id: "session_1" } };
  const { exitCode, stdout, stderr } = await control({ kind: "pause" }, { outcome: { accepted: false, refusal } });
  expect(await exitCode).toBe(1);
  expect(stdout.text).toBe("");
  expect(stderr.text).toContain("is paused already");
});

test("a refusal of a newer version has words too", async () => {
  const refusal = { code: "toString", params: {} };
  const { exitCode, stderr } = await control({ kind: "pause" }, { outcome: { accepted: false, refusal } });
  expect(await exitCode).toBe(1);
  expect(stderr.text).toBe("session_1 did not take it.\n");
});

test.each([
  ["approval_1", "maybe", 'The question approval_1 takes allow or allow-session or deny, not "maybe".'],
  [
    "approval_2",
    "allow-session",
    'The question approval_2 takes allow or deny, not "allow-session", because what it is about is asked every time.',
  ],
])("%s does not take %s", async (questionId, text, words) => {
  const { exitCode, sent } = await control({ kind: "answer", questionId, text });
  await expect(exitCode).rejects.toThrow(new UsageError(words));
  expect(sent).toEqual([]);
});

test("a question that is not open is not answered", async () => {
  const { exitCode, sent } = await control({ kind: "answer", questionId: "approval_9", text: "allow" });
  await expect(exitCode).rejects.toMatchObject({ code: "approval.notOpen" });
  expect(sent).toEqual([]);
});
