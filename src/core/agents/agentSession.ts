/** What the agents of one running session share; one scope object that everything of the run hangs on. */
import type { RunSteering } from "../control/runSteering.ts";
import type { SessionLog } from "../events/sessionLog.ts";
import type { ModelAccess } from "../model/modelAccess.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { RunSnapshots } from "../snapshots/runSnapshots.ts";
import type { AgentDefinition } from "./agentDefinition.ts";
import type { AgentToolbox } from "./agentToolbox.ts";

export interface AgentSession {
  readonly sessionId: string;
  readonly log: SessionLog;
  readonly folders: readonly WorkspaceFolder[];
  readonly access: ModelAccess;
  readonly definitions: ReadonlyMap<string, AgentDefinition>;
  /** Instructions of trusted folders as a Markdown section, or "". */
  readonly instructions: string;
  /** Where content from outside entered what all agents of the session build on, if it did. */
  readonly taint?: readonly string[];
  readonly toolbox: AgentToolbox;
  /** Names of the plugin tools that agents of a type get beside those of their definition. */
  readonly pluginTools: (agentType: string) => readonly string[];
  readonly snapshots: RunSnapshots;
  readonly steering: RunSteering;
  /** Aborted with an OrchestratorError when the run is stopped. */
  readonly signal: AbortSignal;
  /** Model named for this session, before an agent's own definition and the settings. */
  readonly model?: string;
  readonly maxTurns?: number;
  /** Files the agents of this session wrote so far, in workspace form. */
  readonly written: Set<string>;
}
