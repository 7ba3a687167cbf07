import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { knownSessions } from "./product.ts";

/** Every command that would run something does nothing, and comes back at once. */
export async function refusesToRun(): Promise<void> {
  const before = await knownSessions();
  assert.equal(await vscode.commands.executeCommand("aiOrchestrator.runGoal", "A goal"), undefined);
  assert.equal(await vscode.commands.executeCommand("aiOrchestrator.runDemo"), undefined);
  assert.equal(await vscode.commands.executeCommand("aiOrchestrator.runGoalOnSelection"), undefined);
  assert.deepEqual(await knownSessions(), before);
}
