/** `--resume S`: finds where a session goes on and in which folders, before anything changes. */
import path from "node:path";
import type { Engine } from "../core/engine.ts";
import { isOrchestratorError, OrchestratorError } from "../core/errors.ts";
import type { MessageCode } from "../core/messages.ts";
import type { ResumeRequest } from "../core/orchestrator/resumption.ts";
import type { WorkspaceFolder } from "../core/ports.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { ProviderName } from "../core/settings/providers.ts";
import { ownerWords } from "../core/store/processIdentity.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import { readPlanFile } from "./planFile.ts";
import { UsageError } from "./usageError.ts";
import type { ResumeCommand } from "./arguments.ts";
import { wordsOfError } from "./catalogue.ts";
import { chooseWorkspace, type VersionWorkspaceOptions } from "./versionWorkspace.ts";

export interface ResumptionOptions extends VersionWorkspaceOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "getVersion">;
  readonly home: string;
}

export interface PreparedResumption {
  /** What the person should know when the run has begun. */
  readonly notice: string | undefined;
  /** Those it goes on in, unless they become new ones. */
  readonly folders: readonly WorkspaceFolder[];
  readonly request: Parameters<Engine["orchestrator"]["resume"]>[0];
}

const LATEST = "latest";

const STAYS_DEMO =
  "The session goes on with the built-in demo model, which is not an AI. For a real one add --provider anthropic.";

/** What is wrong with a folder that has a new place. */
const GONE: ReadonlySet<MessageCode> = new Set<MessageCode>(["workspace.missing", "workspace.notAFolder"]);

/**
 * Undefined when the person wants to go no further.
 *
 * @throws UsageError, OrchestratorError `session.invalidId`, `session.unknown`, `version.unknown`, `fork.running`,
 *   `workspace.*`
 */
export async function prepareResumption(
  command: ResumeCommand,
  options: ResumptionOptions,
): Promise<PreparedResumption | undefined> {
  const { session, fromStep, model, provider } = command;
  const { sessionId } = session;
  const plan = command.plan === undefined ? undefined : await readPlanFile(command.plan, options.invocation.folder);
  const row = await options.sessions.getSession(sessionId);
  const place = await placeOf(command, row, options);
  if (place === undefined) return undefined;
  const { folders, ...where } = place;
  return {
    notice: row.demo && provider === undefined ? STAYS_DEMO : undefined,
    folders,
    request: {
      sessionId,
      ...where,
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(plan ? { plan } : {}),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider: provider as ProviderName }),
    },
  };
}

type Place = Pick<ResumeRequest, "versionId" | "workspace" | "workspaceFolders"> & Pick<PreparedResumption, "folders">;

/** The newest version is the end of the log, and the folder what it is; an older one is a state of both. */
async function placeOf(
  command: ResumeCommand,
  row: SessionRow,
  options: ResumptionOptions,
): Promise<Place | undefined> {
  const { session, workspaces, keepFiles } = command;
  const { sessionId, version } = session;
  const newest = version === LATEST ? undefined : (await options.sessions.listVersions(sessionId)).at(-1)?.versionId;
  if (version === LATEST || (version === newest && workspaces.length === 0 && !keepFiles)) {
    if (keepFiles) {
      const { command: call } = options.invocation;
      throw new UsageError(
        `--keep-files goes with a version, such as \`${call} --resume ${sessionId}/v2 --keep-files\`.`,
      );
    }
    if (workspaces.length === 0) return { folders: await ownFolders(row, options) };
    const folders = await namedFolders(workspaces, options);
    return { folders, workspaceFolders: folders };
  }
  const { versionId } = await options.sessions.getVersion(sessionId, version);
  if (row.owner !== null) {
    throw new OrchestratorError("fork.running", { id: sessionId, version: versionId, owner: ownerWords(row.owner) });
  }
  const isNew = workspaces.length > 0;
  const folders = isNew ? [] : await ownFolders(row, options);
  const workspace = await chooseWorkspace(command, { sessionId, versionId }, options);
  return workspace && { folders: workspace.kind === "newFolder" ? [] : folders, versionId, workspace };
}

function namedFolders(places: readonly string[], { invocation, home }: ResumptionOptions): Promise<WorkspaceFolder[]> {
  return checkWorkspaceFolders(
    places.map((place) => path.resolve(invocation.folder, place)),
    home,
  );
}

async function ownFolders(
  { sessionId, folders }: SessionRow,
  { invocation, home, catalogue }: ResumptionOptions,
): Promise<readonly WorkspaceFolder[]> {
  try {
    await checkWorkspaceFolders(
      folders.map((folder) => folder.path),
      home,
    );
    return folders;
  } catch (error) {
    if (!isOrchestratorError(error) || !GONE.has(error.code)) throw error;
    const named = folders.map(({ name }) => `--workspace ${folders.length === 1 ? "DIR" : name.toUpperCase()}`);
    const order = folders.length === 1 ? "" : `, each of its ${folders.length} folders in this order`;
    throw new UsageError(
      `${wordsOfError(catalogue, error)} The session ${sessionId} worked there. If the folder was moved or renamed, say where it is now${order}: \`${invocation.command} --resume ${sessionId} ${named.join(" ")}\`.`,
    );
  }
}
