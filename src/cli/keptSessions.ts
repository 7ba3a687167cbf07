/** `--diff`, `--export`, `--import`, `--delete`, `--cleanup`: sessions that are kept, compared, carried and removed. */
import path from "node:path";
import type { Engine } from "../core/engine.ts";
import { sessionDiffText } from "../core/sessions/sessionDiffText.ts";
import type { CleanUpResult, RemovedSession } from "../core/sessions/sessionRemoval.ts";
import type { SessionCommand } from "./arguments.ts";
import type { Console } from "./console.ts";
import { countOf, formatAge } from "./format.ts";

export interface KeptSessionsOptions {
  readonly engine: Pick<Engine, "sessions" | "exporter" | "importer">;
  readonly console: Console;
  /** Where the command was typed: files are named from there. */
  readonly folder: string;
  /** What a person types to start the program. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @throws OrchestratorError whatever keeps the command from being carried out */
export async function carryOutOnSessions(typed: SessionCommand, options: KeptSessionsOptions): Promise<void> {
  const { result, text } = await carryOut(typed, options);
  if (typed.json) await options.console.printJson(result);
  else await options.console.print(text);
}

/** What was done, for programs and for people. */
interface Done {
  readonly result: unknown;
  readonly text: string;
}

async function carryOut(typed: SessionCommand, options: KeptSessionsOptions): Promise<Done> {
  const { engine, folder, command, now } = options;
  switch (typed.kind) {
    case "diff": {
      const { session: sessionId, from: fromVersion, to: toVersion } = typed;
      const diff = await engine.sessions.createSessionDiff({ sessionId, fromVersion, toVersion });
      return { result: diff, text: sessionDiffText(diff) };
    }
    case "export": {
      const file = path.resolve(folder, typed.file);
      const result = await engine.exporter.export({ sessionId: typed.session, file });
      const { sessionId, events, blobs, bytes, withheld } = result;
      const contents = blobs === 0 ? "" : ` and ${countOf(blobs, "content")}`;
      const kept = withheld === 0 ? "" : ` ${countOf(withheld, "content")} stayed behind.`;
      const text = `Exported ${sessionId} to ${file}: ${countOf(events, "event")}${contents}, ${countOf(bytes, "byte")}.${kept}`;
      return { result, text };
    }
    case "import": {
      const result = await engine.importer.import({ file: path.resolve(folder, typed.file) });
      const { sessionId, originalId, events } = result;
      const name = sessionId === originalId ? sessionId : `${sessionId}, because ${originalId} is taken`;
      return {
        result,
        text: [
          `Imported ${countOf(events, "event")} as ${name}.`,
          `It belongs to no folder yet: \`${command} --resume ${sessionId} --workspace DIR\` goes on with it in one.`,
        ].join("\n"),
      };
    }
    case "delete":
      await engine.sessions.deleteSession(typed.session);
      return { result: { sessionId: typed.session, deleted: true }, text: `Deleted ${typed.session}.` };
    case "cleanup": {
      const result = await engine.sessions.cleanUp({ olderThanDays: typed.days, dryRun: typed.dryRun });
      return { result, text: cleanUpText(result, now) };
    }
  }
}

function cleanUpText({ dryRun, removed, running }: CleanUpResult, now: number): string {
  const line = ({ sessionId, title, updatedAt }: RemovedSession): string =>
    `  ${sessionId}  ${formatAge(Date.parse(updatedAt), now)}  ${title.replace(/\s+/g, " ")}`.trimEnd();
  const head =
    removed.length === 0
      ? "There is nothing to remove."
      : `${dryRun ? "Would remove" : "Removed"} ${countOf(removed.length, "session")}:`;
  const stay = running.length === 0 ? [] : ["These stay, because they are running:", ...running.map(line)];
  return [head, ...removed.map(line), ...stay].join("\n");
}
