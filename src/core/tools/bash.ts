/**
 * `bash`: runs a command in the workspace, in a process group of its own, for a limited time.
 *
 * Without a sandbox an approved command has the user's rights; what protects is that it was asked for, that
 * it gets no secrets from our environment, and that nothing of it outlives the call.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { messageOf, OrchestratorError } from "../errors.ts";
import type { PathGuard } from "../policy/pathGuard.ts";
import type { SecretRedactor } from "../policy/redaction.ts";
import type { Clock, WorkspaceFolder } from "../ports.ts";
import type { ChangeKeeper, WatchedCommand } from "./changeKeeper.ts";
import { commandEnvironment } from "./commandEnvironment.ts";
import { startHeld, type CommandExit, type HeldProcess } from "./heldProcess.ts";
import { OutputCapture } from "./outputCapture.ts";
import { plainArgv } from "./shellCommand.ts";
import type { RunningCommands } from "./runningCommands.ts";
import { ToolFailure, type AgentTool, type ToolCallContext, type ToolIntent, type ToolOutcome } from "./tool.ts";

const DEFAULT_TIMEOUT_SECONDS = 120;
const MAXIMUM_TIMEOUT_SECONDS = 600;
const GRACE_MILLISECONDS = 2000;
/** How long output may still come from what left the group and holds the pipe open. */
const DRAIN_MILLISECONDS = 250;

const inputSchema = z.strictObject({
  command: z
    .string()
    .refine((command) => command.trim() !== "", "must not be empty")
    .refine((command) => !command.includes("\0") && command.isWellFormed(), "must be text without NUL characters")
    .describe(
      "The command. One program with plain arguments runs as it is; anything with quotes, pipes, variables or patterns runs in a shell.",
    ),
  timeout_seconds: z
    .int()
    .min(1)
    .max(MAXIMUM_TIMEOUT_SECONDS)
    .default(DEFAULT_TIMEOUT_SECONDS)
    .describe(
      `After this many seconds the command and everything it started is ended. Default ${DEFAULT_TIMEOUT_SECONDS}.`,
    ),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the workspace folder to run in, where there are several. Default: the first."),
  description: z.string().optional().describe("What the command is for, in a few words."),
});

type BashInput = z.infer<typeof inputSchema>;

export interface BashToolOptions {
  readonly guard: PathGuard;
  readonly redactor: SecretRedactor;
  readonly clock: Clock;
  /** The environment to take from; see commandEnvironment.ts for what is left out. */
  readonly environment: NodeJS.ProcessEnv;
  /** Finds out what a command changed. */
  readonly changes: ChangeKeeper;
  /** Knows what runs, so that it is ended when this process exits in a hurry. */
  readonly commands?: RunningCommands;
  readonly platform?: NodeJS.Platform;
  /** Between SIGTERM and SIGKILL. Default 2000. */
  readonly graceMilliseconds?: number;
}

/** How a call came to its end. */
type Ending =
  | { readonly kind: "exited"; readonly exit: CommandExit }
  | { readonly kind: "timeout" }
  | { readonly kind: "stopped" };

export class BashTool implements AgentTool<BashInput> {
  readonly name = "bash";
  readonly description =
    "Runs a command in the workspace and returns its output and exit code. Every call is a new shell in the folder: nothing is remembered " +
    "between calls, and nothing it started goes on when it ends. There is no terminal and no input. A person may be asked first.";
  readonly inputSchema = inputSchema;
  readonly #options: BashToolOptions;

  constructor(options: BashToolOptions) {
    this.#options = options;
  }

  intent({ command, folder }: BashInput, folders: readonly WorkspaceFolder[]): ToolIntent {
    const argv = plainArgv(command);
    const line = argv === undefined ? command : argv.join(" ");
    const name = chosenFolder(folder, folders).name;
    // Part of the subject, so that a yes for one folder is none for another.
    const subject = folders.length > 1 ? `${line}  (in ${name})` : line;
    return { access: "execute", subject, ...(argv === undefined ? {} : { argv }) };
  }

