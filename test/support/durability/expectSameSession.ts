/** A session that was disturbed is, at its end, the same as one that was not. */
import { expect } from "vitest";
import type { EventOf, OrchestratorEvent } from "../../../src/core/events/event.ts";
import { ownerOf } from "./eventPoints.ts";
import { ledgerOf } from "./ledger.ts";
import { normalForm, settledCalls } from "./normalForm.ts";
import {
  CONTEXT_KEY,
  GOAL,
  COUNTING_CALL,
  MADE_FILE,
  OUTCOME_UNKNOWN,
  RECOVERY_CALL,
  STEPS,
  usageOf,
  type Role,
} from "./scenario.ts";
import type { SessionFacts } from "./sessionFacts.ts";

/** The third beat of alpha, which an undisturbed session does not have. */
const RECOVERY_BEAT = 3;

/** @param kills how many processes ended before the one that completed the session */
export function expectSameSession(facts: SessionFacts, reference: SessionFacts, kills: number): void {
  const events = upToEnd(facts.events);
  const settled = settledCalls(events);
  const unknownOutcome = settled.has(COUNTING_CALL);
  expect(facts.quickCheck).toBe("ok");
  expect(facts.violations).toEqual([]);
  expect(facts.files).toEqual(reference.files);
  expectWholeLog(events);
  expect(normalForm(events, settled)).toEqual(normalForm(upToEnd(reference.events), settled));
  expectWholeText(events);
  expectOncePerStep(events);
  expectShortContext(facts.events.slice(events.length));
  expectSameFolders(events, reference.events);
  expectNothingDoneTwice(facts, reference, unknownOutcome);
  expectEverythingPaid(facts, reference, unknownOutcome, kills);
}

function upToEnd(events: readonly OrchestratorEvent[]): readonly OrchestratorEvent[] {
  return events.slice(0, events.findIndex(({ type }) => type === "workflow_completed") + 1);
}

/** Kept once, with the part of it that was to stay as it was. */
function expectShortContext(events: readonly OrchestratorEvent[]): void {
  expect(events.map(({ type }) => type)).toEqual(["session_updated", "snapshot_created"]);
  const context = events[0]?.type === "session_updated" ? events[0].patch[CONTEXT_KEY] : undefined;
  expect(context).toMatchObject({ workflow: { status: "completed", goal: GOAL } });
}

/** Places without gaps, owners one after the other, each beginning where the one before was cut off. */
function expectWholeLog(events: readonly OrchestratorEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    if (!before || before.epoch === event.epoch) continue;
    expect(event.epoch).toBeGreaterThan(before.epoch);
    expect(event).toMatchObject({ type: "workflow_resumed", lastSeq: before.seq });
  }
  expect(events.at(-1)?.type).toBe("workflow_completed");
}

/** The pieces that were shown of every turn that counts are its text. */
function expectWholeText(events: readonly OrchestratorEvent[]): void {
  let shown = new Map<string, string>();
  for (const event of events) {
    const owner = ownerOf(event);
    if (event.type === "workflow_resumed") shown = new Map();
    else if (event.type === "text_chunk") shown.set(owner, (shown.get(owner) ?? "") + event.content);
    else if (event.type === "turn_completed") {
      expect(shown.get(owner) ?? "").toBe(textOf(event));
      shown.delete(owner);
    }
  }
}

function textOf({ message }: EventOf<"turn_completed">): string {
  return message.content.map((block) => (block.type === "text" ? String(block["text"]) : "")).join("");
}

function expectOncePerStep(events: readonly OrchestratorEvent[]): void {
  const completed = events.flatMap((event) => (event.type === "step_completed" ? [event.stepId] : []));
  expect(completed.toSorted()).toEqual([...STEPS].toSorted());
  const versions = events.flatMap((event) => (event.type === "snapshot_created" ? [event] : []));
  expect(versions.map(({ versionId }) => versionId)).toEqual(versions.map((_, index) => `v${index + 1}`));
  const ofSteps = versions.flatMap(({ reason, stepId }) => (reason === "step_completed" ? [stepId ?? ""] : []));
  expect(ofSteps.toSorted()).toEqual([...STEPS].toSorted());
}

/** As the session found them, byte for byte, though its process was killed while it read them; and as it left them. */
function expectSameFolders(events: readonly OrchestratorEvent[], reference: readonly OrchestratorEvent[]): void {
  expect(foundIn(events)).toEqual(foundIn(reference));
  expect(leftIn(events)).toBe(leftIn(reference));
}

function foundIn(events: readonly OrchestratorEvent[]): string[] {
  return events.flatMap((event) => (event.type === "snapshot_captured" ? [event.manifest] : []));
}

function leftIn(events: readonly OrchestratorEvent[]): string | undefined {
  return events.flatMap((event) => (event.type === "snapshot_created" ? (event.manifest ?? []) : [])).at(-1);
}

function expectNothingDoneTwice(facts: SessionFacts, reference: SessionFacts, unknownOutcome: boolean): void {
  const { events, timesCounted, writes } = facts;
  for (const [path, times] of writes) {
    const most = path === MADE_FILE && unknownOutcome ? 1 : (reference.writes.get(path) ?? 0);
    expect({ path, tooOften: times > most }).toEqual({ path, tooOften: false });
  }
  const results = events.filter((event): event is EventOf<"tool_result"> => event.type === "tool_result");
  const ids = results.map(({ toolUseId }) => toolUseId);
  expect(new Set(ids).size).toBe(ids.length);
  const counting = results.find(({ toolUseId }) => toolUseId === COUNTING_CALL);
  expect(ids.includes(RECOVERY_CALL)).toBe(unknownOutcome);
  if (unknownOutcome) {
    expect(timesCounted).toBeLessThanOrEqual(1);
    expect(counting).toMatchObject({ isError: true, content: expect.stringContaining(OUTCOME_UNKNOWN) as string });
  } else {
    expect(timesCounted).toBe(1);
  }
}

function expectEverythingPaid(
  facts: SessionFacts,
  reference: SessionFacts,
  unknownOutcome: boolean,
  kills: number,
): void {
  const { won, wasted, total, costUsd } = ledgerOf(facts.events);
  const expected = structuredClone(ledgerOf(reference.events).won) as Record<string, object[]>;
  if (unknownOutcome) {
    const recovery = { ...usageOf("alpha", RECOVERY_BEAT), cacheReadTokens: 0, cacheWriteTokens: 0 };
    expected["alpha"]?.splice(RECOVERY_BEAT - 1, 0, recovery);
  }
  expect(won).toEqual(expected);
  for (const owner of ["planner", ...STEPS] satisfies Role[]) {
    const answered = facts.answered.get(owner)?.length ?? 0;
    const paid = (won[owner]?.length ?? 0) + (wasted[owner]?.length ?? 0);
    // A request that was announced in the log, and cut off before the server began to answer, is paid as well.
    expect({ owner, paid: paid >= answered && paid <= answered + kills }, `${paid} paid, ${answered} answered`).toEqual(
      {
        owner,
        paid: true,
      },
    );
  }
  const end = facts.events.find((event) => event.type === "workflow_completed");
  expect(end?.usage).toEqual(total);
  expect(end?.costUsd).toBeCloseTo(costUsd, 9);
}
