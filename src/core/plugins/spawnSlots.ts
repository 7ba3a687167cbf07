/**
 * When an agent that a plugin spawns may start: the agents that work in a session are never more than its limit
 * because of one. An agent that waits for a plugin's tool does not work: the plugin may be waiting for the very
 * agent that is to start.
 */
import type { OrchestratorEvent } from "../events/event.ts";

export class SpawnSlots {
  readonly #limit: () => number;
  readonly #working = new Set<string>();
  /** Open calls of plugin tools by agent. */
  readonly #calls = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  /** Places taken by agents that have no name yet. */
  #reserved = 0;
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** `limit`: agents of the session at once. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Sees every event of the session. */
  follow(event: OrchestratorEvent): void {
    if (event.type === "agent_initialized" || event.type === "agent_continued") this.#working.add(event.agentId);
    if (event.type !== "agent_completed" && event.type !== "agent_error") return;
    this.#working.delete(event.agentId);
    this.#startNext();
  }

  /** An agent waits for a plugin's tool until this is disposed. */
  waits(agentId: string): Disposable {
    this.#calls.set(agentId, (this.#calls.get(agentId) ?? 0) + 1);
    this.#startNext();
    return {
      [Symbol.dispose]: () => {
        const open = (this.#calls.get(agentId) ?? 1) - 1;
        if (open === 0) this.#calls.delete(agentId);
        else this.#calls.set(agentId, open);
      },
    };
  }

  /** Runs an agent when there is room. `run` tells its name before it does anything. */
  async run<Result>(
    run: (onStarted: (agentId: string) => void) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    this.#running += 1;
    try {
      await this.#room(signal);
      return await this.#runInPlace(run);
    } finally {
      if (--this.#running === 0) this.#idle?.resolve();
    }
  }

  /** Resolves when none runs or waits; false when none did. */
  async idle(): Promise<boolean> {
    if (this.#running === 0) return false;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
    this.#idle = undefined;
    return true;
  }

  async #runInPlace<Result>(run: (onStarted: (agentId: string) => void) => Promise<Result>): Promise<Result> {
    let agentId: string | undefined;
    try {
      return await run((name) => {
        agentId = name;
        this.#reserved -= 1;
        this.#working.add(name);
      });
    } finally {
      if (agentId === undefined) this.#reserved -= 1;
      else this.#working.delete(agentId);
      this.#startNext();
    }
  }

  /** Resolves with a place reserved. */
  async #room(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasRoom()) {
      this.#reserved += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const stop = (): void => {
      const index = this.#waiting.indexOf(resolve);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", stop, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", stop));
  }

  #hasRoom(): boolean {
    const working = [...this.#working].filter((agentId) => !this.#calls.has(agentId));
    return working.length + this.#reserved < Math.max(1, this.#limit());
  }

  #startNext(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      this.#reserved += 1;
      this.#waiting.shift()?.();
    }
  }
}
