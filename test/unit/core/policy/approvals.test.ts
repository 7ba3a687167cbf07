import { beforeEach, describe, expect, it } from "vitest";
import type { EventDraft } from "../../../../src/core/events/event.ts";
import { ApprovalService, type ApprovalQuestion } from "../../../../src/core/policy/approvals.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../../../../src/core/ports.ts";
import { settingsSchema, type Settings } from "../../../../src/core/settings/settings.ts";
import { FakeClock } from "../../../support/fakeClock.ts";

const values = settingsSchema.parse({ "approvals.timeoutMinutes": 30 });
const settings: Settings = { get: (name) => values[name] };

/** Hands every request to the test, which answers when it likes. */
class HeldApprover implements Approver {
  readonly asked: {
    request: ApprovalRequest;
    signal: AbortSignal;
    answer: (answer: ApprovalAnswer) => void;
    fail: (error: Error) => void;
  }[] = [];

  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    return new Promise((answer, fail) => this.asked.push({ request, signal, answer, fail }));
  }
}

let clock: FakeClock;
let approver: HeldApprover;
let events: EventDraft[];
let controller: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  approver = new HeldApprover();
  events = [];
  controller = new AbortController();
});

function service(onTimeout: "deny" | "pause" = "deny"): ApprovalService {
  return new ApprovalService({ sessionId: "session_1", approver, clock, settings, onTimeout });
}

const question: ApprovalQuestion = {
  agent: { agentId: "coder_1", stepId: "build", attempt: 1 },
  toolUseId: "toolu_1",
  tool: "bash",
  input: { command: "npm test" },
  reason: { code: "approval.rule", params: { tool: "bash" } },
  subject: "npm test",
  severity: "normal",
  taint: [],
};

const emit = async (draft: EventDraft): Promise<void> => void events.push(draft);
const ask = (approvals: ApprovalService, change: Partial<ApprovalQuestion> = {}) =>
  approvals.ask({ ...question, ...change }, emit, controller.signal);

async function nextAsked(count: number): Promise<HeldApprover["asked"][number]> {
  while (approver.asked.length < count) await Promise.resolve();
  return approver.asked[count - 1] as HeldApprover["asked"][number];
}

it("tells the question before it is asked, and the answer before it counts", async () => {
  const approvals = service();
  const asking = ask(approvals);
  const asked = await nextAsked(1);
  expect(asked.request).toEqual({
    approvalId: "approval_1",
    sessionId: "session_1",
    agentId: "coder_1",
    tool: "bash",
    input: { command: "npm test" },
    reason: "approval.rule",
    subject: "npm test",
    severity: "normal",
    taint: [],
  });
  expect(approvals.open).toHaveLength(1);
  asked.answer({ decision: "allow", by: "user" });
  expect(await asking).toEqual({ decision: "allow", by: "user" });
  expect(approvals.open).toHaveLength(0);
  const agent = { source: "coder_1", agentId: "coder_1", stepId: "build", attempt: 1, approvalId: "approval_1" };
  expect(events).toEqual([
    {
      ...agent,
      type: "approval_requested",
      toolUseId: "toolu_1",
      tool: "bash",
      input: { command: "npm test" },
      reason: "approval.rule",
      subject: "npm test",
      severity: "normal",
    },
    { ...agent, type: "approval_resolved", decision: "allow", by: "user" },
  ]);
});

describe("a yes for the session", () => {
  it("holds for exactly the same tool and subject", async () => {
    const approvals = service();
    const first = ask(approvals);
    (await nextAsked(1)).answer({ decision: "allow_session", by: "user" });
    await first;
    expect(await ask(approvals)).toEqual({ decision: "allow_session", by: "allowed for the session" });
    expect(events).toHaveLength(2);
    const other = ask(approvals, { subject: "npm test -- --watch" });
    (await nextAsked(2)).answer({ decision: "deny", by: "user", reason: "not now" });
    expect(await other).toEqual({ decision: "deny", by: "user", reason: "not now" });
  });

  it.each(["protected", "tainted"] as const)(
    "is not kept for what is %s, nor does an earlier one cover it",
    async (severity) => {
      const approvals = service();
      const first = ask(approvals);
      (await nextAsked(1)).answer({ decision: "allow_session", by: "user" });
      await first;
      for (const count of [2, 3]) {
        const again = ask(approvals, { severity, taint: ["web_search"] });
        (await nextAsked(count)).answer({ decision: "allow_session", by: "user" });
        expect(await again).toEqual({ decision: "allow", by: "user" });
      }
      expect(events.at(-1)).toMatchObject({ type: "approval_resolved", decision: "allow" });
    },
  );
});

describe("nobody answers", () => {
  it("is a denial after the time that is set", async () => {
    const asking = ask(service());
    const asked = await nextAsked(1);
    await clock.advance(30 * 60_000);
    expect(await asking).toEqual({ decision: "deny", by: "timeout", reason: "approval.timeout" });
    expect(asked.signal.aborted).toBe(true);
    asked.answer({ decision: "allow", by: "user" });
    expect(events.filter((event) => event.type === "approval_resolved")).toHaveLength(1);
  });

  it("keeps the question open where the host pauses", async () => {
    const asking = ask(service("pause"));
    const asked = await nextAsked(1);
    await clock.advance(24 * 60 * 60_000);
    asked.answer({ decision: "allow", by: "user" });
    expect(await asking).toEqual({ decision: "allow", by: "user" });
    expect(clock.pendingTimers).toBe(0);
  });
});

it("takes the answer of another process, once", async () => {
  const approvals = service();
  const asking = ask(approvals);
  const asked = await nextAsked(1);
  expect(approvals.answer("approval_9", { decision: "allow", by: "x" })).toBe(false);
  expect(approvals.answer("approval_1", { decision: "allow", by: "terminal 2", commandId: "command_7" })).toBe(true);
  expect(approvals.answer("approval_1", { decision: "deny", by: "late" })).toBe(false);
  expect(await asking).toEqual({ decision: "allow", by: "terminal 2" });
  expect(asked.signal.aborted).toBe(true);
  expect(events.at(-1)).toMatchObject({ decision: "allow", by: "terminal 2", commandId: "command_7" });
  expect(clock.pendingTimers).toBe(0);
});

it("is withdrawn when the session stops", async () => {
  const asking = ask(service());
  const asked = await nextAsked(1);
  const reason = new Error("stopped by the user");
  controller.abort(reason);
  await expect(asking).rejects.toBe(reason);
  expect(asked.signal.aborted).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: "approval_resolved", decision: "deny", by: "stopped" });
  await expect(ask(service())).rejects.toBe(reason);
});

it("answers no when the approver fails", async () => {
  const asking = ask(service());
  (await nextAsked(1)).fail(new Error("no window"));
  expect(await asking).toMatchObject({ decision: "deny" });
});

it("allows nothing when the answer cannot be committed", async () => {
  const approvals = service();
  const asking = approvals.ask(
    question,
    async (draft) => {
      if (draft.type === "approval_resolved") throw new Error("fenced");
    },
    controller.signal,
  );
  (await nextAsked(1)).answer({ decision: "allow_session", by: "user" });
  await expect(asking).rejects.toThrow("fenced");
  const again = ask(approvals);
  await nextAsked(2);
  approvals.answer("approval_2", { decision: "deny", by: "user" });
  expect(await again).toMatchObject({ decision: "deny" });
});
