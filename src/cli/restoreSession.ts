/** `--restore S v3`: puts the folders back to a version, or takes back what a step or an agent did. */
import path from "node:path";
import type { ReadStream, WriteStream } from "node:tty";
import type { Engine } from "../core/engine.ts";
import type { RestoreChoices, RestoreTarget, SessionRestorePlan } from "../core/sessions/restorePlan.ts";
import { nextVersionId } from "../core/sessions/versionIds.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import type { RestoreCommand } from "./arguments.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import { countOf } from "./format.ts";
import type { Interruption } from "./interruption.ts";
import type { Invocation } from "./invocation.ts";
import { KeyboardTurns } from "./keyboardTurns.ts";
import { RestorePrompt } from "./restorePrompt.ts";
import { planText, resultText } from "./restoreText.ts";

export interface RestoreOptions {
  readonly engine: Pick<Engine, "restores" | "sessions">;
  readonly console: Console;
  readonly invocation: Pick<Invocation, "command" | "folder">;
  readonly home: string;
  readonly stdin: ReadStream;
  readonly stderr: WriteStream;
  readonly interruption: Interruption;
}

/** Failed when something stays as it is that the person asked for. */
export async function restoreSession(command: RestoreCommand, options: RestoreOptions): Promise<ExitCode> {
  const { engine, console, invocation, home } = options;
  const { session: sessionId, dryRun, json } = command;
  const words = { command: invocation.command, sessionId };
  const given = command.workspaces.map((place) => path.resolve(invocation.folder, place));
  const workspaceFolders = given.length === 0 ? undefined : await checkWorkspaceFolders(given, home);
  const bound = workspaceFolders ? { workspaceFolders } : {};
  if (await engine.restores.pending(sessionId)) {
    if (dryRun) {
      console.note(
        `A restore of ${sessionId} was interrupted and is finished first. Without --dry-run that is done; what comes then can only be told afterwards.`,
      );
      return ExitCode.FAILED;
    }
    const outcome = await engine.restores.finish(sessionId, bound);
    console.note(
      `Finished the restore of ${sessionId} that was interrupted: ${countOf(outcome?.restored.length ?? 0, "path")}.`,
    );
  }
  const { interruption } = options;
  const plan = await planned(
    () => engine.restores.plan(targetOf(command), { ...bound, signal: interruption.signal }),
    interruption,
  );
  if (plan === undefined) return leftAlone(options);
  if (dryRun) {
    const safetyVersionId = nextVersionId(await engine.sessions.listVersions(sessionId));
    if (json) await console.printJson({ dryRun, ...plan, safetyVersionId });
    else await console.print(planText(plan, safetyVersionId, words));
    return isComplete(plan) ? ExitCode.COMPLETED : ExitCode.FAILED;
  }
  const choices = json ? {} : await ask(plan, options);
  // The last moment at which nothing has begun; a restore that has begun is ended.
  if (choices === undefined || interruption.signal.aborted) return leftAlone(options);
  const result = await engine.restores.apply(plan, choices);
  const offered = plan.changes.filter(({ path: at, isChosen }) => !(choices.changes?.get(at) ?? isChosen));
  if (json) await console.printJson({ dryRun, ...plan, result });
  else await console.print(resultText(plan, result, offered, words));
  const rest = result.failed.length + result.kept.length + offered.length;
  return rest === 0 ? ExitCode.COMPLETED : ExitCode.FAILED;
}

/** Undefined when the person went away meanwhile. */
async function planned<Plan>(
  plan: () => Promise<Plan>,
  { signal }: Pick<Interruption, "signal">,
): Promise<Plan | undefined> {
  try {
    return await plan();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function leftAlone({ console, interruption }: Pick<RestoreOptions, "console" | "interruption">): ExitCode {
  console.note("Nothing was changed.");
  return interruption.exitCode ?? ExitCode.FAILED;
}

function targetOf({ session: sessionId, what, paths }: RestoreCommand): RestoreTarget {
  const [, kind, id = ""] = /^(step|agent):(.*)$/.exec(what) ?? [];
  if (kind === "step") return { sessionId, stepId: id };
  if (kind === "agent") return { sessionId, agentId: id };
  return { sessionId, versionId: what, ...(paths.length === 0 ? {} : { paths }) };
}

function isComplete({ changes, conflicts }: SessionRestorePlan): boolean {
  return conflicts.length === 0 && changes.every(({ isChosen }) => isChosen);
}

/** Nobody is asked where a question cannot be read or answered. Undefined when the person went away. */
async function ask(
  plan: SessionRestorePlan,
  { console, stdin, stderr, interruption }: RestoreOptions,
): Promise<RestoreChoices | undefined> {
  if (isComplete(plan) || !stdin.isTTY || !stderr.isTTY) return {};
  const turns = new KeyboardTurns({ keyboard: stdin, console, onCtrlC: () => interruption.interrupt("SIGINT") });
  const offered = plan.changes.filter(({ isChosen }) => !isChosen);
  try {
    return await new RestorePrompt({ turns, console }).ask(plan.conflicts, offered, interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) return undefined;
    throw error;
  }
}
