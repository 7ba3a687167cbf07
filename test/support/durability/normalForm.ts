/**
 * A log in the form in which a session that was killed and resumed is the same as one that was not.
 *
 * Left out are:
 * - what differs from run to run: ids, places, times, epochs, attempts, process groups, names of agents (they hold
 *   the time of day) and of versions (they hold the order in which steps ended), the order of outputs;
 * - text for eyes, which is joined by time (that none is lost is checked apart), and money (see ledger.ts);
 * - folders: the first is taken when it is ready, the others hold what agents beside did in the meantime (that the
 *   first and the last are the same is checked apart), and the version of the command, which is there when the
 *   command changed something before it was killed;
 * - what only a resumption writes: `workflow_resumed`, `agent_continued`;
 * - attempts that did not win: of several intents (`tool_started`) of a call and of several questions about a call
 *   only the last counts, and of several `step_started` of a step, which differ in nothing else, one, at its
 *   first place: what the agent had done before the kill is kept, and is older than the last.
 *
 * And where the next owner found out what had become of a call, its own words stand for the tool's; for a command
 * it found out nothing, so its outcome does not count, nor what the agent then did to make up for it.
 */
import type { EventOf, OrchestratorEvent } from "../../../src/core/events/event.ts";
import { VOLATILE_KINDS } from "../../../src/core/events/eventKinds.ts";
import { ownerOf } from "./eventPoints.ts";
import { COUNTING_CALL, MADE_FILE, RECOVERY_CALL, withoutFileLists } from "./scenario.ts";

interface OwnerLog {
  /** Everything but tool calls, in order. */
  readonly story: object[];
  /** Each tool call by its id, from the call to its result. Calls of one turn run at the same time. */
  readonly calls: Record<string, object[]>;
}

export type NormalForm = Readonly<Record<string, OwnerLog>>;

const LEFT_OUT: ReadonlySet<string> = new Set([
  ...VOLATILE_KINDS,
  "workflow_resumed",
  "agent_continued",
  "request_started",
  "usage_recorded",
  "snapshot_captured",
]);

/** Calls whose outcome an owner found that had not made them, by the names that {@link normalForm} gives them. */
export function settledCalls(events: readonly OrchestratorEvent[]): ReadonlySet<string> {
  const startedIn = new Map<string, number>();
  const settled = new Set<string>();
  for (const event of events) {
    if (event.type === "tool_started") startedIn.set(event.toolUseId, event.epoch);
    if (event.type === "tool_result" && (startedIn.get(event.toolUseId) ?? event.epoch) !== event.epoch)
      settled.add(nameOfCall(event.toolUseId, event));
  }
  return settled;
}

/** `settled`: calls in whose results only what the disk tells counts. */
export function normalForm(events: readonly OrchestratorEvent[], settled: ReadonlySet<string>): NormalForm {
  const owners: Record<string, OwnerLog> = {};
  const callOfQuestion = new Map<string, string>();
  const begun = new Set<string>();
  for (const event of events) {
    if (LEFT_OUT.has(event.type)) continue;
    if (event.type === "snapshot_created" && event.reason === "command") continue;
    if (event.type === "step_started") {
      if (begun.has(event.stepId)) continue;
      begun.add(event.stepId);
    }
    if (event.type === "turn_completed" && callsIn(event).includes(RECOVERY_CALL)) continue;
    const owner = (owners[ownerOf(event)] ??= { story: [], calls: {} });
    if (event.type === "approval_requested") callOfQuestion.set(event.approvalId, event.toolUseId ?? "");
    const call = callOf(event, callOfQuestion);
    if (call === RECOVERY_CALL) continue;
    const normal = withoutChance(event, settled);
    if (call === undefined) {
      owner.story.push(normal);
    } else {
      const name = nameOfCall(call, event);
      owner.calls[name] = withNext(owner.calls[name] ?? [], normal);
    }
  }
  return owners;
}

function callsIn({ message }: EventOf<"turn_completed">): unknown[] {
  return message.content.flatMap((block) => (block.type === "tool_use" ? [block["id"]] : []));
}

function callOf(event: OrchestratorEvent, callOfQuestion: ReadonlyMap<string, string>): string | undefined {
  if (event.type === "approval_resolved") return callOfQuestion.get(event.approvalId);
  return "toolUseId" in event ? event.toolUseId : undefined;
}

/** The call of the engine's own that writes an agent's output file is named after the agent. */
function nameOfCall(call: string, event: OrchestratorEvent): string {
  return call.startsWith("output_") ? `output of ${ownerOf(event)}` : call;
}

/** The last event of a kind stands for those before it. */
function withNext(call: readonly object[], next: object): object[] {
  const kind = (event: object): unknown => (event as { type?: unknown }).type;
  return [...call.filter((event) => kind(event) !== kind(next)), next];
}

function withoutChance(event: OrchestratorEvent, settled: ReadonlySet<string>): object {
  const fields: Record<string, unknown> = { ...event };
  for (const name of [
    ...["id", "seq", "epoch", "timestamp", "attempt", "agentId", "approvalId", "processGroup", "processStartedAt"],
    ...["versionId", "manifest", "files", "turn", "usage", "costUsd", "workspace", "folders"],
  ])
    delete fields[name];
  if (fields["source"] === ("agentId" in event ? event.agentId : undefined)) fields["source"] = "the agent";
  if (Array.isArray(fields["outputs"])) {
    fields["outputs"] = (fields["outputs"] as string[]).filter((path) => path !== MADE_FILE).toSorted();
  }
  if (event.type === "message_sent") fields["content"] = withoutFileLists(event.content);
  if ("toolUseId" in event && event.toolUseId?.startsWith("output_")) delete fields["toolUseId"];
  if (event.type === "tool_result" && settled.has(nameOfCall(event.toolUseId, event))) {
    delete fields["content"];
    if (event.toolUseId === COUNTING_CALL) {
      delete fields["isError"];
      delete fields["effects"];
    }
  }
  return fields;
}
