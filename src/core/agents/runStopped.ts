import { OrchestratorError } from "../errors.ts";

/** Why a run's signal was aborted: somebody asked it to stop. */
export class RunStopped extends OrchestratorError<"workflow.stopped"> {
  /** Who asked: `Ctrl-C`, `VS Code`, `terminal`, … */
  readonly by: string;
  /** The command of another process that asked. */
  readonly commandId: string | undefined;

  constructor(by: string, commandId?: string) {
    super("workflow.stopped", { by });
    this.by = by;
    this.commandId = commandId;
  }
}

/** Fields of `workflow_interrupted` for the reason a run's signal was aborted with. */
export function interruption(reason: unknown, otherwise: string): { reason: string; by: string; commandId?: string } {
  if (reason instanceof RunStopped) {
    return {
      reason: reason.code,
      by: reason.by,
      ...(reason.commandId === undefined ? {} : { commandId: reason.commandId }),
    };
  }
  return { reason: reason instanceof OrchestratorError ? reason.code : "internal", by: otherwise };
}
