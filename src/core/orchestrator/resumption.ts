/** Takes up a session that nobody runs: folds its log, settles what was under way, and keeps what is done. */
import type { AgentHistory } from "../agents/agentHistory.ts";
import type { AgentNames } from "../agents/agentNames.ts";
import { creationOf } from "../agents/reopening.ts";
import type { OpenRun, ReopenRequest, RunSessions } from "../agents/runSessions.ts";
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, EventOf, Plan } from "../events/event.ts";
import type { ModelClients } from "../model/modelClients.ts";
import { nearestNames } from "../nearestName.ts";
import { areMoved } from "../sessions/sessionFolders.ts";
import type { SessionForks } from "../sessions/sessionForks.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import type { SessionRestores } from "../sessions/sessionRestores.ts";
import { ownerWords } from "../store/processIdentity.ts";
import type { SessionRow } from "../store/sessionStore.ts";
import { payCutRequests } from "./cutRequests.ts";
import { hasWorkLeft, revisionsOf, type RevisionRequest } from "./planRevision.ts";
import { checkPlan } from "./planValidation.ts";
import { SessionHistory } from "./sessionHistory.ts";
import type { PreparedPlace, VersionPlaces, WorkspaceChoice } from "./versionPlaces.ts";

export interface ResumeRequest extends ReopenRequest {
  /**
   * The version to go on from: what was done after it counts no more. Default: the end. `workspace` says what the
   * folders are to be then.
   */
  readonly versionId?: string;
  /** Default: they stay as they are. A new folder is for a version. */
  readonly workspace?: WorkspaceChoice;
  /** The plan from now on; a step that is done stays done where it is the same work. */
  readonly plan?: Plan;
  /** The last step to keep: its dependents and whatever has not finished run. Default: everything done is kept. */
  readonly fromStep?: string;
  /** Steps to run again from their beginning, with everything that depends on them. */
  readonly retrySteps?: readonly string[];
}

export interface ResumptionOptions {
  readonly runs: RunSessions;
  readonly sessions: SessionManager;
  readonly forks: SessionForks;
  readonly places: VersionPlaces;
  readonly restores: Pick<SessionRestores, "finish">;
  readonly names: AgentNames;
  readonly models: Pick<ModelClients, "costOf">;
}

export interface Resumption {
  readonly run: OpenRun;
  readonly history: SessionHistory;
}

/**
 * The session with its past, ready to go on. Its log has begun a new epoch.
 *
 * @throws OrchestratorError `session.unknown`, `session.running`, `session.complete`, `version.unknown`,
 *   `step.unknown`, `plan.notRunnable`, and what is wrong with its folders, its snapshot or its model
 */
export async function resumeSession(request: ResumeRequest, options: ResumptionOptions): Promise<Resumption> {
  const { sessions } = options;
  const row = await sessions.getSession(request.sessionId);
  if (row.owner !== null) throw new OrchestratorError("session.running", { id: row.sessionId, owner: runnerOf(row) });
  const revision = await checkRevision(request, options);
  const place = await placeOf(request, row, options);
  try {
    return await takeUp(
      { ...request, ...(place.folders ? { workspaceFolders: place.folders } : {}) },
      revision,
      options,
    );
  } catch (error) {
    // A session that is bound to its new folder already goes on there the next time.
    const { folders } = place;
    const now = folders && (await sessions.getSession(request.sessionId).catch(() => undefined));
    if (!folders || !now || areMoved(now, folders)) await place.undo();
    throw error;
  }
}

/**
 * Goes on as the request says, after everything was checked and the folders are what they are to be. A restore that
 * was interrupted is finished before: what lies in the folders is neither the one state nor the other.
 */
export async function takeUp(
  request: ResumeRequest,
  revision: RevisionRequest,
  options: ResumptionOptions,
): Promise<Resumption> {
  try {
    return await tryToTakeUp(request, revision, options);
  } catch (error) {
    if (!(error instanceof RestoreIsPending)) throw error;
    const { sessionId, workspaceFolders } = request;
    await options.restores.finish(sessionId, workspaceFolders ? { workspaceFolders } : {});
    return tryToTakeUp(request, revision, options);
  }
}

/** Keeps a session from going on before its log has begun to say so. */
class RestoreIsPending extends Error {}

