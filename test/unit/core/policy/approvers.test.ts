import { expect, it } from "vitest";
import { BlanketApprover, type BlanketMode } from "../../../../src/core/policy/approvers.ts";
import type { ApprovalRequest, Approver } from "../../../../src/core/ports.ts";

const request: ApprovalRequest = {
  approvalId: "approval_1",
  sessionId: "session_1",
  agentId: "coder_1",
  tool: "bash",
  input: {},
  reason: "approval.rule",
  subject: "ls | wc",
  severity: "normal",
  taint: [],
};
const signal = new AbortController().signal;

it.each<[BlanketMode, ApprovalRequest["severity"], object]>([
  ["all", "normal", { decision: "allow", by: "--approve all" }],
  ["all", "protected", { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" }],
  ["all", "tainted", { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" }],
  ["none", "normal", { decision: "deny", by: "--approve none", reason: "approval.deniedByFlag" }],
  ["none", "protected", { decision: "deny", by: "--approve none", reason: "approval.deniedByFlag" }],
  ["noTerminal", "normal", { decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" }],
])("%s answers a %s question", async (mode, severity, expected) => {
  expect(await new BlanketApprover(mode).request({ ...request, severity }, signal)).toEqual(expected);
});

it("hands what a blanket yes does not cover to a person, if there is one", async () => {
  const person: Approver = { request: async () => ({ decision: "allow", by: "user" }) };
  const approver = new BlanketApprover("all", person);
  expect(await approver.request({ ...request, severity: "protected" }, signal)).toEqual({
    decision: "allow",
    by: "user",
  });
  expect(await approver.request(request, signal)).toEqual({ decision: "allow", by: "--approve all" });
});
