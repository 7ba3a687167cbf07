/** What the folder shall be when a session goes on from a version, or another one is forked from it. */
import path from "node:path";
import { isOrchestratorError } from "../core/errors.ts";
import type { Catalogue } from "../core/messages.ts";
import type { FilledFolder, WorkspaceChoice } from "../core/orchestrator/versionPlaces.ts";
import type { SessionRestoreResult } from "../core/sessions/restorePlan.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { SessionRestores } from "../core/sessions/sessionRestores.ts";
import { snapshotOf } from "../core/sessions/versionSnapshot.ts";
import type { RunFlags } from "./arguments.ts";
import { UsageError } from "./usageError.ts";
import { wordsOfError } from "./catalogue.ts";
import type { Console } from "./console.ts";
import type { FolderPrompt, RestorePreview } from "./folderPrompt.ts";
import type { FolderTrust } from "./folderTrust.ts";
import { countOf } from "./format.ts";
import type { Invocation } from "./invocation.ts";
import { conflictText, failureText } from "./restoreText.ts";

/** Most paths named in a line. */
const MOST_NAMED = 5;

export interface VersionWorkspaceOptions {
  readonly sessions: Pick<SessionManager, "listVersions">;
  readonly restores: Pick<SessionRestores, "plan">;
  readonly invocation: Pick<Invocation, "command" | "folder">;
  readonly console: Pick<Console, "note">;
  readonly catalogue: Catalogue;
  readonly trust: Pick<FolderTrust, "trustAll">;
  /** Absent where nobody can be asked: then the folder is restored, and what is in doubt stays as it is. */
  readonly prompt?: FolderPrompt;
}

type Typed = Pick<RunFlags, "workspaces" | "trust"> & { readonly keepFiles: boolean };

/** Undefined when the person wants to go no further. */
export async function chooseWorkspace(
  { workspaces, keepFiles, trust }: Typed,
  { sessionId, versionId }: { readonly sessionId: string; readonly versionId: string },
  options: VersionWorkspaceOptions,
): Promise<WorkspaceChoice | undefined> {
  const { invocation, prompt } = options;
  const restore: WorkspaceChoice = {
    kind: "restore",
    onRestored: (result) => tellRestored(result, options),
  };
  const newFolder = (place: string): WorkspaceChoice => ({
    kind: "newFolder",
    path: path.resolve(invocation.folder, place),
    onFilled: async (filled) => {
      if (trust) await options.trust.trustAll(filled.folders);
      tellFilled(filled, versionId, options);
    },
  });
  const [first, second] = workspaces;
  if (second !== undefined) {
    throw new UsageError("Name one new folder with --workspace DIR: of several folders each becomes a folder in it.");
  }
  if (first !== undefined && keepFiles) {
    throw new UsageError("--workspace DIR and --keep-files do not go together. Give one of them.");
  }
  if (keepFiles) return { kind: "keep" };
  if (first !== undefined) return newFolder(first);
  const hasFiles = await holdsFiles({ sessionId, versionId }, options);
  if (!prompt) return restore;
  const answer = await prompt.ask(versionId, hasFiles ? await previewOf({ sessionId, versionId }, options) : undefined);
  if (answer === "cancel") return undefined;
  if (answer === "keep") return { kind: "keep" };
  return answer === "restore" ? restore : newFolder(answer.newFolder);
}

/** Where it holds none, somebody has to say that the folder stays as it is. */
async function holdsFiles(
  { sessionId, versionId }: { readonly sessionId: string; readonly versionId: string },
  { sessions, catalogue, prompt }: VersionWorkspaceOptions,
): Promise<boolean> {
  try {
    snapshotOf(sessionId, await sessions.listVersions(sessionId), versionId);
    return true;
  } catch (error) {
    if (isOrchestratorError(error) && error.code === "version.unknown") throw error;
    if (prompt) return false;
    throw new UsageError(`${wordsOfError(catalogue, error)} --keep-files goes on with the folder as it is.`);
  }
}

async function previewOf(
  target: { readonly sessionId: string; readonly versionId: string },
  { restores }: VersionWorkspaceOptions,
): Promise<RestorePreview> {
  const { changes, conflicts } = await restores.plan(target);
  return { changes: changes.filter(({ isChosen }) => isChosen).length, conflicts: conflicts.length };
}

function tellRestored(
  { effects, failed, kept, sessionId, safetyVersionId }: SessionRestoreResult,
  { console, invocation }: VersionWorkspaceOptions,
): void {
  const undo =
    safetyVersionId === undefined
      ? ""
      : `; \`${invocation.command} --restore ${sessionId} ${safetyVersionId}\` undoes that`;
  console.note(
    `${effects.length === 0 ? "Nothing had to be restored" : `Restored ${countOf(effects.length, "file")}`}${undo}.`,
  );
  if (kept.length > 0) {
    console.note("These stay as they are, because a person has to decide:");
    for (const conflict of kept.slice(0, MOST_NAMED)) console.note(`  ${conflictText(conflict)}`);
    if (kept.length > MOST_NAMED) console.note(`  and ${kept.length - MOST_NAMED} more`);
  }
  for (const step of failed) console.note(`${step.path} could not be restored: ${failureText(step)}.`);
}

function tellFilled(
  { path: folder, files, notInSnapshot }: FilledFolder,
  versionId: string,
  { console }: VersionWorkspaceOptions,
): void {
  console.note(`Put ${countOf(files, "file")} of ${versionId} into ${folder}.`);
  if (notInSnapshot.length > 0) {
    console.note(`Not there, because snapshots leave them out: ${named(notInSnapshot)}.`);
  }
}

function named(files: readonly { readonly path: string }[]): string {
  const more = files.length - MOST_NAMED;
  const paths = files.slice(0, MOST_NAMED).map(({ path: file }) => file);
  return more > 0 ? `${paths.join(", ")} and ${more} more` : paths.join(", ");
}
