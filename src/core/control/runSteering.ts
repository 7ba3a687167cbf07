/** What a person can do to a run while it goes on: hold it, let it go on, and tell its agents something. */
export interface SteeringMessage {
  readonly text: string;
  /** Who said it: `VS Code`, `terminal`, … */
  readonly by: string;
  readonly commandId?: string;
}

export class RunSteering {
  #pause: PromiseWithResolvers<void> | undefined;
  readonly #inboxes = new Map<string, SteeringMessage[]>();

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Agents stop before their next model request, and no step starts. False when it is paused already. */
  pause(): boolean {
    if (this.#pause) return false;
    this.#pause = Promise.withResolvers<void>();
    return true;
  }

  /** False when it was not paused. */
  continue(): boolean {
    if (!this.#pause) return false;
    this.#pause.resolve();
    this.#pause = undefined;
    return true;
  }

  /** Resolves at once, or when the run goes on. Rejects with the signal's reason. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#pause) {
      const { promise, reject } = Promise.withResolvers<never>();
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        signal.throwIfAborted();
        await Promise.race([this.#pause.promise, promise]);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    }
  }

  /** An agent that can be told something, until disposed. */
  listen(agentId: string): Disposable {
    this.#inboxes.set(agentId, []);
    return { [Symbol.dispose]: () => void this.#inboxes.delete(agentId) };
  }

  /** Agents that can be told something now. */
  get listening(): readonly string[] {
    return [...this.#inboxes.keys()];
  }

  /** Tells one agent, or all that run. Returns whom. */
  send(message: SteeringMessage, agentId?: string): readonly string[] {
    const told = [...this.#inboxes.keys()].filter((id) => agentId === undefined || id === agentId);
    for (const id of told) this.#inboxes.get(id)?.push(message);
    return told;
  }

  /** What the agent has been told since the last time. */
  take(agentId: string): readonly SteeringMessage[] {
    return this.#inboxes.get(agentId)?.splice(0) ?? [];
  }
}
