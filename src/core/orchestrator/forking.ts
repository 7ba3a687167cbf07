/** Begins a session of its own where another one was at a version, with the same goal or another one. */
import { OrchestratorError } from "../errors.ts";
import type { Plan } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { SessionRow, VersionRow } from "../store/sessionStore.ts";
import type { ReopenRequest } from "../agents/runSessions.ts";
import { GOAL_CHARACTERS } from "./goalLimits.ts";
import { hasWorkLeft } from "./planRevision.ts";
import {
  folderNamesOf,
  historyAt,
  runnerOf,
  runnable,
  takeUp,
  type Resumption,
  type ResumptionOptions,
} from "./resumption.ts";
import type { WorkspaceChoice } from "./versionPlaces.ts";

export interface ForkRequest extends Pick<ReopenRequest, "maxTurns" | "provider" | "workspaceFolders"> {
  /** The parent. */
  readonly sessionId: string;
  /** `v1`, `v2`, … or `latest`, the newest. */
  readonly versionId: string;
  /** Of the fork; generated when not given. One that exists is an error. */
  readonly forkId?: string;
  /**
   * Another goal: it is planned anew, in the knowledge of what the parent had done. Default: the parent's goal, with
   * its plan and the results it had at the version.
   */
  readonly goal?: string;
  /** What a person adds for the planner and every agent. */
  readonly prompt?: string;
  /** Model of every agent, instead of the parent's. */
  readonly model?: string;
  /** The plan; a step that is done stays done where it is the same work. */
  readonly plan?: Plan;
  /** What the folders are to be. Default: they stay as they are. While the parent runs it must be a new folder. */
  readonly workspace?: WorkspaceChoice;
}

export interface ForkedSession extends Resumption {
  /** Of the event that says it is a fork; what comes before is the parent's. */
  readonly forkedSeq: number;
}

/**
 * The fork, ready to go on. Where it cannot begin there is none.
 *
 * @throws OrchestratorError `session.unknown`, `version.unknown`, `session.exists`, `session.invalidId`, `goal.empty`,
 *   `goal.tooLong`, `prompt.tooLong`, `fork.running`, `fork.complete`, `plan.notRunnable`, and what is wrong with the
 *   folders, the snapshot or the model
 */
export async function forkSession(request: ForkRequest, options: ResumptionOptions): Promise<ForkedSession> {
  const { sessions, forks, places, runs } = options;
  const { sessionId, workspace = { kind: "keep" } } = request;
  const row = await sessions.getSession(sessionId);
  const version = await sessions.getVersion(sessionId, request.versionId);
  const [goal, prompt] = [goalOf(request, row), promptOf(request)];
  if (row.owner !== null && workspace.kind !== "newFolder") {
    throw new OrchestratorError("fork.running", { id: sessionId, version: version.versionId, owner: runnerOf(row) });
  }
  if (request.forkId !== undefined) await forks.checkId(request.forkId);
  const plan = request.plan && (await runnable(request.plan, request, row, options));
  if (goal === undefined) await refuseComplete(row, version, plan, options);
  const { versionId } = version;
  const { workspaceFolders } = request;
  const place = { sessionId, versionId, folderNames: await folderNamesOf(row, sessions), workspaceFolders };
  await places.check(workspace, place);
  await runs.checkModel(request);
  // Of a new folder the old ones may be gone.
  const kept = workspace.kind === "newFolder" ? [] : await runs.foldersFor(request);
  const prepared = await places.prepare(workspace, place);
  const undo: (() => Promise<unknown>)[] = [() => prepared.undo()];
  try {
    const folders: readonly WorkspaceFolder[] = prepared.folders ?? kept;
    const fork = await forks.write({
      parentSessionId: sessionId,
      parentVersionId: version.versionId,
      folders,
      ...(request.forkId === undefined ? {} : { sessionId: request.forkId }),
      ...(goal === undefined ? {} : { goal }),
      ...(prompt === undefined ? {} : { prompt }),
      ...(request.model === undefined ? {} : { model: request.model }),
    });
    undo.unshift(() => sessions.deleteSession(fork.sessionId));
    const { maxTurns, provider } = request;
    const resumption = await takeUp(
      {
        sessionId: fork.sessionId,
        ...(maxTurns === undefined ? {} : { maxTurns }),
        ...(provider === undefined ? {} : { provider }),
      },
      { plan },
      options,
    );
    return { ...resumption, forkedSeq: fork.forkedSeq };
  } catch (error) {
    for (const step of undo) await step().catch(() => undefined);
    throw error;
  }
}

/** The goal, when it is another one than the parent's. */
function goalOf(request: Pick<ForkRequest, "goal">, parent: SessionRow): string | undefined {
  if (request.goal === undefined) return undefined;
  const goal = request.goal.trim();
  if (!goal) throw new OrchestratorError("goal.empty", {});
  if (goal.length > GOAL_CHARACTERS)
    throw new OrchestratorError("goal.tooLong", { length: goal.length, limit: GOAL_CHARACTERS });
  return goal === parent.goal ? undefined : goal;
}

function promptOf(request: Pick<ForkRequest, "prompt">): string | undefined {
  const prompt = request.prompt?.trim() ?? "";
  if (prompt.length > GOAL_CHARACTERS)
    throw new OrchestratorError("prompt.tooLong", { length: prompt.length, limit: GOAL_CHARACTERS });
  return prompt === "" ? undefined : prompt;
}

/** At its last version there is nothing left to do for the same goal. */
async function refuseComplete(
  { sessionId }: SessionRow,
  { versionId }: VersionRow,
  plan: Plan | undefined,
  { sessions }: ResumptionOptions,
): Promise<void> {
  const history = await historyAt(sessions, sessionId, versionId);
  if (hasWorkLeft(history, { plan })) return;
  throw new OrchestratorError("fork.complete", { id: sessionId, version: versionId });
}
