/** Keeps what calls change, so that it can be told and undone (src/core/snapshots/runSnapshots.ts). */
import type { Effect, EventDraft, NotCovered } from "../events/event.ts";

export interface CommandCaller {
  readonly agentId: string;
  readonly toolUseId: string;
  readonly stepId?: string;
}

/** A command that is about to run. */
export interface WatchedCommand {
  /** The folders before it. */
  readonly manifest: string;
  /**
   * What it changed, once it has ended. `events` belong into the log together with its result, and are made when
   * they are written there. Rejects when the folders cannot be read.
   */
  end(): Promise<{ readonly effects: readonly Effect[]; readonly events: readonly (() => EventDraft)[] }>;
  /** It never ran. */
  cancel(): void;
}

export interface ChangeKeeper {
  /**
   * Stores what is at workspace paths, durably, before a call changes them, and keeps the folders from being looked
   * at until the result is disposed; `held` is that of the same call. What looks like it holds secrets is not stored; a person was asked before.
   *
   * @throws OrchestratorError `store.*` when it cannot be stored: then nothing may be changed
   */
  preserve(paths: readonly string[], held?: Disposable): Promise<Disposable>;
  /** A call of our own tools has made these changes. */
  changed(effects: readonly Effect[]): void;
  /**
   * Looks at the folders before a command; waits for the first snapshot, and says how far it is.
   *
   * @throws OrchestratorError when the folders cannot be stored: then the command may not run
   */
  watch(
    caller: CommandCaller,
    options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
  ): Promise<WatchedCommand>;
  /** What a command could change that cannot be undone. */
  notCovered(signal: AbortSignal): Promise<NotCovered>;
}
