/** Tells the plugins of a run of its events, each plugin of one after the other, and comes to an end with it. */
import { messageOf } from "../errors.ts";
import type { OrchestratorEvent } from "../events/event.ts";
import type { Clock } from "../ports.ts";
import type { EventTaint } from "./eventTaint.ts";
import type { Plugin } from "./plugin.ts";
import { pluginAgentId } from "./pluginNames.ts";

/** Events a plugin has not taken yet; more are dropped. */
const MAXIMUM_WAITING = 500;
/** What is left to be heard after the end of a run is heard in this time. */
const ENDING_MILLISECONDS = 30_000;
/** Somebody who stopped a run does not wait for what plugins make of that. */
const STOPPED_MILLISECONDS = 2000;

export interface PluginDeliveryOptions {
  readonly plugins: ReadonlySet<Plugin>;
  readonly clock: Clock;
  readonly taint: EventTaint;
  /** The session's: aborted when the run was stopped. */
  readonly stopped: AbortSignal;
  /** Resolves when no agent that a plugin spawned runs; false when none did. */
  readonly agentsEnded: () => Promise<boolean>;
}

interface Queue {
  waiting: number;
  dropped: number;
  last: Promise<void>;
}

export class PluginDelivery {
  readonly #options: PluginDeliveryOptions;
  readonly #queues = new Map<Plugin, Queue>();
  /** Aborted when nothing more is heard. */
  readonly #over = new AbortController();
  #isEnding = false;

  constructor(options: PluginDeliveryOptions) {
    this.#options = options;
  }

  /** Tells those that subscribed to its type of an event, each in the order of the log; never of its own. */
  deliver(event: OrchestratorEvent): void {
    const { plugins, taint } = this.#options;
    taint.follow(event);
    const isOfPlugin = [...plugins].some((plugin) => event.source === pluginAgentId(plugin.name));
    // Two that answer each other would never let the run end.
    if (this.#isEnding && isOfPlugin) return;
    const hearing = [...plugins].filter(
      ({ name, events }) => (events.has(event.type) || events.has("*")) && event.source !== pluginAgentId(name),
    );
    if (hearing.length === 0) return;
    const sources = taint.of(event);
    for (const plugin of hearing) this.#enqueue(plugin, event, sources);
  }

  /** Resolves when they have heard of everything, or their time is over. */
  async close(): Promise<void> {
    this.#isEnding = true;
    if (this.#waiting() === 0) return;
    const heard = new AbortController();
    void this.#end(heard.signal);
    // What an agent of a handler does makes events, which another handler may hear of.
    while (this.#waiting() > 0) await Promise.all([...this.#queues.values()].map(({ last }) => last));
    heard.abort();
  }

  /** Ends it when its time is over. An agent that was spawned to the end is waited for: there are only so many. */
  async #end(heard: AbortSignal): Promise<void> {
    const { clock, stopped, agentsEnded } = this.#options;
    const wait = (milliseconds: number, until: AbortSignal): Promise<void> =>
      clock.sleep(milliseconds, until).catch(() => undefined);
    do await wait(ENDING_MILLISECONDS, AbortSignal.any([heard, stopped]));
    while (!heard.aborted && !stopped.aborted && (await agentsEnded()));
    if (!heard.aborted && stopped.aborted) await wait(STOPPED_MILLISECONDS, heard);
    if (heard.aborted) return;
    for (const [plugin, { waiting }] of this.#queues)
      if (waiting > 0) plugin.log.add("warn", `the run ended before it had heard of the last ${waiting} events`);
    this.#over.abort(new Error("the run ended"));
  }

  #waiting(): number {
    return [...this.#queues.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  #enqueue(plugin: Plugin, event: OrchestratorEvent, taint: readonly string[]): void {
    const queue = this.#queues.get(plugin) ?? { waiting: 0, dropped: 0, last: Promise.resolve() };
    this.#queues.set(plugin, queue);
    if (queue.waiting >= MAXIMUM_WAITING) {
      if (queue.dropped++ === 0) plugin.log.add("warn", "it hears too slowly: some events were left out");
      return;
    }
    queue.waiting += 1;
    queue.last = queue.last.then(async () => {
      try {
        if (plugin.state !== "running" || this.#over.signal.aborted) return;
        plugin.rights.use({ kind: "events", type: event.type });
        for (const source of taint) plugin.taint.add(source);
        await plugin.call("event", event.sessionId, { event }, this.#over.signal);
      } catch (error) {
        if (!this.#over.signal.aborted) plugin.log.add("error", `${event.type}: ${messageOf(error)}`);
      } finally {
        queue.waiting -= 1;
      }
    });
  }
}
