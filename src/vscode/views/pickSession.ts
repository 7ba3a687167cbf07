/** Lets the person choose a session where a command was not given one. */
import * as vscode from "vscode";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";

export interface SessionChoice {
  /** Only these are offered. Default: all. */
  readonly fits?: (row: SessionRow) => boolean;
  readonly placeHolder: string;
  /** Said when there is nothing to choose from. */
  readonly nothing: string;
  /** Take the only one without asking. */
  readonly takeOnly?: boolean;
}

/** More than anybody reads through; typing finds the rest by name. */
const OFFERED = 200;

/** The id of the chosen session, or undefined when cancelled or when there is none. */
export async function pickSession(host: EngineHost, choice: SessionChoice): Promise<string | undefined> {
  const { fits = () => true, placeHolder, nothing, takeOnly = false } = choice;
  const engine = await host.get();
  const rows = (await engine.sessions.listSessions({ limit: OFFERED })).filter(fits);
  const [only] = rows;
  if (!only) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  if (takeOnly && rows.length === 1) return only.sessionId;
  const items = rows.map((row) => ({
    label: visibleLine(row.title || row.goal),
    description: row.owner ? `${row.effectiveStatus} · ${row.owner.host}` : row.effectiveStatus,
    detail: new Date(row.createdAt).toLocaleString(),
    sessionId: row.sessionId,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.sessionId;
}
