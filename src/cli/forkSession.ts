/** `--fork S VERSION [GOAL]`: finds what a fork is to be, before anything changes. */
import type { Engine } from "../core/engine.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { ProviderName } from "../core/settings/providers.ts";
import type { ForkCommand } from "./arguments.ts";
import { readPlanFile } from "./planFile.ts";
import { UsageError } from "./usageError.ts";
import { chooseWorkspace, type VersionWorkspaceOptions } from "./versionWorkspace.ts";

export interface ForkOptions extends VersionWorkspaceOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "listVersions" | "getVersion">;
}

export type ForkRequest = Parameters<Engine["orchestrator"]["fork"]>[0];

/**
 * Undefined when the person wants to go no further. `goal` is what was typed, or came from standard input.
 *
 * @throws UsageError, OrchestratorError `session.invalidId`, `session.unknown`, `version.unknown`, `workspace.*`
 */
export async function prepareFork(
  command: ForkCommand,
  goal: string | undefined,
  options: ForkOptions,
): Promise<ForkRequest | undefined> {
  const { parent: sessionId, session: forkId, prompt, model, provider, workspaces, keepFiles } = command;
  if (command.plan !== undefined && goal !== undefined) {
    throw new UsageError("--plan goes with the session's own goal: another goal is planned anew. Give one of them.");
  }
  const plan = command.plan === undefined ? undefined : await readPlanFile(command.plan, options.invocation.folder);
  const { owner } = await options.sessions.getSession(sessionId);
  const { versionId } = await options.sessions.getVersion(sessionId, command.version);
  const newest = (await options.sessions.listVersions(sessionId)).at(-1)?.versionId;
  // At the newest version the folder is what it is to be; beside a parent that runs it can only be a new one.
  const isPlain = workspaces.length === 0 && (owner !== null || versionId === newest) && !keepFiles;
  const workspace = isPlain
    ? ({ kind: "keep" } as const)
    : await chooseWorkspace(command, { sessionId, versionId }, options);
  if (workspace === undefined) return undefined;
  return {
    sessionId,
    versionId,
    workspace,
    ...(goal === undefined ? {} : { goal }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(plan ? { plan } : {}),
    ...(forkId === undefined ? {} : { forkId }),
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider: provider as ProviderName }),
  };
}
