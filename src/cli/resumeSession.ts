/** `--resume S`: finds where a session goes on and in which folders, before anything changes. */
import path from "node:path";
import type { Engine } from "../core/engine.ts";
import { isOrchestratorError } from "../core/errors.ts";
import type { Catalogue, MessageCode } from "../core/messages.ts";
import type { ResumeRequest } from "../core/orchestrator/resumption.ts";
import type { WorkspaceFolder } from "../core/ports.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { ProviderName } from "../core/settings/providers.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import { UsageError } from "./arguments.ts";
import type { ResumeCommand } from "./arguments.ts";
import { wordsOfError } from "./catalogue.ts";
import type { Invocation } from "./invocation.ts";

export interface ResumptionOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "resumeSession">;
  readonly invocation: Pick<Invocation, "command" | "folder">;
  readonly home: string;
  readonly catalogue: Catalogue;
}

export interface PreparedResumption {
  /** What the person should know when the run has begun. */
  readonly notice: string | undefined;
  readonly folders: readonly WorkspaceFolder[];
  readonly request: Parameters<Engine["orchestrator"]["resume"]>[0] & ResumeRequest;
}

const STAYS_DEMO =
  "The session goes on with the built-in demo model, which is not an AI. For a real one add --provider anthropic.";

/** What is wrong with a folder that has a new place. */
const GONE: ReadonlySet<MessageCode> = new Set<MessageCode>(["workspace.missing", "workspace.notAFolder"]);

/**
 * @throws UsageError, OrchestratorError `session.invalidId`, `session.unknown`, `version.unknown`, `workspace.*`
 */
export async function prepareResumption(
  command: ResumeCommand,
  options: ResumptionOptions,
): Promise<PreparedResumption> {
  const { session, fromStep, workspaces, model, provider } = command;
  const { sessionId, version } = session;
  const row = await options.sessions.getSession(sessionId);
  if (version !== "latest") await refuseOlderVersion(sessionId, version, options);
  const folders = workspaces.length > 0 ? await namedFolders(workspaces, options) : await ownFolders(row, options);
  return {
    notice: row.demo && provider === undefined ? STAYS_DEMO : undefined,
    folders,
    request: {
      sessionId,
      ...(workspaces.length === 0 ? {} : { workspaceFolders: folders }),
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider: provider as ProviderName }),
    },
  };
}

/** The newest version is the end of the log; an older one is not only a place in it but also a state of the folders. */
async function refuseOlderVersion(
  sessionId: string,
  version: string,
  { sessions, invocation }: ResumptionOptions,
): Promise<void> {
  const versions = await sessions.listVersions(sessionId);
  const known = versions.find(({ versionId }) => versionId === version);
  // Names the versions there are.
  if (known === undefined) await sessions.resumeSession({ sessionId, versionId: version });
  const newest = versions.at(-1)?.versionId;
  if (version === newest) return;
  const resume = `${invocation.command} --resume ${sessionId}`;
  throw new UsageError(
    `To go on from ${version} the folders would have to be put back to what they were then, which is not possible yet; the newest version is ${newest}. ` +
      `Go on from the end with \`${resume}\`, or run what follows a step again with \`${resume} --from-step ${known?.stepId ?? "STEP"}\`.`,
  );
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
