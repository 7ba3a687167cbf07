/** Who may write to a session, when several would, when an owner sleeps, and when the clock is wrong. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LEASE_MILLISECONDS } from "../../src/core/store/sqlite/sessionTable.ts";
import { DurableSession } from "../support/durability/durableSession.ts";
import { expectSameSession } from "../support/durability/expectSameSession.ts";
import { runReference } from "../support/durability/killPoints.ts";
import type { RunnerOutcome, RunnerProcess } from "../support/durability/runnerProcess.ts";
import { isStopped } from "../support/processState.ts";
import { factsOf } from "../support/durability/sessionFacts.ts";

const reference = await runReference();
const COMPLETED = { killed: false, end: { end: "workflow_completed" } };
const HOUR = 3_600_000;

/** Starts two processes, and lets neither come further before the other has ended. */
async function race(session: DurableSession): Promise<RunnerOutcome[]> {
  const begun = Promise.withResolvers<void>();
  session.onAnswer = async ({ turn }) => {
    await begun.promise;
    return turn;
  };
  const racers = [session.start(), session.start()];
  await Promise.race(racers.map(({ outcome }) => outcome));
  begun.resolve();
  return Promise.all(racers.map(({ outcome }) => outcome));
}

/** Stops it where it holds no lock: whoever sleeps with one keeps everybody waiting, and nobody can take over. */
async function putToSleep(owner: RunnerProcess, home: string): Promise<void> {
  for (;;) {
    owner.signal("SIGSTOP");
    while (!isStopped(owner.pid)) await setImmediate();
    if (["store.db", "objects.db"].every((name) => isUnlocked(join(home, name)))) return;
    owner.signal("SIGCONT");
    await setImmediate();
  }
}

function isUnlocked(file: string): boolean {
  if (!existsSync(file)) return true;
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

describe("two processes that want one session", () => {
  it.concurrent.each(["planner/tool_use#1@committed", "alpha/tool_started#1@told", "report/step_started#1@committed"])(
    "killed at %s: exactly one goes on with it",
    async (point) => {
      await using session = await DurableSession.create();
      expect(await session.run({ killAt: point })).toMatchObject({ killed: true });
      const ends = (await race(session)).map((outcome) => (outcome.killed ? "killed" : outcome.end));
      expect(ends).toHaveLength(2);
      expect(ends).toContainEqual({ end: "workflow_completed" });
      expect(ends).toContainEqual(expect.objectContaining({ end: "refused", code: "session.running" }));
      expectSameSession(await factsOf(session), reference.facts, 1);
    },
  );

  it("that does not exist yet: exactly one begins it", async () => {
    await using session = await DurableSession.create();
    const ends = (await race(session)).map((outcome) => (outcome.killed ? "killed" : outcome.end));
    expect(ends).toContainEqual({ end: "workflow_completed" });
    expect(ends).toContainEqual(
      expect.objectContaining({
        end: "refused",
        code: expect.stringMatching(/^session\.(?:exists|running)$/) as string,
      }),
    );
    expectSameSession(await factsOf(session), reference.facts, 0);
  });
});

describe("an owner that sleeps longer than its lease", () => {
  it.concurrent.each([
    ["planner", 2],
    ["report", 1],
  ] as const)("while the %s's turn %i is made is fenced when somebody took over, and says so", async (role, beat) => {
    await using session = await DurableSession.create();
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    session.onAnswer = async (answer) => {
      if (answer.role !== role || answer.beat !== beat) return answer.turn;
      session.onAnswer = (later) => later.turn;
      await putToSleep(owner, session.home);
      asleep.resolve();
      await awake.promise;
      return answer.turn;
    };
    const owner = session.start();
    await asleep.promise;
    expect(await session.run({ clockOffset: LEASE_MILLISECONDS + 1_000 })).toMatchObject(COMPLETED);
    const complete = await factsOf(session);
    owner.signal("SIGCONT");
    awake.resolve();
    expect(await owner.outcome).toMatchObject({ killed: false, end: { end: "refused", code: "session.fenced" } });
    expectSameSession(complete, reference.facts, 1);
    // It did nothing after it woke up.
    const after = await factsOf(session);
    expect(after.events).toEqual(complete.events);
    expect(after.files).toEqual(complete.files);
    expect(after.writes).toEqual(complete.writes);
  });

  it("goes on when nobody took over", async () => {
    await using session = await DurableSession.create();
    const clockJump = { at: "alpha/tool_result#1@told", milliseconds: 2 * LEASE_MILLISECONDS };
    expect(await session.run({ clockJump })).toMatchObject(COMPLETED);
    expectSameSession(await factsOf(session), reference.facts, 0);
  });
});

describe("a clock that is set back by an hour", () => {
  it.concurrent.each(["session/session_created#1@told", "alpha/tool_started#2@told", "report/turn_completed#1@told"])(
    "at %s changes nothing",
    async (at) => {
      await using session = await DurableSession.create();
      expect(await session.run({ clockJump: { at, milliseconds: -HOUR } })).toMatchObject(COMPLETED);
      expectSameSession(await factsOf(session), reference.facts, 0);
    },
  );

  it.concurrent.each(["planner/message_sent#1@committed", "gamma/tool_result#1@committed"])(
    "between a kill at %s and the resume changes nothing",
    async (point) => {
      await using session = await DurableSession.create();
      expect(await session.run({ killAt: point })).toMatchObject({ killed: true });
      expect(await session.run({ clockOffset: -HOUR })).toMatchObject(COMPLETED);
      expectSameSession(await factsOf(session), reference.facts, 1);
    },
  );
});
