/** The plugins a manager knows, by path, name and folder. */
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { Plugin } from "./plugin.ts";
import { infoOf, type PluginEntry } from "./pluginInfo.ts";

export class PluginEntries {
  readonly #byPath = new Map<string, PluginEntry>();

  get all(): readonly PluginEntry[] {
    return [...this.#byPath.values()];
  }

  get(path: string): PluginEntry | undefined {
    return this.#byPath.get(path);
  }

  put(entry: PluginEntry): void {
    this.#byPath.set(entry.path, entry);
  }

  delete(path: string): void {
    this.#byPath.delete(path);
  }

  clear(): void {
    this.#byPath.clear();
  }

  /** Those of these folders, and those a program loaded. */
  in(folders: readonly WorkspaceFolder[]): PluginEntry[] {
    const places = new Set(folders.map(({ path }) => path));
    return this.all.filter(({ folder, loadedByProgram }) => loadedByProgram || places.has(folder.path));
  }

  of(plugin: Plugin): PluginEntry | undefined {
    return this.all.find((entry) => entry.plugin === plugin);
  }

  /** @throws OrchestratorError `plugin.unknown`, or why the plugin cannot be used at all */
  named(nameOrPath: string): PluginEntry & { readonly plugin: Plugin } {
    const entry = this.get(nameOrPath) ?? this.all.find((candidate) => infoOf(candidate).name === nameOrPath);
    if (entry?.plugin) return entry as PluginEntry & { readonly plugin: Plugin };
    if (entry?.verdict.kind === "broken") throw entry.verdict.error;
    const known = this.all.map((candidate) => infoOf(candidate).name).join(", ");
    throw new OrchestratorError("plugin.unknown", { plugin: nameOrPath, known });
  }

  /** The running plugin of a name, the one in this folder first. */
  running(folder: WorkspaceFolder | undefined, name: string): Plugin | undefined {
    const entries = this.all.filter(({ plugin }) => plugin?.name === name && plugin.state === "running");
    return (entries.find((entry) => entry.folder.path === folder?.path) ?? entries[0])?.plugin;
  }

  /** Why a plugin that is there will not run; undefined when there is none of that name. */
  whyNot(name: string): string | undefined {
    const entry = this.all.find(({ plugin }) => plugin?.name === name);
    switch (entry?.verdict.kind) {
      case undefined:
        return undefined;
      case "new":
      case "changed":
        return "is not granted";
      case "disabled":
        return "is disabled";
      default:
        return "cannot be started";
    }
  }
}
