import fc from "fast-check";
import { expect, test } from "vitest";
import type { Effect, EventDraft } from "../../../../src/core/events/event.ts";
import { diffValues } from "../../../../src/core/sessions/sessionDiff.ts";
import { sessionDiffText } from "../../../../src/core/sessions/sessionDiffText.ts";
import { updated, version } from "../store/storeFixtures.ts";
import {
  agentCompleted,
  agentStarted,
  completed,
  created,
  failed,
  planned,
  revised,
  started,
  used,
  workflowCompleted,
} from "./sessionEvents.ts";
import { startSessionHost } from "./sessionHost.ts";

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };

function changedFiles(agentId: string, ...effects: readonly Effect[]): EventDraft {
  const call = { toolUseId: "t1", tool: "write", isError: false, content: "ok" };
  return { type: "tool_result", source: "agent", agentId, ...call, effects: [...effects] };
}

function said(agentId: string, content: readonly Record<string, unknown>[]): EventDraft {
  const message = { role: "assistant" as const, content: content as { type: string }[] };
  return { type: "turn_completed", source: "agent", agentId, turn: 1, message, stopReason: "end_turn", usage };
}

function told(agentId: string, content: string): EventDraft {
  return { type: "message_sent", source: "orchestrator", agentId, content, by: "orchestrator" };
}

/** A session whose v2 comes after one step, v3 after everything. */
const STORY = [
  created("Write a report", { notes: { tone: "dry" } }),
  version("v1"),
  used(undefined, 5, 0.25),
  planned("look", "write"),
  started("look"),
  agentStarted("writer_look", "look"),
  told("writer_look", "Look around."),
  said("writer_look", [
    { type: "text", text: "I look." },
    { type: "tool_use", id: "t1", name: "glob", input: {} },
  ]),
  used("writer_look", 100, 0.5),
  changedFiles("writer_look", { path: "notes.md", change: "created", after: "aa" }),
  agentCompleted("writer_look"),
  completed("look"),
  version("v2", "look"),
  revised("More to do.", "look", "check"),
  updated({ notes: { tone: "warm", list: [1] } }),
  started("check"),
  failed("check"),
  changedFiles(
    "writer_check",
    { path: "notes.md", change: "modified", before: "aa", after: "bb" },
    { path: "b.md", change: "created", after: "cc", shared: ["writer_look"] },
    { path: "old.md", change: "deleted", before: "dd" },
    { path: "passing.md", change: "created", after: "ee" },
  ),
  changedFiles("writer_check", { path: "passing.md", change: "deleted", before: "ee" }),
  workflowCompleted,
  version("v3"),
];

async function diffOf(fromVersion: string, toVersion: string) {
  await using host = await startSessionHost();
  await host.has("one", ...STORY);
  return await host.sessions.createSessionDiff({ sessionId: "one", fromVersion, toVersion });
}

test("the first step of a session", async () => {
  const diff = await diffOf("v1", "v2");
  expect(diff).toMatchObject({
    sessionId: "one",
    from: { versionId: "v1", seq: 2 },
    to: { versionId: "v2", seq: 13 },
    plan: { added: [{ id: "look" }, { id: "write" }], removed: [], changed: [] },
    steps: [
      {
        stepId: "look",
        title: "Do look",
        status: { before: null, after: "completed" },
        agentId: "writer_look",
        result: { before: null, after: "look is done" },
        outputs: { before: [], after: ["look.md"] },
      },
      { stepId: "write", status: { before: null, after: "pending" } },
    ],
    agents: [
      {
        agentId: "writer_look",
        type: "writer",
        stepId: "look",
        status: { before: null, after: "completed" },
        tokens: { before: 0, after: 115 },
        costUsd: { before: 0, after: 0.5 },
      },
    ],
    files: [{ path: "notes.md", change: "created", after: "aa", agents: ["writer_look"] }],
    cost: { costUsd: { before: 0, after: 0.75 }, usage: { before: { inputTokens: 0 }, after: { inputTokens: 105 } } },
    messages: {
      added: [
        { role: "user", by: "orchestrator", agentId: "writer_look", text: "Look around.", tools: [] },
        { role: "assistant", by: "writer_look", text: "I look.", tools: ["glob"] },
      ],
      removed: [],
    },
    state: [],
  });
  expect(diff.workflow.map(({ path }) => path.join("."))).toEqual(["status", "step", "lastCompletedStep"]);
});

