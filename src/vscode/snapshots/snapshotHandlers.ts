/** The commands about snapshots. What they are made of is loaded with the first of them. */
import type { CommandHandler } from "../commands/registerCommands.ts";
import type { CommandName } from "../commands/command.ts";
import type { ChangeNode, SessionTarget, VersionNode } from "../views/sessionNodes.ts";
import type { CompareCommands, CompareCommandsOptions } from "./compareCommands.ts";
import type { ForkCommands, ForkCommandsOptions } from "./forkCommands.ts";
import type { RestoreCommands } from "./restoreCommands.ts";
import type { VersionCommands, VersionCommandsOptions } from "./versionCommands.ts";

export type SnapshotHandlersOptions = CompareCommandsOptions &
  VersionCommandsOptions &
  Pick<ForkCommandsOptions, "runs" | "progress">;

export function snapshotHandlers(options: SnapshotHandlersOptions) {
  let comparing: CompareCommands | undefined;
  const compare = async (): Promise<CompareCommands> =>
    (comparing ??= new (await import("./compareCommands.ts")).CompareCommands(options));
  let restoring: RestoreCommands | undefined;
  const restore = async (): Promise<RestoreCommands> => {
    if (restoring) return restoring;
    const [{ RestoreCommands }, { restoreDialogs }] = await Promise.all([
      import("./restoreCommands.ts"),
      import("./restoreDialogs.ts"),
    ]);
    return (restoring ??= new RestoreCommands({ ...options, dialogs: restoreDialogs }));
  };
  let making: VersionCommands | undefined;
  const versions = async (): Promise<VersionCommands> =>
    (making ??= new (await import("./versionCommands.ts")).VersionCommands(options));
  let forking: ForkCommands | undefined;
  const fork = async (): Promise<ForkCommands> =>
    (forking ??= new (await import("./forkCommands.ts")).ForkCommands({
      ...options,
      restore: async ({ row, version }) => (await restore()).restoreVersion(row.sessionId, version.versionId),
    }));
  return {
    openSnapshot: async (node?: VersionNode) => (await compare()).openSnapshot(node),
    openChange: async (node?: ChangeNode) => (await compare()).openChange(node),
    openFileInSnapshot: async (node?: ChangeNode) => (await compare()).openFile(node),
    compareSnapshots: async (target?: SessionTarget) => (await compare()).compareSnapshots(target),
    compareWithSnapshot: async (target?: SessionTarget) => (await compare()).compareSnapshots(target),
    compareWithWorkspace: async (target?: SessionTarget) => (await compare()).compareWithWorkspace(target),
    restoreSnapshot: async (target?: SessionTarget) => (await restore()).restore(target),
    takeBackChanges: async (target?: SessionTarget) => (await restore()).takeBack(target),
    forkFromSnapshot: async (target?: SessionTarget) => (await fork()).fork(target),
    resumeFromSnapshot: async (target?: SessionTarget) => (await fork()).resume(target),
    createSnapshot: async (target?: SessionTarget) => (await versions()).create(target),
    pinSnapshot: async (target?: SessionTarget) => (await versions()).pin(target, true),
    unpinSnapshot: async (target?: SessionTarget) => (await versions()).pin(target, false),
    deleteSnapshots: async (target?: SessionTarget) => (await versions()).remove(target),
  } satisfies Partial<Record<CommandName, CommandHandler>>;
}
