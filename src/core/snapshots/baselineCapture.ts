/**
 * The first snapshot of a session, taken while the run has begun: whoever changes a file while it is under way
 * says so before, and the file's state of that moment is what the snapshot holds.
 */
import type { EntryState, PreservedState } from "./snapshotWork.ts";
import type { WorkspaceCapture } from "./workspaceSnapshots.ts";

export interface BaselineCaptureOptions {
  readonly capture: Promise<WorkspaceCapture>;
  readonly preserve: (path: string) => Promise<PreservedState>;
  readonly amend: (manifest: string, entries: ReadonlyMap<string, EntryState | null>) => Promise<string>;
}

export class BaselineCapture {
  /** The snapshot, once it is complete. Rejects as `capture` does. */
  readonly done: Promise<WorkspaceCapture>;
  readonly #options: BaselineCaptureOptions;
  /** What was there before somebody changed it, the first time. */
  readonly #preserved = new Map<string, EntryState | null>();
  /** Preservations under way, which the snapshot waits for. */
  readonly #pending = new Set<Promise<unknown>>();
  #isDone = false;

  constructor(options: BaselineCaptureOptions) {
    this.#options = options;
    this.done = this.#finish();
    // Whoever needs the snapshot hears of it; nobody has to listen all the time.
    this.done.catch(() => undefined);
  }

  /**
   * To be awaited before a path is changed, while the snapshot is under way and after: stores what is there,
   * durably.
   */
  async preserve(path: string): Promise<PreservedState> {
    const preserving = this.#preserve(path);
    this.#pending.add(preserving);
    try {
      return await preserving;
    } finally {
      this.#pending.delete(preserving);
    }
  }

  async #preserve(path: string): Promise<PreservedState> {
    const state = await this.#options.preserve(path);
    const keeps = state.entry?.kind !== "directory" && state.entry?.kind !== "leftOut";
    if (!this.#isDone && keeps && !this.#isPreserved(state.path)) this.#preserved.set(state.path, state.entry);
    return state;
  }

  /** The path, or a parent that was not there: what is below it is by now of the run's own making. */
  #isPreserved(path: string): boolean {
    const names = path.split("/");
    return names.some((_, depth) => {
      const at = names.slice(0, depth + 1).join("/");
      return this.#preserved.has(at) && (at === path || this.#preserved.get(at) === null);
    });
  }

  async #finish(): Promise<WorkspaceCapture> {
    const captured = await this.#options.capture;
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    this.#isDone = true;
    if (this.#preserved.size === 0) return captured;
    return { ...captured, manifest: await this.#options.amend(captured.manifest, this.#preserved) };
  }
}
