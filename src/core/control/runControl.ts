/**
 * How a run is stopped, answered and steered, from whatever process.
 *
 * In the owner's process a command is a call of the handler the run registered. From any other it is a row
 * in the store, which the owner sees, carries out once and answers.
 */
import { OrchestratorError, messageOf, toErrorInfo } from "../errors.ts";
import type { Clock, Logger } from "../ports.ts";
import { unknownSession } from "../sessions/unknownSession.ts";
import type { CommandKind, CommandOutcome, CommandRow, SessionStore } from "../store/sessionStore.ts";
import { StoreWatch } from "../store/storeWatch.ts";

/** How long the sender waits for an owner that lives but does not answer. */
const ANSWER_MILLISECONDS = 30_000;

export type RunCommand = Pick<CommandRow, "commandId" | "sessionId" | "kind" | "payload" | "origin">;

/** Carries out one command. What it throws becomes a refusal. */
export type CommandHandler = (command: RunCommand) => Promise<CommandOutcome>;

export interface RunControlOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Run {
  readonly sessionId: string;
  /** The epoch this process owns the session in. */
  readonly epoch: Promise<number>;
  readonly handler: CommandHandler;
  /** Commands taken up; a row stays pending until its outcome is written. */
  readonly taken: Set<string>;
  looking: boolean;
  lookAgain: boolean;
}

export class RunControl {
  readonly #options: RunControlOptions;
  readonly #runs = new Map<string, Run>();
  #listening: Disposable | undefined;

  constructor(options: RunControlOptions) {
    this.#options = options;
  }

  /** Makes this process, which holds the session's lease, the one that carries out its commands, until disposed. */
  register(sessionId: string, handler: CommandHandler): Disposable {
    const epoch = this.#options.store.getSession(sessionId).then((session) => session?.epoch ?? 0);
    const run: Run = { sessionId, epoch, handler, taken: new Set(), looking: false, lookAgain: false };
    this.#runs.set(sessionId, run);
    this.#listening ??= this.#options.store.onDidChangeElsewhere(() => {
      for (const each of this.#runs.values()) void this.#look(each);
    });
    // A command may have come between the taking of the lease and now.
    void this.#look(run);
    return {
      [Symbol.dispose]: () => {
        if (this.#runs.get(sessionId) === run) this.#runs.delete(sessionId);
        if (this.#runs.size > 0) return;
        this.#listening?.[Symbol.dispose]();
        this.#listening = undefined;
      },
    };
  }

  /** Asks the run to stop. See `send`. */
  stop(sessionId: string, origin: string): Promise<CommandOutcome> {
    return this.send(sessionId, "stop", null, origin);
  }

  /**
   * Sends a command to whoever runs the session and gives its outcome; a refusal is an outcome too.
   * `origin` says for people where it came from. Rejects with `session.unknown`, `session.notRunning` (also
   * when the owner dies before it answers) or `command.unanswered`.
   */
  async send(sessionId: string, kind: CommandKind, payload: unknown, origin: string): Promise<CommandOutcome> {
    const { store, clock } = this.#options;
    const commandId = clock.newId("command");
    const run = this.#runs.get(sessionId);
    if (run) return carryOut(run.handler, { commandId, sessionId, kind, payload, origin });
    const session = await store.getSession(sessionId);
    if (!session) throw await unknownSession(store, sessionId);
    if (!session.owner) {
      throw new OrchestratorError("session.notRunning", { id: sessionId, status: session.effectiveStatus });
    }
    const watch = new StoreWatch(store, clock);
    try {
      await store.addCommand({ commandId, sessionId, epoch: session.epoch, kind, payload, origin });
      return await this.#outcomeOf(sessionId, commandId, watch);
    } finally {
      watch[Symbol.dispose]();
    }
  }

  async #outcomeOf(sessionId: string, commandId: string, watch: StoreWatch): Promise<CommandOutcome> {
    const { store, clock } = this.#options;
    const end = clock.monotonic() + ANSWER_MILLISECONDS;
    for (;;) {
      // In this order: an owner that answers and then ends has answered.
      const session = await store.getSession(sessionId);
      const outcome = await store.commandOutcome(commandId);
      if (outcome) return outcome;
      if (!session?.owner) {
        const status = session?.effectiveStatus ?? "interrupted";
        throw new OrchestratorError("session.notRunning", { id: sessionId, status });
      }
      if (clock.monotonic() >= end) {
        throw new OrchestratorError("command.unanswered", { id: sessionId, seconds: ANSWER_MILLISECONDS / 1_000 });
      }
      await watch.next();
    }
  }

  /** Takes up what is pending, each command once and in its order, none waiting for another's end. */
  async #look(run: Run): Promise<void> {
    run.lookAgain = true;
    if (run.looking) return;
    run.looking = true;
    try {
      const epoch = await run.epoch;
      while (run.lookAgain && this.#runs.get(run.sessionId) === run) {
        run.lookAgain = false;
        for (const command of await this.#options.store.pendingCommands(run.sessionId)) {
          // A newer epoch is the next owner's business: this one is about to learn that it is fenced.
          if (command.epoch > epoch || run.taken.has(command.commandId)) continue;
          run.taken.add(command.commandId);
          void this.#answer(run, command, command.epoch < epoch);
        }
      }
    } catch (error) {
      this.#warn("The commands for a session could not be read.", run, error);
    } finally {
      run.looking = false;
    }
  }

  async #answer(run: Run, command: CommandRow, stale: boolean): Promise<void> {
    const { commandId, sessionId, kind, payload, origin } = command;
    const outcome = stale
      ? refusal(new OrchestratorError("command.stale", { id: sessionId }))
      : await carryOut(run.handler, { commandId, sessionId, kind, payload, origin });
    try {
      await this.#options.store.resolveCommand(commandId, outcome);
    } catch (error) {
      this.#warn("The outcome of a command could not be written.", run, error);
    }
  }

  #warn(message: string, run: Run, error: unknown): void {
    this.#options.logger.warn(message, { sessionId: run.sessionId, error: messageOf(error) });
  }
}

async function carryOut(handler: CommandHandler, command: RunCommand): Promise<CommandOutcome> {
  try {
    return await handler(command);
  } catch (error) {
    return refusal(error);
  }
}

function refusal(reason: unknown): CommandOutcome {
  const { code, params } = toErrorInfo(reason);
  return { accepted: false, refusal: { code, params } };
}