test("a revised plan, a failed step, the user's own keys and what became of each file", async () => {
  const diff = await diffOf("v2", "v3");
  expect(diff).toMatchObject({
    plan: { added: [{ id: "check" }], removed: [{ id: "write" }], changed: [] },
    steps: [
      { stepId: "write", status: { before: "pending", after: null } },
      { stepId: "check", status: { before: null, after: "failed" }, error: { before: null, after: "no" } },
    ],
    agents: [],
    files: [
      { path: "b.md", change: "created", after: "cc", agents: ["writer_check"], shared: ["writer_look"] },
      { path: "notes.md", change: "modified", before: "aa", after: "bb" },
      { path: "old.md", change: "deleted", before: "dd" },
    ],
    state: [
      { path: ["notes", "tone"], before: "dry", after: "warm" },
      { path: ["notes", "list"], after: [1] },
    ],
    messages: { added: [], removed: [] },
  });
  expect(diff.files).toHaveLength(3);
});

test("over several versions a file has one change", async () => {
  const { files } = await diffOf("v1", "latest");
  expect(files).toMatchObject([
    { path: "b.md", change: "created" },
    { path: "notes.md", change: "created", after: "bb", agents: ["writer_look", "writer_check"] },
    { path: "old.md", change: "deleted" },
  ]);
});

test("from the later to the earlier version it is what going back undoes", async () => {
  const [there, back] = [await diffOf("v1", "v3"), await diffOf("v3", "v1")];
  expect(back.files).toEqual([
    { path: "b.md", change: "deleted", before: "cc", agents: ["writer_check"], shared: ["writer_look"] },
    { path: "notes.md", change: "deleted", before: "bb", agents: ["writer_look", "writer_check"] },
    { path: "old.md", change: "created", after: "dd", agents: ["writer_check"] },
  ]);
  expect(back.plan).toEqual({ added: there.plan.removed, removed: there.plan.added, changed: [] });
  expect(back.cost.costUsd).toEqual({ before: there.cost.costUsd.after, after: there.cost.costUsd.before });
  expect(back.messages).toEqual({ added: [], removed: there.messages.added });
});

test("a version does not differ from itself", async () => {
  const diff = await diffOf("v2", "v2");
  const { plan, messages } = diff;
  for (const part of [diff.workflow, plan.added, plan.changed, diff.steps, diff.agents, diff.files, diff.state])
    expect(part).toEqual([]);
  expect(messages).toEqual({ added: [], removed: [] });
  expect(sessionDiffText(diff)).toBe("one: v2 → v2\n\nNothing differs.");
});

test("an unknown version is an error", async () => {
  await expect(diffOf("v1", "v9")).rejects.toMatchObject({ code: "version.unknown", params: { version: "v9" } });
});

test("as text", async () => {
  expect(sessionDiffText(await diffOf("v1", "v3"))).toMatchInlineSnapshot(`
    "one: v1 → v3

    Workflow:
      ~ status: created → completed
      ~ step: none → check
      ~ lastCompletedStep: none → look
      + summary: Done.
      + outputs: ["report.md"]

    Plan:
      + look: Do look (writer)
      + check: Do check (writer)

    Steps:
      + look: Do look, completed by writer_look
          files: none → look.md
          result: none → look is done
      + check: Do check, failed by writer_check
          error: none → no

    Agents:
      + writer_look (writer): completed, +115 tokens, +$0.5000

    Files:
      + b.md (writer_check, perhaps writer_look)
      + notes.md (writer_look, writer_check)
      - old.md (writer_check)

    Cost:
      $0.0000 → $0.7500
      0 → 135 tokens

    Messages:
      + 7 orchestrator to writer_look: Look around.
      + 8 writer_look: [glob] I look.

    State:
      ~ notes.tone: dry → warm
      + notes.list: [1]"
  `);
});

test("applying the changes of two values to the first gives the second", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      const changed = diffValues({ value: before }, { value: after });
      const [left, right] = [JSON.stringify(before), JSON.stringify(after)].map((json) => JSON.parse(json) as unknown);
      expect(changed.length === 0).toBe(same(left, right));
      for (const { path, before: old, after: now } of changed) {
        expect(at({ value: before }, path)).toEqual(old);
        expect(at({ value: after }, path)).toEqual(now);
      }
    }),
  );
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === "object" && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** Equal as JSON, whatever the order of keys. */
function same(left: unknown, right: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value)
          .map(([key, item]) => [key, sorted(item)])
          .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))
      : Array.isArray(value)
        ? ["list", ...value.map(sorted)]
        : value;
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}
