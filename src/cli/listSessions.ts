/** `--list`: the sessions, newest first. */
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Engine } from "../core/engine.ts";
import { visibleLine } from "../core/policy/visibleText.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import type { Console } from "./console.ts";
import { formatAge, formatBytes, formatCost } from "./format.ts";
import { cutEnd, fill, widthOf } from "./textWidth.ts";

const PAGE = 100;

export interface ListOptions {
  readonly json: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Width of the terminal; lines are not cut when it is absent. */
  readonly columns?: number | undefined;
}

/** Prints page by page, so that ten thousand sessions need no more memory than a hundred. */
export async function listSessions(
  sessions: Pick<SessionManager, "listSessions">,
  console: Console,
  options: ListOptions,
): Promise<void> {
  let before: SessionRow | undefined;
  for (;;) {
    const page = await sessions.listSessions({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    if (page.length === 0 && before === undefined && !options.json) console.note("There are no sessions yet.");
    if (options.json) {
      for (const row of page) await console.printJson(listedSession(row));
    } else if (page.length > 0) {
      await console.print(tableLines(page, options, before === undefined).join("\n"));
    }
    before = page.at(-1);
    if (page.length < PAGE || console.readerGone.aborted) return;
  }
}

/** On standard error: what is kept of folders. Nothing where nothing is kept, so that nothing has to be opened. */
export async function noteSize(retention: Engine["retention"], home: string, console: Console): Promise<void> {
  if (!(await stat(path.join(home, "objects.db")).catch(() => undefined))) return;
  const { storedBytes, quotaBytes } = await retention.totals();
  console.note(`Snapshots take ${formatBytes(storedBytes)} of ${formatBytes(quotaBytes)}.`);
}

/** What other programs get to know of a session. */
export function listedSession(row: SessionRow): Record<string, unknown> {
  const { sessionId, goal, title, effectiveStatus, createdAt, updatedAt, folders, stepsTotal, stepsCompleted } = row;
  const { costUsd, costIsPartial, inputTokens, outputTokens, versions, demo, parent } = row;
  return {
    ...{ sessionId, goal, title, status: effectiveStatus, createdAt, updatedAt, folders, stepsTotal, stepsCompleted },
    ...{ costUsd, costIsPartial, inputTokens, outputTokens, versions, demo, parent },
  };
}

function tableLines(rows: readonly SessionRow[], { now, columns }: ListOptions, withHead: boolean): string[] {
  const cells = rows.map((row) => [
    row.sessionId,
    row.effectiveStatus,
    `${row.stepsCompleted}/${row.stepsTotal}`,
    row.demo ? "demo" : formatCost(row.costUsd, row.costIsPartial),
    formatAge(Date.parse(row.createdAt), now),
    // Made visible before it is measured: what shows itself is wider than what hid.
    visibleLine(`${row.title.replace(/\s+/g, " ")}${lineageOf(row)}`),
  ]);
  const head = ["SESSION", "STATUS", "STEPS", "COST", "AGE", "GOAL"];
  const widths = head.map((title, index) =>
    Math.max(...[...cells.map((line) => line[index] ?? ""), title].map(widthOf)),
  );
  return [...(withHead ? [head] : []), ...cells].map((line) => {
    const text = line
      .map((cell, index) => (index === line.length - 1 ? cell : fill(cell, widths[index] ?? 0)))
      .join("  ");
    return columns === undefined ? text : cutEnd(text, columns);
  });
}

function lineageOf({ parent }: SessionRow): string {
  return parent === null ? "" : ` (fork of ${parent.sessionId}/${parent.versionId})`;
}