  async run(input: BashInput, context: ToolCallContext): Promise<ToolOutcome> {
    const { guard, clock, environment, platform = process.platform } = this.#options;
    if (platform === "win32" || !existsSync("/bin/sh")) {
      throw new OrchestratorError("tool.failed", {
        tool: this.name,
        detail: "running commands is not supported on this system yet, and untested on Windows",
      });
    }
    const folder = guard.rootOf(chosenFolder(input.folder, context.folders));
    context.signal.throwIfAborted();
    const { agentId, toolUseId, stepId, signal } = context;
    const caller = { agentId, toolUseId, ...(stepId === undefined ? {} : { stepId }) };
    const watched = await this.#options.changes.watch(caller, { signal, onProgress: (text) => context.output(text) });
    const held = await startHeld(argvOf(input.command), {
      folder,
      environment: commandEnvironment(
        environment,
        context.folders.map((each) => guard.rootOf(each)),
      ),
      clock,
    }).catch((error: unknown) => {
      watched.cancel();
      throw new ToolFailure(`The command could not be started: ${codeOf(error)}.`, { cause: error });
    });
    this.#options.commands?.add(held.group.id);
    try {
      await letGo(held, watched, context);
      return await withEffects(await this.#runHeld(held, input, context), watched);
    } finally {
      this.#options.commands?.delete(held.group.id);
    }
  }

  async #runHeld(held: HeldProcess, input: BashInput, context: ToolCallContext): Promise<ToolOutcome> {
    const redaction = this.#options.redactor.stream();
    const capture = new OutputCapture((text) => context.output(text));
    const decoder = new TextDecoder();
    held.output.on("data", (bytes: Buffer) => capture.add(redaction.push(decoder.decode(bytes, { stream: true }))));
    const ending = await this.#wait(held, input.timeout_seconds, context.signal);
    const leftBehind = ending.kind === "exited" && (await held.group.isAlive());
    if (leftBehind) await this.#end(held);
    await this.#drain(held);
    capture.add(redaction.push(decoder.decode()) + redaction.end());
    return {
      content: [capture.text().replace(/\n$/, ""), leftBehind ? LEFT_BEHIND : "", toldEnding(ending, input)]
        .filter((part) => part !== "")
        .join("\n"),
      isError: ending.kind !== "exited" || ending.exit.code !== 0,
    };
  }

  /** Waits for the command, and ends its group when the time is up or the call is stopped. */
  async #wait(held: HeldProcess, seconds: number, signal: AbortSignal): Promise<Ending> {
    const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
    const stop = (): void => end({ kind: "stopped" });
    using _ = this.#options.clock.setTimer(seconds * 1000, () => end({ kind: "timeout" }));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    held.exited.then(
      (exit) => end({ kind: "exited", exit }),
      () => end({ kind: "stopped" }),
    );
    const ending = await ended;
    signal.removeEventListener("abort", stop);
    if (ending.kind !== "exited") await this.#end(held);
    return ending;
  }

  #end(held: HeldProcess): Promise<void> {
    return held.group.end(this.#options.graceMilliseconds ?? GRACE_MILLISECONDS);
  }

  /** What is still in the pipe is read; whoever left the group and holds the pipe open is not waited for. */
  async #drain(held: HeldProcess): Promise<void> {
    const patience = new AbortController();
    const waited = this.#options.clock.sleep(DRAIN_MILLISECONDS, patience.signal).catch(() => undefined);
    await Promise.race([held.closed, waited]);
    patience.abort();
    held.output.destroy();
  }
}

const LEFT_BEHIND = "[processes the command had left running were ended with it]";

/** Commits that the command is about to run, then lets it. Without the commit it never runs. */
async function letGo(held: HeldProcess, watched: WatchedCommand, context: ToolCallContext): Promise<void> {
  try {
    await context.begin({
      manifest: watched.manifest,
      processGroup: held.group.id,
      ...(held.startedAt === undefined ? {} : { processStartedAt: held.startedAt }),
    });
    context.signal.throwIfAborted();
  } catch (error) {
    watched.cancel();
    await held.discard();
    throw error;
  }
  held.release();
}

/** A result is told in any case: the command has run. */
async function withEffects(outcome: ToolOutcome, watched: WatchedCommand): Promise<ToolOutcome> {
  try {
    const { effects, events } = await watched.end();
    return { ...outcome, effects, events };
  } catch (error) {
    return { ...outcome, content: `${outcome.content}\n[what it changed could not be found out: ${messageOf(error)}]` };
  }
}

/** The very argv for a plain command; otherwise a shell that gets the command as it is. */
function argvOf(command: string): readonly string[] {
  return plainArgv(command) ?? [existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh", "-c", command];
}

function chosenFolder(name: string | undefined, folders: readonly WorkspaceFolder[]): WorkspaceFolder {
  const folder = name === undefined ? folders[0] : folders.find((candidate) => candidate.name === name);
  if (folder !== undefined) return folder;
  throw new OrchestratorError("path.unknownFolder", {
    path: name ?? "",
    folders: folders.map((candidate) => candidate.name).join(", "),
  });
}

function toldEnding(ending: Ending, input: BashInput): string {
  switch (ending.kind) {
    case "timeout":
      return `[ended after the timeout of ${input.timeout_seconds} seconds, with everything it had started]`;
    case "stopped":
      return "[stopped, with everything it had started]";
    case "exited":
      return ending.exit.signal === null ? `[exit code ${ending.exit.code}]` : `[ended by ${ending.exit.signal}]`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
}
