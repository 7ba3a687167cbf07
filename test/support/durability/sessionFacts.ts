/** What is left of a session when it is complete: everything a comparison looks at. */
import { lstat, readFile, readlink } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { Outcome } from "../modelServerRequests.ts";
import type { DurableSession } from "./durableSession.ts";
import { answerTo, type Role } from "./scenario.ts";

export interface SessionFacts {
  readonly events: readonly OrchestratorEvent[];
  /** Mode and content of every file by its path in the workspace. */
  readonly files: Readonly<Record<string, string>>;
  readonly timesCounted: number;
  /** How often each file was put into place. */
  readonly writes: ReadonlyMap<string, number>;
  /** Requests that the model server began to answer, by who made them. */
  readonly answered: ReadonlyMap<Role, readonly Outcome[]>;
  /** What SQLite finds wrong with the store; `ok` when nothing. */
  readonly quickCheck: string;
  readonly violations: readonly unknown[];
}

export async function factsOf(session: DurableSession): Promise<SessionFacts> {
  const answered = new Map<Role, Outcome[]>();
  for (const request of session.server.turns) {
    if (request.status !== 200) continue;
    const { role } = answerTo(request);
    answered.set(role, [...(answered.get(role) ?? []), request.outcome]);
  }
  const writes = new Map<string, number>();
  for (const path of await session.filesPutInPlace()) writes.set(path, (writes.get(path) ?? 0) + 1);
  return {
    events: await session.events(),
    files: await filesIn(session),
    timesCounted: await session.timesCounted(),
    writes,
    answered,
    quickCheck: quickCheck(session.home),
    violations: session.server.violations,
  };
}

async function filesIn({ workspace }: DurableSession): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const path of await workspace.files()) {
    const absolute = workspace.join(path);
    const info = await lstat(absolute);
    const content = info.isSymbolicLink() ? await readlink(absolute) : (await readFile(absolute)).toString("latin1");
    files[path] = `${info.mode.toString(8)} ${content}`;
  }
  return files;
}

export function quickCheck(home: string): string {
  const database = new DatabaseSync(`${home}/store.db`, { readOnly: true });
  try {
    const rows = database.prepare("PRAGMA quick_check").all();
    return rows.map((row) => String(row["quick_check"])).join("\n");
  } finally {
    database.close();
  }
}
