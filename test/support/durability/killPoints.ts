/** Which points of a session it is killed at. */
import { readFile } from "node:fs/promises";
import { VOLATILE_KINDS } from "../../../src/core/events/eventKinds.ts";
import { DurableSession } from "./durableSession.ts";
import { factsOf, type SessionFacts } from "./sessionFacts.ts";
import type { SeededRandom } from "./seededRandom.ts";

/** The session as it is when nobody disturbs it, and every point it came to. */
export interface Reference {
  readonly facts: SessionFacts;
  readonly points: readonly string[];
}

export async function runReference(): Promise<Reference> {
  await using session = await DurableSession.create();
  const traceTo = session.folder.join("trace.txt");
  const outcome = await session.run({ traceTo });
  if (outcome.killed || outcome.end.end !== "workflow_completed")
    throw new Error(`the undisturbed session did not end well: ${JSON.stringify(outcome)}`);
  const passed = (await readFile(traceTo, "utf8")).split("\n").filter((point) => point !== "");
  const named = [...passed, ...session.moments].filter((point) => !point.startsWith("any#"));
  return { facts: await factsOf(session), points: [...new Set(named)] };
}

/** Right after a control event is committed, before anybody is told, and right after they were. */
export function isControlPoint(point: string): boolean {
  const [, kind, phase] = /^[a-z]+\/([a-z_]+)#\d+@(committed|told)$/.exec(point) ?? [];
  return kind !== undefined && phase !== undefined && !VOLATILE_KINDS.has(kind) && kind !== "row";
}

/** Every control event, and of the points in between as many as asked for. */
export function choosePoints(points: readonly string[], between: number, random: SeededRandom): readonly string[] {
  const control = points.filter(isControlPoint);
  // Sorted, because the order in which agents get on differs from run to run.
  const others = points.filter((point) => !isControlPoint(point)).toSorted();
  return [...control, ...random.sample(others, between)];
}
