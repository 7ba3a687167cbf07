/**
 * A call whose intent is in the log and whose outcome is not: the process died in between. The disk tells
 * what became of it. A command is never repeated; what is left of it is ended.
 */
import { rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Effect, EventOf } from "../events/event.ts";
import type { PathGuard } from "../policy/pathGuard.ts";
import type { Clock } from "../ports.ts";
import { stateAfter } from "./fileChanges.ts";
import { failure, unforeseen } from "./modelWords.ts";
import { ProcessGroup, processStartTime } from "./processGroup.ts";
import { ToolFailure } from "./tool.ts";
import { removeUnfinishedWrites } from "./unfinishedWrites.ts";

/** `repeat`: it had no effect and can be made as if for the first time. */
export type InterruptedOutcome =
  | { readonly repeat: true }
  | {
      readonly repeat: false;
      readonly content: string;
      readonly isError: boolean;
      readonly effects: readonly Effect[];
    };

export interface SettleOptions {
  readonly guard: PathGuard;
  readonly clock: Clock;
  /** What a command had printed before. */
  readonly output: string;
  /** What has changed in the folders since a command began, as far as it is not known to be somebody else's. */
  readonly effectsSince: (manifest: string) => Promise<readonly Effect[]>;
}

/** How long a command left running gets to end by itself before it is killed. */
const GRACE_MILLISECONDS = 2_000;

/** Finds out what became of the call; a command that still runs is ended first. */
export async function settleInterruptedCall(
  call: EventOf<"tool_started">,
  options: SettleOptions,
): Promise<InterruptedOutcome> {
  if (call.processGroup !== undefined) return settleCommand(call, call.processGroup, options);
  try {
    return await settleWrites(call, options);
  } catch (error) {
    // What lies there now must not be looked at, or cannot be: the session goes on, and the agent knows.
    const reason = failure(call.tool, error) ?? unforeseen(call.tool);
    const content = `The call was interrupted; its outcome is unknown. ${reason}`;
    return { repeat: false, content, isError: true, effects: [] };
  }
}

async function settleWrites(call: EventOf<"tool_started">, options: SettleOptions): Promise<InterruptedOutcome> {
  const effects: Effect[] = [];
  for (const { path, before, beforeEntry, after } of call.preImages ?? []) {
    const guarded = await options.guard.resolve(path, "write");
    const { absolute } = guarded;
    await removeUnfinishedWrites(dirname(absolute));
    // A new file is made empty first and filled then; an empty one is a change that had only begun.
    if (before === undefined && (await stat(absolute).catch(() => undefined))?.size === 0) await rm(absolute);
    const state = await stateAfter(guarded);
    if (state?.after === before) continue;
    if (after !== undefined && state?.after !== after) throw new ToolFailure(changedByOthers(path));
    const change = before === undefined ? "created" : state === undefined ? "deleted" : "modified";
    effects.push({
      path,
      change,
      ...(before === undefined ? {} : { before }),
      ...(beforeEntry ? { beforeEntry } : {}),
      ...state,
    });
  }
  if (effects.length === 0) return { repeat: true };
  const done = effects.map(({ change, path }) => `${change} ${path}`).join(", ");
  return { repeat: false, content: done, isError: false, effects };
}

/** What lies there is nobody's effect: whoever made it after the process died keeps it. */
function changedByOthers(path: string): string {
  return `${path} is neither what it was before the call nor what the call was to write: somebody else has changed it since. Read it before changing it.`;
}

async function settleCommand(
  call: EventOf<"tool_started">,
  processGroup: number,
  { clock, output, effectsSince }: SettleOptions,
): Promise<InterruptedOutcome> {
  const startedAt = await processStartTime(processGroup);
  // The number may belong to somebody else by now; only the start time tells.
  const isRunning = startedAt !== undefined && startedAt === call.processStartedAt;
  if (isRunning) await new ProcessGroup(processGroup, clock).end(GRACE_MILLISECONDS);
  const soFar = output === "" ? "It had printed nothing." : `Its output so far:\n${output}`;
  const ended = isRunning ? " It was still running and has been ended." : "";
  return {
    repeat: false,
    content: `The command was interrupted; its outcome is unknown. It is not run again by itself.${ended} ${soFar}`,
    isError: true,
    effects: call.manifest === undefined ? [] : await effectsSince(call.manifest),
  };
}
