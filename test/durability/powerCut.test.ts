/**
 * The machine loses its power: what is on the disk at some moment is all there is, and of the write-ahead log any
 * end may be missing. The store opens, holds the log up to one of its commits, and the session goes on from there.
 */
import { readFileSync } from "node:fs";
import { cp, rm, stat, truncate } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import { DurableSession } from "../support/durability/durableSession.ts";
import { runReference } from "../support/durability/killPoints.ts";
import { readLog } from "../support/durability/readLog.ts";
import { INITIAL_FILES, SESSION_ID, STEPS } from "../support/durability/scenario.ts";
import { SeededRandom, seedFromEnvironment } from "../support/durability/seededRandom.ts";
import { quickCheck } from "../support/durability/sessionFacts.ts";

const all = process.env["DURABILITY"] === "all";
const seed = seedFromEnvironment();
const random = new SeededRandom(seed);
const reference = await runReference();
const databasePoints = reference.points
  .filter((point) => /@(?:inserting|uncommitted|committed)$/.test(point) && !point.startsWith("session/row"))
  .toSorted();
/** At each the disk is copied; the parts of the log that are lost, as shares of its length. */
const cuts = random
  .sample(databasePoints, all ? 60 : 8)
  .map((point) => [point, [0, random.below(1_000) / 1_000, random.below(1_000) / 1_000]] as const);
process.stdout.write(`power cuts: ${cuts.length} moments, each with three ends, DURABILITY_SEED=${seed}\n`);

const FAILURES = new Set(["agent_error", "step_failed", "snapshot_failed", "workflow_failed"]);

describe("a power cut", () => {
  it.concurrent.for(cuts)("at %s loses at most the end of the log", async ([point, losses]) => {
    await using session = await DurableSession.create();
    const copy = session.folder.join("copy");
    const commitsTo = session.folder.join("commits.txt");
    const kept = ["home", "workspace"];
    const copies = [...kept, "commits.txt"].map((name) => ({
      at: point,
      from: session.folder.join(name),
      to: `${copy}/${name}`,
    }));
    expect(await session.run({ copies, commitsTo })).toMatchObject({ end: { end: "workflow_completed" } });
    const whole = await session.events();
    for (const lost of losses) {
      for (const name of kept) {
        await rm(session.folder.join(name), { recursive: true });
        await cp(`${copy}/${name}`, session.folder.join(name), { recursive: true, preserveTimestamps: true });
      }
      const log = session.folder.join("home", "store.db-wal");
      await truncate(log, Math.floor((await stat(log)).size * (1 - lost)));
      await expectToGoOn(session, whole, commitsIn(`${copy}/commits.txt`), lost === 0);
    }
  });
});

/** The last `seq` of every commit so far. */
function commitsIn(file: string): number[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Nothing was committed yet.
  }
  return text.split("\n").filter(Boolean).map(Number);
}

async function expectToGoOn(
  session: DurableSession,
  whole: readonly OrchestratorEvent[],
  commits: readonly number[],
  nothingLost: boolean,
): Promise<void> {
  const found = await readLog(session.home, SESSION_ID);
  expect(quickCheck(session.home)).toBe("ok");
  expect(found).toEqual(whole.slice(0, found.length));
  expect(nothingLost ? [commits.at(-1) ?? 0] : [0, ...commits]).toContain(found.length);

  const before = await contentsOf(session);
  const outcome = await session.run();
  const after = await session.events();
  // First what went wrong, if anything did: it says more than the end.
  expect(after.slice(found.length).filter(({ type }) => FAILURES.has(type))).toEqual([]);
  expect(outcome).toMatchObject({ killed: false, end: { end: "workflow_completed" } });
  expect(after.slice(0, found.length)).toEqual(found);
  const completed = after.flatMap((event) => (event.type === "step_completed" ? [event.stepId] : []));
  expect(completed.toSorted()).toEqual([...STEPS].toSorted());
  expect(quickCheck(session.home)).toBe("ok");
  expect(session.server.violations).toEqual([]);
  await expectFilesKept(session, before);
}

async function contentsOf({ workspace }: DurableSession): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (const path of await workspace.files()) contents.set(path, await workspace.read(path));
  return contents;
}

/** Nothing that was there is overwritten, whether or not the log knows of it, and all that should be there is. */
async function expectFilesKept(session: DurableSession, before: ReadonlyMap<string, string>): Promise<void> {
  const after = await contentsOf(session);
  for (const [path, file] of Object.entries(reference.facts.files)) {
    // A file that was only begun, and whose intent is lost, is somebody else's to the log: it is left as it is.
    if (before.get(path) === "" && after.get(path) === "") continue;
    expect([path, after.get(path)]).toEqual([path, file.slice(file.indexOf(" ") + 1)]);
  }
  for (const [path, content] of before) {
    // What was begun and not finished at the cut is finished or cleared away.
    const unfinished = content === "" || path.includes(".tmp-") || content === INITIAL_FILES[path];
    if (!unfinished) expect([path, after.get(path)]).toEqual([path, content]);
  }
}
