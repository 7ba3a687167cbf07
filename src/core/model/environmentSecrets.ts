import type { SecretSource } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import { endpointOf } from "./modelAccess.ts";

/**
 * `ANTHROPIC_API_KEY`, read for every request. It belongs to the server that the environment or the user's
 * settings name, and is given for no other origin.
 */
export class EnvironmentSecrets implements SecretSource {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #settings: Settings;

  constructor(environment: NodeJS.ProcessEnv, settings: Settings) {
    this.#environment = environment;
    this.#settings = settings;
  }

  async apiKey(origin: string): Promise<string | undefined> {
    const key = this.#environment["ANTHROPIC_API_KEY"]?.trim();
    if (!key) return undefined;
    return endpointOf(this.#environment, this.#settings).origin === origin ? key : undefined;
  }
}
