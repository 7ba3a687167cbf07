/** `--diff`, `--export`, `--delete` and their like: sessions that are kept, compared, carried and removed. */
import path from "node:path";
import type { Engine } from "../core/engine.ts";
import { toOrchestratorError } from "../core/errors.ts";
import type { Catalogue } from "../core/messages.ts";
import { sessionDiffText } from "../core/sessions/sessionDiffText.ts";
import type { RetentionReport } from "../core/sessions/snapshotRetention.ts";
import type { CleanUpResult, RemovedSession } from "../core/sessions/sessionRemoval.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import type { SessionCommand } from "./arguments.ts";
import { wordsOfError } from "./catalogue.ts";
import type { Console } from "./console.ts";
import { fileDiffs, fileDiffsText, paintDiffLine, type FileDiffs } from "./fileDiffs.ts";
import { countOf, formatAge, formatBytes } from "./format.ts";

export interface KeptSessionsOptions {
  readonly engine: Pick<Engine, "sessions" | "files" | "versions" | "retention" | "exporter" | "importer">;
  readonly console: Console;
  readonly catalogue: Catalogue;
  /** Absolute path of AI_ORCHESTRATOR_HOME. */
  readonly home: string;
  /** Where results are printed: colours only where it is a terminal. */
  readonly stdout: NodeJS.WritableStream;
  /** Where the command was typed: files are named from there. */
  readonly folder: string;
  /** What a person types to start the program. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @throws OrchestratorError whatever keeps the command from being carried out */
export async function carryOutOnSessions(typed: SessionCommand, options: KeptSessionsOptions): Promise<void> {
  const { result, text, diff } = await carryOut(typed, options);
  const { console, stdout } = options;
  if (typed.json) return console.printJson(result);
  await console.print(text);
  if (diff) await console.print(`\n${diff}`, (line) => paintDiffLine(line, stdout));
}

/** What was done, for programs and for people. */
interface Done {
  readonly result: unknown;
  readonly text: string;
  /** Unified diffs, printed after the text. */
  readonly diff?: string;
}

async function carryOut(typed: SessionCommand, options: KeptSessionsOptions): Promise<Done> {
  const { engine, folder, command, now } = options;
  switch (typed.kind) {
    case "diff": {
      const { session: sessionId, from: fromVersion, to: toVersion } = typed;
      const diff = await engine.sessions.createSessionDiff({ sessionId, fromVersion, toVersion });
      const files = await differingFiles(typed, options);
      const result = { ...diff, ...(files ? { fileDiffs: files } : {}) };
      return { result, text: sessionDiffText(diff), ...(files ? { diff: fileDiffsText(files) } : {}) };
    }
    case "snapshot": {
      const { session: sessionId, workspaces, label } = typed;
      const places = workspaces.map((place) => path.resolve(folder, place));
      const { versionId, files } = await engine.versions.create({
        sessionId,
        origin: "terminal",
        ...(label === undefined ? {} : { label }),
        ...(places.length === 0 ? {} : { workspaceFolders: await checkWorkspaceFolders(places, options.home) }),
      });
      const changed = files === null ? "" : `, ${countOf(files, "path")} changed since the version before`;
      return { result: { sessionId, versionId, files }, text: `Made ${versionId} of ${sessionId}${changed}.` };
    }
    case "pin":
    case "unpin": {
      const { session: sessionId, version: versionId } = typed;
      const pinned = typed.kind === "pin";
      await engine.versions.pin({ sessionId, versionId, pinned });
      const text = pinned
        ? `The files of ${versionId} of ${sessionId} are kept when space is short.`
        : `The files of ${versionId} of ${sessionId} are kept no longer than others.`;
      return { result: { sessionId, versionId, pinned }, text };
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
      if (typed.snapshots) return removeSnapshots(typed, options);
      await engine.sessions.deleteSession(typed.session);
      await collect(options);
      return { result: { sessionId: typed.session, deleted: true }, text: `Deleted ${typed.session}.` };
    case "cleanup": {
      const { days: olderThanDays, dryRun } = typed;
      const result = await engine.sessions.cleanUp({ olderThanDays, dryRun });
      const without = new Set(result.removed.map(({ sessionId }) => sessionId));
      const snapshots = await engine.retention.enforce({ dryRun, without });
      return { result: { ...result, snapshots }, text: cleanUpText(result, snapshots, now) };
    }
  }
}

async function removeSnapshots(
  { session: sessionId, dryRun }: Extract<SessionCommand, { kind: "delete" }>,
  options: KeptSessionsOptions,
): Promise<Done> {
  const { engine } = options;
  const { removed, pinned } = await engine.versions.removeSnapshots({ sessionId, dryRun });
  const kept =
    pinned.length === 0 ? "" : ` ${pinned.join(", ")} ${pinned.length === 1 ? "is" : "are"} pinned and kept.`;
  const head =
    removed.length === 0
      ? `No version of ${sessionId} holds files that could be removed.`
      : `${dryRun ? "Would remove" : "Removed"} the files of ${removed.join(", ")} of ${sessionId}; the session stays.`;
  return { result: { sessionId, dryRun, removed, pinned }, text: head + kept };
}

/** What cannot be collected now is collected another time; what the person asked for is done. */
async function collect({ engine, console, catalogue }: KeptSessionsOptions): Promise<void> {
  try {
    await engine.retention.collect();
  } catch (error) {
    console.note(wordsOfError(catalogue, error));
  }
}

/** Undefined where stored content is missing or damaged: what else differs is told all the same. */
async function differingFiles(
  { session: sessionId, from, to }: Extract<SessionCommand, { kind: "diff" }>,
  { engine, console, catalogue }: KeptSessionsOptions,
): Promise<FileDiffs | undefined> {
  try {
    return await fileDiffs(engine.files, { from: { sessionId, versionId: from }, to: { sessionId, versionId: to } });
  } catch (error) {
    const { code } = toOrchestratorError(error);
    if (code !== "blob.missing" && code !== "blob.corrupted") throw error;
    console.note(`The files cannot be compared. ${wordsOfError(catalogue, error)}`);
    return undefined;
  }
}

/** What was given up to keep the quota, and what the disk gained. */
function snapshotLines({ dryRun, removed, keptBytes, quotaBytes, collected }: RetentionReport): string[] {
  const quota = formatBytes(quotaBytes);
  const lines: string[] = [];
  if (removed.length > 0) {
    const verb = dryRun ? "Would give up" : "Gave up";
    const names = [...Map.groupBy(removed, ({ sessionId }) => sessionId)].map(
      ([sessionId, versions]) => `  ${sessionId}  ${versions.map(({ versionId }) => versionId).join(", ")}`,
    );
    lines.push(
      `${verb} the files of ${countOf(removed.length, "old snapshot")}, because more than ${quota} are kept:`,
      ...names,
    );
  }
  if (keptBytes > quotaBytes) {
    lines.push(
      `${formatBytes(keptBytes)} stay, which is more than ${quota}: they belong to sessions that are not finished, or are pinned.`,
    );
  }
  if (collected && collected.freedBytes > 0) lines.push(`The disk has ${formatBytes(collected.freedBytes)} more.`);
  return lines;
}

function cleanUpText({ dryRun, removed, running }: CleanUpResult, snapshots: RetentionReport, now: number): string {
  const line = ({ sessionId, title, updatedAt }: RemovedSession): string =>
    `  ${sessionId}  ${formatAge(Date.parse(updatedAt), now)}  ${title.replace(/\s+/g, " ")}`.trimEnd();
  const head =
    removed.length === 0
      ? "There is nothing to remove."
      : `${dryRun ? "Would remove" : "Removed"} ${countOf(removed.length, "session")}:`;
  const stay = running.length === 0 ? [] : ["These stay, because they are running:", ...running.map(line)];
  return [head, ...removed.map(line), ...stay, ...snapshotLines(snapshots)].join("\n");
}
