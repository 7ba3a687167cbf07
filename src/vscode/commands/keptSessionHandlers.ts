/** The commands on kept sessions. What they are made of is loaded with the first of them. */
import type { SessionTarget } from "../views/sessionNodes.ts";
import type { CommandName } from "./command.ts";
import type { KeptSessionCommands, KeptSessionCommandsOptions } from "./keptSessionCommands.ts";
import type { CommandHandler } from "./registerCommands.ts";

export function keptSessionHandlers(options: KeptSessionCommandsOptions) {
  let loaded: KeptSessionCommands | undefined;
  const kept = async (): Promise<KeptSessionCommands> =>
    (loaded ??= new (await import("./keptSessionCommands.ts")).KeptSessionCommands(options));
  return {
    exportSession: async (target?: SessionTarget) => (await kept()).exportSession(target),
    importSession: async () => (await kept()).importSession(),
    deleteSession: async (target?: SessionTarget) => (await kept()).deleteSession(target),
    cleanUp: async () => (await kept()).cleanUp(),
    doctor: async () => (await kept()).doctor(),
  } satisfies Partial<Record<CommandName, CommandHandler>>;
}
