/** The tools of the workspace, built for one session's folders. */
import type { PathGuard } from "../policy/pathGuard.ts";
import type { PermissionPolicy } from "../policy/permissionPolicy.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import type { Clock } from "../ports.ts";
import type { ChangeKeeper } from "./changeKeeper.ts";
import { BashTool } from "./bash.ts";
import { FileChanges } from "./fileChanges.ts";
import type { FileLocks } from "./fileLocks.ts";
import { GlobTool } from "./globTool.ts";
import { GrepTool } from "./grepTool.ts";
import type { RunningCommands } from "./runningCommands.ts";
import type { AgentTool } from "./tool.ts";
import { EditTool, ReadTool, WriteTool } from "./workspaceFileTools.ts";
import { WriteMarkdownTool } from "./writeMarkdown.ts";

export interface BuiltinToolsOptions {
  readonly guard: PathGuard;
  readonly policy: PermissionPolicy;
  readonly redactor: SecretRedactor;
  readonly clock: Clock;
  /** Shared by all sessions of the process, because they may work in the same folder. */
  readonly locks: FileLocks;
  readonly environment: NodeJS.ProcessEnv;
  /** Finds out what commands changed. */
  readonly changes: ChangeKeeper;
  /** Shared like the locks; without it a command may outlive a process that exits in a hurry. */
  readonly commands?: RunningCommands;
}

/** read, write, edit, glob, grep, bash and write_md by their names. */
export function createBuiltinTools({
  guard,
  policy,
  redactor,
  clock,
  locks,
  environment,
  commands,
  changes: keeper,
}: BuiltinToolsOptions): ReadonlyMap<string, AgentTool<never>> {
  const changes = new FileChanges({ guard, locks });
  const mayShow = (tool: string, path: string): boolean => policy.mayShow(tool, path);
  const tools = [
    new ReadTool(guard),
    new WriteTool(changes),
    new EditTool(changes),
    new GlobTool({ guard, mayShow }),
    new GrepTool({ guard, mayShow, searchPath: environment["PATH"] ?? "" }),
    new BashTool({ guard, redactor, clock, environment, changes: keeper, ...(commands ? { commands } : {}) }),
    new WriteMarkdownTool(changes),
  ];
  // The door validates each input by the tool's own schema before it hands it on.
  return new Map(tools.map((tool) => [tool.name, tool as unknown as AgentTool<never>]));
}
