/** API keys in VS Code's secret storage, each bound to the origin it was entered for. */
import type * as vscode from "vscode";
import { EnvironmentSecrets } from "../../core/model/environmentSecrets.ts";
import type { SecretSource } from "../../core/ports.ts";
import type { Settings } from "../../core/settings/settings.ts";

const PREFIX = "apiKey:";

export class ApiKeys implements SecretSource {
  readonly #storage: vscode.SecretStorage;
  readonly #environment: EnvironmentSecrets;
  /** Fires when a stored key changed, in any window. */
  readonly onDidChange: vscode.Event<unknown>;

  constructor(storage: vscode.SecretStorage, settings: Settings) {
    this.#storage = storage;
    this.onDidChange = storage.onDidChange;
    this.#environment = new EnvironmentSecrets(process.env, settings);
  }

  /** The stored key of the origin, else the environment's if that belongs to it. */
  async apiKey(origin: string): Promise<string | undefined> {
    return (await this.#storage.get(PREFIX + origin)) ?? (await this.#environment.apiKey(origin));
  }

  async store(origin: string, key: string): Promise<void> {
    await this.#storage.store(PREFIX + origin, key);
  }

  /** Returns whether there was one. */
  async clear(origin: string): Promise<boolean> {
    const known = (await this.#storage.get(PREFIX + origin)) !== undefined;
    await this.#storage.delete(PREFIX + origin);
    return known;
  }
}
