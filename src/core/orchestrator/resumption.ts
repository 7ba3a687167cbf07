/** Takes up a session that nobody runs: folds its log, settles what was under way, and keeps what is done. */
import type { AgentHistory } from "../agents/agentHistory.ts";
import type { AgentNames } from "../agents/agentNames.ts";
import type { OpenRun, ReopenRequest, RunSessions } from "../agents/runSessions.ts";
import { OrchestratorError } from "../errors.ts";
import type { EventDraft, EventOf } from "../events/event.ts";
import type { ModelClients } from "../model/modelClients.ts";
import { nearestNames } from "../nearestName.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import { payCutRequests } from "./cutRequests.ts";
import { SessionHistory } from "./sessionHistory.ts";

const SOURCE = "orchestrator";

export interface ResumeRequest extends ReopenRequest {
  /** The last step to keep: its dependents and whatever has not finished run. Default: everything done is kept. */
  readonly fromStep?: string;
  /** Steps to run again from their beginning, with everything that depends on them. */
  readonly retrySteps?: readonly string[];
}

export interface ResumptionOptions {
  readonly runs: RunSessions;
  readonly sessions: SessionManager;
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
 * @throws OrchestratorError `session.unknown`, `session.running`, `session.complete`, `step.unknown`, and what
 *   is wrong with its folders or its model
 */
export async function resumeSession(request: ResumeRequest, options: ResumptionOptions): Promise<Resumption> {
  const { runs, sessions, names } = options;
  await checkRequest(request, sessions);
  const run = await runs.reopen(request);
  try {
    // Read again under the lease: from here on nobody else adds to the log.
    const history = await readHistory(sessions, request.sessionId, run.lastSeq);
    for (const agentId of history.agentIds) names.take(agentId);
    for (const path of history.written) run.session.written.add(path);
    run.spend.add(history.spend.total());
    for (const [path, sources] of history.taintedPaths) run.session.toolbox.markTainted(path, sources);
    // Files first: the folders as they are found have in them whatever was written.
    const isCommand = (call: EventOf<"tool_started">): boolean => call.processGroup !== undefined;
    await settleCalls(run, history, { sessions, isMeant: (call) => !isCommand(call) });
    run.session.snapshots.begin(history.past);
    await settleCalls(run, history, { sessions, isMeant: isCommand });
    await payCutRequests(run.session, history.unpaidRequests, options);
    await resetSteps(run, history, request);
    const model = request.model ?? history.model;
    return { run: { ...run, session: { ...run.session, ...(model === undefined ? {} : { model }) } }, history };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** What can be wrong is said before anything changes. */
async function checkRequest(request: ResumeRequest, sessions: SessionManager): Promise<void> {
  const { sessionId, fromStep, retrySteps = [] } = request;
  const { workflow } = await sessions.getActiveSession(sessionId);
  const steps = Object.keys(workflow.steps);
  for (const step of [...(fromStep === undefined ? [] : [fromStep]), ...retrySteps]) {
    if (steps.includes(step)) continue;
    const nearest = nearestNames(step, steps);
    throw new OrchestratorError("step.unknown", {
      id: sessionId,
      step,
      known: (nearest.length > 0 ? nearest : steps).join(", "),
    });
  }
  if (workflow.status === "completed" && fromStep === undefined && retrySteps.length === 0) {
    throw new OrchestratorError("session.complete", { id: sessionId });
  }
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

/** In the log, so that whoever goes on after this process knows of it too. */
async function resetSteps(
  { session }: OpenRun,
  history: SessionHistory,
  { fromStep, retrySteps = [] }: ResumeRequest,
): Promise<void> {
  const after = fromStep === undefined ? [] : history.begunAfter(fromStep);
  const retried = retrySteps.flatMap((step) => [step, ...history.begunAfter(step)]);
  const stepIds = [...new Set([...after, ...retried])];
  if (stepIds.length === 0) return;
  await session.log.emit({ type: "steps_reset", source: SOURCE, stepIds });
  history.reset(stepIds);
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
