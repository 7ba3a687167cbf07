/** A plan that a person has edited, from a file. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Plan } from "../core/events/event.ts";
import { planSchema } from "../core/events/eventParts.ts";
import { messageOf } from "../core/errors.ts";
import { UsageError } from "./usageError.ts";

const MOST_PROBLEMS = 5;

/** The file holds the plan, or what `--show S --json` prints. Whether the plan can be run is for the engine to say. */
export async function readPlanFile(file: string, folder: string): Promise<Plan> {
  const place = path.resolve(folder, file);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(place, "utf8"));
  } catch (error) {
    throw new UsageError(`The plan ${place} cannot be read: ${messageOf(error)}`);
  }
  const given = z.object({ plan: z.unknown() }).safeParse(content);
  const parsed = planSchema.safeParse(given.success ? given.data.plan : content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => `${z.core.toDotPath(issue.path) || "the whole"}: ${issue.message}`);
  throw new UsageError(`${place} holds no plan. ${problems.join("; ")}`);
}
