/** Answers what a plugin's process asks for: so many at once, and nothing of a plugin that does not run. */
import type { PluginChannel } from "./pluginChannel.ts";
import type { CheckedMessage } from "./pluginMessages.ts";
import { toldToPlugin } from "./pluginWords.ts";

export interface PluginRequest {
  readonly scope: string | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** What may wait for a person, a server, a program or an agent; everything else is answered at once. */
const SLOW = /^(?:workspace\.\w+|fetch|run|spawnAgent|usePlugin)$/;

/**
 * Does the plugin wait for the host with this? Only in a session, which can be stopped: outside one a plugin
 * that asks again and again would never be at the end of its time.
 */
export function takesItsTime({ scope, method }: PluginRequest): boolean {
  return scope !== undefined && SLOW.test(method);
}

export interface PluginRequestsOptions {
  /** At once. */
  readonly maximum: number;
  /**
   * May it ask for anything now? Code of a plugin runs before it was granted, to be described, and what a
   * process sends is no proof of where it comes from: only its state says whether it is listened to.
   */
  readonly isHeard: () => boolean;
  readonly perform: (request: PluginRequest) => Promise<unknown>;
}

export class PluginRequests {
  readonly #options: PluginRequestsOptions;
  #open = 0;

  constructor(options: PluginRequestsOptions) {
    this.#options = options;
  }

  async answer(message: Extract<CheckedMessage, { type: "request" }>, channel: PluginChannel): Promise<void> {
    const { maximum, isHeard, perform } = this.#options;
    const { id, scope, method, params } = message;
    const refuse = (reason: string): void => channel.send({ type: "answer", id, error: { message: reason } });
    if (!isHeard()) {
      refuse(`${method}: a plugin that is not running is given nothing; ask in initialize or when it is called`);
      return;
    }
    if (this.#open >= maximum) {
      refuse(`more than ${maximum} requests at once`);
      return;
    }
    this.#open += 1;
    try {
      const value = await perform({ scope, method, params });
      channel.send({ type: "answer", id, ...(value === undefined ? {} : { value }) });
    } catch (error) {
      refuse(toldToPlugin(method, error));
    } finally {
      this.#open -= 1;
    }
  }
}
