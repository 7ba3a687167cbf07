/** The store cannot be written for a while: the run says so and ends, nothing is lost, and it can go on later. */
import { chmod } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { BUSY_LIMITS } from "../../src/core/store/sqlite/busy.ts";
import { DurableSession } from "../support/durability/durableSession.ts";
import { expectSameSession } from "../support/durability/expectSameSession.ts";
import { runReference } from "../support/durability/killPoints.ts";
import { factsOf } from "../support/durability/sessionFacts.ts";

const reference = await runReference();
const COMPLETED = { killed: false, end: { end: "workflow_completed" } };

describe("a full disk", () => {
  it.concurrent.each([
    "session/session_created#1",
    "planner/turn_completed#1",
    "gamma/approval_requested#1",
    "alpha/tool_started#1",
    "alpha/tool_started#2",
    "beta/tool_result#1",
    "report/agent_initialized#1",
  ])("from %s on stops the run with a clear error, and nothing is lost", async (event) => {
    await using session = await DurableSession.create();
    const stopped = await session.run({ diskFullAt: `${event}@committed` });
    expect(stopped).toMatchObject({
      killed: false,
      end: { end: "refused", code: "store.failed", message: expect.stringContaining("full") as string },
    });
    expect(await session.run()).toMatchObject(COMPLETED);
    expectSameSession(await factsOf(session), reference.facts, 1);
  });
});

describe("a home that cannot be written", () => {
  it("is told before anything begins", async () => {
    await using session = await DurableSession.create();
    await chmod(session.home, 0o555);
    // Root may write everywhere, so as root the process is somebody else's.
    const isRoot = process.getuid?.() === 0;
    expect(await session.run(isRoot ? { uid: 65_534 } : {})).toMatchObject({
      killed: false,
      end: { end: "refused", code: "home.notWritable" },
    });
    expect(session.server.requests).toEqual([]);
    await chmod(session.home, 0o755);
    expect(await session.run()).toMatchObject(COMPLETED);
    expectSameSession(await factsOf(session), reference.facts, 0);
  });
});

describe("a store that another process has locked", () => {
  it("is waited for", async () => {
    // What the product waits in all is longer than the lock of somebody who writes for ten seconds.
    expect(BUSY_LIMITS.timeoutMilliseconds * BUSY_LIMITS.attempts).toBeGreaterThan(10_000);
    await using session = await DurableSession.create();
    const locked = lockWhenAsked(session);
    const runner = session.start({ busy: { timeoutMilliseconds: 20, attempts: 1_000_000 }, tell: ["locked#1"] });
    // A whole wait of SQLite's own was in vain.
    await runner.reached("locked#1");
    (await locked).close();
    expect(await runner.outcome).toMatchObject(COMPLETED);
    expectSameSession(await factsOf(session), reference.facts, 0);
  });

  it("for longer than that stops the run with a clear error, and nothing is lost", async () => {
    await using session = await DurableSession.create();
    const locked = lockWhenAsked(session);
    expect(await session.run({ busy: { timeoutMilliseconds: 20, attempts: 2 } })).toMatchObject({
      killed: false,
      end: { end: "refused", code: "store.busy" },
    });
    (await locked).close();
    expect(await session.run()).toMatchObject(COMPLETED);
    expectSameSession(await factsOf(session), reference.facts, 1);
  });
});

/** Takes the lock when the report is asked for. The result gives it back when it is closed. */
function lockWhenAsked(session: DurableSession): Promise<DatabaseSync> {
  const { promise, resolve } = Promise.withResolvers<DatabaseSync>();
  session.onAnswer = ({ role, beat, turn }) => {
    if (role === "report" && beat === 1) {
      session.onAnswer = (later) => later.turn;
      const database = new DatabaseSync(`${session.home}/store.db`);
      database.exec("BEGIN IMMEDIATE");
      resolve(database);
    }
    return turn;
  };
  return promise;
}
