/** The product from inside its extension host, as another extension uses it. */
import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import type { SessionRow } from "../../src/core/store/sessionStore.ts";
import type { ExtensionApi } from "../../src/vscode/extensionApi.ts";

export function productExtension(): vscode.Extension<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>("ai-orchestrator.ai-orchestrator");
  assert.ok(extension);
  return extension;
}

export async function activateProduct(): Promise<ExtensionApi> {
  return await productExtension().activate();
}

/** Runs a command of the product that starts a session, and gives the session's id. */
export async function startSession(command: "runGoal" | "runDemo", goal?: string): Promise<string> {
  const sessionId = await vscode.commands.executeCommand(`aiOrchestrator.${command}`, goal);
  assert.equal(typeof sessionId, "string", `${command} started nothing`);
  return sessionId as string;
}

/** Every event of a session, once it has ended. */
export async function eventsOf(sessionId: string): Promise<OrchestratorEvent[]> {
  const events: OrchestratorEvent[] = [];
  for await (const event of (await activateProduct()).events(sessionId)) events.push(event);
  return events;
}

export async function rowOf(sessionId: string): Promise<SessionRow> {
  const row = (await (await activateProduct()).sessions()).find((session) => session.sessionId === sessionId);
  assert.ok(row, `${sessionId} is not in the store`);
  return row;
}

/** Ids of the sessions in the store: windows of these tests share one. */
export async function knownSessions(): Promise<string[]> {
  return (await (await activateProduct()).sessions()).map(({ sessionId }) => sessionId);
}

/** The events of one kind. */
export function ofType<Type extends OrchestratorEvent["type"]>(
  events: readonly OrchestratorEvent[],
  type: Type,
): Extract<OrchestratorEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<OrchestratorEvent, { type: Type }> => event.type === type);
}

/** The first folder of the window. */
export function firstFolder(): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return folder.uri;
}

export async function readText(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}
