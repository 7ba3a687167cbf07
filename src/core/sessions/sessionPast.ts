/** What a restore needs to know of a session's log, read once. */
import { OrchestratorError } from "../errors.ts";
import type { EventOf, OrchestratorEvent } from "../events/event.ts";
import { nearestNames } from "../nearestName.ts";
import { firstStates, RunPastFold } from "../snapshots/runPast.ts";
import type { EntryState } from "../snapshots/snapshotWork.ts";
import { LastWritten } from "./lastWritten.ts";
import { PendingRestoreFold } from "./pendingRestore.ts";
import type { RestoreTarget } from "./restorePlan.ts";
import { WrittenByOne } from "./writtenByOne.ts";

export class SessionPast {
  readonly lastWritten = new LastWritten();
  readonly #pending = new PendingRestoreFold();
  readonly #one: WrittenByOne | undefined;
  readonly #agents = new Set<string>();
  readonly #steps = new Set<string>();
  readonly #versionId: string | undefined;
  #sinceVersion = new RunPastFold();
  #folderNames: readonly string[] = [];
  #isImported = false;

  private constructor(target: RestoreTarget) {
    if ("stepId" in target || "agentId" in target) this.#one = new WrittenByOne(target);
    else this.#versionId = target.versionId;
  }

  static async read(events: AsyncIterable<OrchestratorEvent>, target: RestoreTarget): Promise<SessionPast> {
    const past = new SessionPast(target);
    for await (const event of events) past.#apply(event);
    return past;
  }

  /** The restore that was begun and not ended. */
  get pending(): EventOf<"restore_started"> | undefined {
    return this.#pending.pending;
  }

  /** What was at each path that the session has changed since the version of the target. */
  get beforeLaterChanges(): ReadonlyMap<string, EntryState | null> {
    return firstStates(this.#sinceVersion.past);
  }

  /** Agents that worked in the session. */
  get agents(): ReadonlySet<string> {
    return this.#agents;
  }

  /** It came from another machine, so the folders here may be any. */
  get isImported(): boolean {
    return this.#isImported;
  }

  /** Names of the folders its paths begin with. */
  get folderNames(): readonly string[] {
    return this.#folderNames;
  }

  /** What the step or agent of the target did. Throws `step.unknown` or `agent.unknown`. */
  ofOne(target: RestoreTarget): WrittenByOne {
    if (this.#one?.isKnown) return this.#one;
    const id = target.sessionId;
    if ("stepId" in target) {
      const known = nearestOf(target.stepId, [...this.#steps]);
      throw new OrchestratorError("step.unknown", { id, step: target.stepId, known });
    }
    const agent = "agentId" in target ? target.agentId : "";
    throw new OrchestratorError("agent.unknown", { id, agent, known: nearestOf(agent, [...this.#agents]) });
  }

  #isOfTarget({ versionId, manifest }: EventOf<"snapshot_created">): boolean {
    return this.#versionId === "latest" ? manifest !== undefined : versionId === this.#versionId;
  }

  #apply(event: OrchestratorEvent): void {
    if (event.type === "snapshot_created" && this.#isOfTarget(event)) this.#sinceVersion = new RunPastFold();
    this.#sinceVersion.apply(event);
    this.lastWritten.apply(event);
    this.#pending.apply(event);
    this.#one?.apply(event);
    if ("agentId" in event && event.agentId !== undefined) this.#agents.add(event.agentId);
    if (event.type === "plan_created" || event.type === "plan_revised")
      for (const { id } of event.plan.steps) this.#steps.add(id);
    if (event.type === "session_imported") this.#isImported = true;
    if ("folders" in event && event.folders) this.#folderNames = event.folders.map(({ name }) => name);
  }
}

function nearestOf(name: string, known: readonly string[]): string {
  const nearest = nearestNames(name, known);
  return (nearest.length > 0 ? nearest : known).join(", ");
}
