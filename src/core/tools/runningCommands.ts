/** The commands this process has running, so that none outlives it when it ends in a hurry. */
export class RunningCommands implements Disposable {
  readonly #groups = new Set<number>();
  readonly #onExit = (): void => this.#kill();

  constructor() {
    process.on("exit", this.#onExit);
  }

  /** Process groups are numbered by the process that leads them. */
  add(processGroup: number): void {
    this.#groups.add(processGroup);
  }

  delete(processGroup: number): void {
    this.#groups.delete(processGroup);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#onExit);
  }

  /** Nothing may be awaited any more when a process exits, so there is no grace. */
  #kill(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
}
