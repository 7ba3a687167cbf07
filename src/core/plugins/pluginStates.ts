/** Small values that plugins keep, one file per plugin and workspace, in the home. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readJson, writeJson } from "./jsonFile.ts";

const MAXIMUM_CHARACTERS = 256 * 1024;

const stateSchema = z.object({
  values: z.record(z.string(), z.unknown()),
  /** Where content from outside had entered the plugin when it wrote them. */
  taint: z.array(z.string()),
});
type State = z.infer<typeof stateSchema>;

export class PluginStates {
  readonly #folder: string;
  /** By file; one change after the other. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param home AI_ORCHESTRATOR_HOME */
  constructor(home: string) {
    this.#folder = join(home, "plugins", "state");
  }

  /** `key` is what the value was stored under. */
  async get(place: string, key: string): Promise<{ readonly value: unknown; readonly taint: readonly string[] }> {
    const { values, taint } = await this.#read(place);
    return { value: Object.hasOwn(values, key) ? values[key] : undefined, taint };
  }

  /** Stores a value, or removes it when it is undefined. @throws Error when the plugin would keep too much */
  async set(place: string, key: string, value: unknown, taint: Iterable<string>): Promise<void> {
    const before = this.#last.get(place) ?? Promise.resolve();
    const change = before.catch(() => undefined).then(() => this.#change(place, key, value, taint));
    this.#last.set(place, change);
    await change;
  }

  /** Stands for one plugin in one workspace. */
  static place(plugin: string, folder: string): string {
    return createHash("sha256").update(`${plugin}\0${folder}`).digest("hex");
  }

  async #change(place: string, key: string, value: unknown, taint: Iterable<string>): Promise<void> {
    const state = await this.#read(place);
    const rest = Object.entries(state.values).filter(([name]) => name !== key);
    const values = Object.fromEntries(value === undefined ? rest : [...rest, [key, value]]);
    if (JSON.stringify(values).length > MAXIMUM_CHARACTERS)
      throw new Error(`a plugin keeps at most ${MAXIMUM_CHARACTERS / 1024} KB of state`);
    await writeJson(this.#file(place), { values, taint: [...new Set([...state.taint, ...taint])] } satisfies State);
  }

  #read(place: string): Promise<State> {
    return readJson(this.#file(place), stateSchema, { values: {}, taint: [] });
  }

  #file(place: string): string {
    return join(this.#folder, `${place}.json`);
  }
}
