/** The goal as it was typed, or from standard input when that is what was typed. */
import type { Readable } from "node:stream";
import { OrchestratorError } from "../core/errors.ts";

/** More than any goal may have; the engine names the exact limit. */
const LONGEST_INPUT = 1_000_000;

/** @throws OrchestratorError `goal.empty`, `goal.tooLong` */
export async function readGoal(typed: string, stdin: Readable): Promise<string> {
  const goal = typed === "-" ? await readAll(stdin) : typed;
  if (goal.trim() === "") throw new OrchestratorError("goal.empty", {});
  return goal;
}

async function readAll(stdin: Readable): Promise<string> {
  let text = "";
  stdin.setEncoding("utf8");
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > LONGEST_INPUT)
      throw new OrchestratorError("goal.tooLong", { length: text.length, limit: LONGEST_INPUT });
  }
  return text;
}
