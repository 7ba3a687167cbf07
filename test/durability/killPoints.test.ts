/**
 * A session is killed at one point after the other, resumed in a new process, and must be the same at its end as
 * one that nobody disturbed. `DURABILITY=all` takes every point, `DURABILITY_SEED` repeats a choice.
 */
import { describe, expect, it } from "vitest";
import { DurableSession } from "../support/durability/durableSession.ts";
import { expectSameSession } from "../support/durability/expectSameSession.ts";
import { choosePoints, isControlPoint, runReference } from "../support/durability/killPoints.ts";
import { SeededRandom, seedFromEnvironment } from "../support/durability/seededRandom.ts";
import { factsOf } from "../support/durability/sessionFacts.ts";

const all = process.env["DURABILITY"] === "all";
const seed = seedFromEnvironment();
const random = new SeededRandom(seed);
const reference = await runReference();
const points = choosePoints(reference.points, all ? Infinity : 40, random);
/** For a second kill: the n-th control event of the process that resumes. */
const doubleKills = random
  .sample(reference.points.toSorted(), all ? 100 : 12)
  .map((point) => [point, `any#${1 + random.below(25)}@${random.below(2) === 0 ? "committed" : "told"}`] as const);

const control = points.filter(isControlPoint).length;
process.stdout.write(
  `durability: ${points.length} kill points (${control} at control events, ${points.length - control} in between, ` +
    `of ${reference.points.length}) and ${doubleKills.length} double kills, DURABILITY_SEED=${seed}\n`,
);

describe("a session killed once", () => {
  it.concurrent.for(points)("at %s ends as if nothing had happened", async (point) => {
    await using session = await DurableSession.create();
    const first = await session.run({ killAt: point });
    expect(first).toMatchObject({ killed: true });
    const second = await session.run();
    expect(second).toMatchObject({ killed: false, end: { end: "workflow_completed" } });
    expectSameSession(await factsOf(session), reference.facts, 1);
  });
});

describe("a session killed twice", () => {
  it.concurrent.for(doubleKills)("at %s and then at %s ends as if nothing had happened", async ([point, again]) => {
    await using session = await DurableSession.create();
    expect(await session.run({ killAt: point })).toMatchObject({ killed: true });
    // What was left may have been done before the process came to the second point.
    const kills = (await session.run({ killAt: again })).killed ? 2 : 1;
    if (kills === 2) {
      expect(await session.run()).toMatchObject({ killed: false, end: { end: "workflow_completed" } });
    }
    expectSameSession(await factsOf(session), reference.facts, kills);
  });
});
