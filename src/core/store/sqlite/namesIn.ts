/** What a tree keeps alive. */
import { isOrchestratorError } from "../../errors.ts";
import type { ObjectTable } from "./objectTable.ts";

/** The hashes a tree's content names. */
export type NamedBy = (tree: Buffer) => readonly string[];

/** The hashes the tree `hash` names; none when it is missing or corrupted, which is no reason to stop. */
export function namesIn(objects: ObjectTable, hash: string, namedBy: NamedBy): readonly string[] {
  try {
    return namedBy(objects.read(hash));
  } catch (error) {
    if (isOrchestratorError(error) && error.code !== "store.busy") return [];
    throw error;
  }
}