async function tryToTakeUp(
  request: ResumeRequest,
  revision: RevisionRequest,
  options: ResumptionOptions,
): Promise<Resumption> {
  const { runs, sessions, names } = options;
  let history: SessionHistory | undefined;
  const run = await runs.reopen(request, async (lastSeq) => {
    // Read again under the lease: from here on nobody else adds to the log.
    history = await readHistory(sessions, request.sessionId, lastSeq);
    if (history.hasPendingRestore) throw new RestoreIsPending();
    const revisions = revisionsOf(history, revision);
    for (const change of revisions) history.revise(change);
    return revisions;
  });
  try {
    history ??= await readHistory(sessions, request.sessionId, run.lastSeq);
    for (const agentId of history.agentIds) names.take(agentId);
    for (const path of history.written) run.session.written.add(path);
    run.spend.add(history.spend.total());
    for (const [path, sources] of history.taintedPaths) run.session.toolbox.markTainted(path, sources);
    run.session.toolbox.addTaint([...history.taint, ...[...history.results.values()].flatMap(({ taint }) => taint)]);
    // Files first: the folders as they are found have in them whatever was written.
    const isCommand = (call: EventOf<"tool_started">): boolean => call.processGroup !== undefined;
    await settleCalls(run, history, { sessions, isMeant: (call) => !isCommand(call) });
    run.session.snapshots.begin(history.past);
    await settleCalls(run, history, { sessions, isMeant: isCommand });
    await payCutRequests(run.session, history.unpaidRequests, options);
    const model = request.model ?? history.model;
    const session = {
      ...run.session,
      instructions: withPrompt(run.session.instructions, history.prompt),
      taint: history.taint,
      ...(model === undefined ? {} : { model }),
    };
    return { run: { ...run, session }, history };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** What can be wrong with plan and steps is said before anything changes. */
async function checkRevision(
  request: ResumeRequest,
  options: Pick<ResumptionOptions, "runs" | "sessions">,
): Promise<RevisionRequest> {
  const { sessionId, versionId, fromStep, retrySteps = [], plan } = request;
  const { sessions } = options;
  const row = await sessions.getSession(sessionId);
  const isPlain = versionId === undefined && plan === undefined && fromStep === undefined && retrySteps.length === 0;
  if (isPlain) {
    if (row.status === "completed") throw new OrchestratorError("session.complete", { id: sessionId });
    return {};
  }
  const earlier = versionId === undefined ? undefined : await historyAt(sessions, sessionId, versionId);
  const history = await readHistory(sessions, sessionId, row.lastSeq);
  const revision = { earlier, fromStep, retrySteps, plan: plan && (await runnable(plan, request, row, options)) };
  const steps = (revision.plan ?? history.plan)?.steps.map(({ id }) => id) ?? [];
  for (const step of [...(fromStep === undefined ? [] : [fromStep]), ...retrySteps]) {
    if (steps.includes(step)) continue;
    const nearest = nearestNames(step, steps);
    const known = (nearest.length > 0 ? nearest : steps).join(", ");
    throw new OrchestratorError("step.unknown", { id: sessionId, step, known });
  }
  if (fromStep === undefined && retrySteps.length === 0 && !hasWorkLeft(history, revision)) {
    throw new OrchestratorError("session.complete", { id: sessionId });
  }
  return revision;
}

/** @throws OrchestratorError `plan.notRunnable` naming everything that is wrong */
export async function runnable(
  plan: Plan,
  { workspaceFolders }: ReopenRequest,
  row: SessionRow,
  { runs, sessions }: Pick<ResumptionOptions, "runs" | "sessions">,
): Promise<Plan> {
  const { workflow } = await sessions.getActiveSession(row.sessionId);
  // Those that plugins bring are known once a run has begun: what the plan had is taken to be there again.
  const known = (workflow.plan?.steps ?? []).map(({ agentType }) => agentType);
  const check = checkPlan(plan, new Set([...(await runs.agentTypes(workspaceFolders ?? row.folders)), ...known]));
  if (check.ok) return check.plan;
  throw new OrchestratorError("plan.notRunnable", { detail: check.problems.join(" ") });
}

/** The folders as the person wants them. Whatever else can be refused is refused before. */
async function placeOf(
  request: ResumeRequest,
  row: SessionRow,
  { runs, places, sessions }: ResumptionOptions,
): Promise<PreparedPlace> {
  const { sessionId, versionId = "latest", workspace = { kind: "keep" }, workspaceFolders } = request;
  const place = { sessionId, versionId, folderNames: await folderNamesOf(row, sessions), workspaceFolders };
  await places.check(workspace, place);
  if (workspace.kind !== "keep") await runs.checkModel(request);
  return places.prepare(workspace, place);
}

/** The names the session's paths begin with; one that came from elsewhere has no folders here. */
export async function folderNamesOf(row: SessionRow, sessions: SessionManager): Promise<string[]> {
  if (row.folders.length > 0) return row.folders.map(({ name }) => name);
  return (await creationOf(sessions, row.sessionId))?.folders.map(({ name }) => name) ?? [];
}

/** Who runs it, for people. */
export function runnerOf({ owner }: SessionRow): string {
  return owner ? ownerWords(owner) : "";
}

/** The session as it was at a version. Rejects with `version.unknown`. */
export async function historyAt(
  sessions: SessionManager,
  sessionId: string,
  versionId: string,
): Promise<SessionHistory> {
  const { seq } = await sessions.getVersion(sessionId, versionId);
  return readHistory(sessions, sessionId, seq);
}

async function readHistory(sessions: SessionManager, sessionId: string, lastSeq: number): Promise<SessionHistory> {
  const history = new SessionHistory();
  for await (const event of sessions.readEvents(sessionId, 0, { withoutText: true })) {
    if (event.seq > lastSeq) break;
    history.apply(event);
  }
  return history;
}

/** Gives every call without an outcome one, so that it is never made twice. */
async function settleCalls(
  { session }: OpenRun,
  history: SessionHistory,
  { sessions, isMeant }: { sessions: SessionManager; isMeant: (call: EventOf<"tool_started">) => boolean },
): Promise<void> {
  const unresolved = history.unresolvedCalls().filter(({ call }) => isMeant(call));
  const commands = unresolved.filter(({ call }) => call.manifest !== undefined);
  for (const { agent, call } of unresolved) {
    const output = call.processGroup === undefined ? "" : await outputOf(sessions, call);
    const outcome = await session.toolbox.settle(call, { output, since: history.writtenSince(call) });
    if (outcome.repeat) {
      history.begun(call);
      continue;
    }
    // Commands that were interrupted together may all have made the change.
    const shared = commands.filter((other) => other.call !== call).map((other) => other.agent.agentId);
    const effects = outcome.effects.map((effect) =>
      call.manifest !== undefined && shared.length > 0 ? { ...effect, shared } : effect,
    );
    const { content, isError } = outcome;
    const { toolUseId, tool } = call;
    const identity = identityOf(agent);
    const result: EventDraft = { ...identity, type: "tool_result", toolUseId, tool, content, isError, effects };
    const version =
      call.manifest !== undefined && effects.length > 0
        ? [await session.snapshots.version({ reason: "command", toolUseId, ...ownerOf(agent) })]
        : [];
    await Promise.all([result, ...version.map((make) => make())].map((draft) => session.log.emit(draft)));
    history.settled(agent.agentId, call, { content, isError, effects });
  }
}

function ownerOf({ agentId, stepId }: AgentHistory): { agentId: string; stepId?: string } {
  return { agentId, ...(stepId === undefined ? {} : { stepId }) };
}

async function outputOf(sessions: SessionManager, call: EventOf<"tool_started">): Promise<string> {
  let output = "";
  for await (const event of sessions.readEvents(call.sessionId, call.seq)) {
    if (event.type === "tool_output" && event.toolUseId === call.toolUseId) output += event.content;
  }
  return output;
}

function withPrompt(instructions: string, prompt: string | undefined): string {
  if (prompt === undefined) return instructions;
  return `${instructions}\n# What the person who runs the team adds\n\n${prompt}\n`;
}

function identityOf(agent: AgentHistory): {
  source: string;
  agentId: string;
  stepId?: string;
  batchId?: string;
  attempt: number;
} {
  const { agentId, stepId, batchId, attempt } = agent;
  return {
    source: agentId,
    agentId,
    attempt,
    ...(stepId === undefined ? {} : { stepId }),
    ...(batchId === undefined ? {} : { batchId }),
  };
}
