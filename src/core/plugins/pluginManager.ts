/**
 * All plugins of this process: found, looked at, granted, started in the order of their dependencies, stopped.
 *
 * Nothing of a plugin runs outside its sandbox before the user granted it, and what was granted is exactly
 * the bytes that were looked at.
 */
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import PQueue from "p-queue";
import { messageOf, OrchestratorError, toOrchestratorError } from "../errors.ts";
import type { Clock, Logger, WorkspaceFolder, WorkspaceState } from "../ports.ts";
import type { Settings } from "../settings/settings.ts";
import { commandEnvironment } from "../tools/commandEnvironment.ts";
import { findPlugins, pluginsFolder, type FoundPlugin } from "./findPlugins.ts";
import { Plugin } from "./plugin.ts";
import { PluginActions } from "./pluginActions.ts";
import { PluginGrants, type GrantReview } from "./pluginGrants.ts";
import { PluginEntries } from "./pluginEntries.ts";
import { infoOf, type PluginEntry, type PluginInfo } from "./pluginInfo.ts";
import { DEFAULT_LIMITS, type PluginLimits } from "./pluginLimits.ts";
import type { PluginLog } from "./pluginLog.ts";
import { PluginStarts } from "./pluginStarts.ts";
import { readPluginSource, staticMetadata, type PluginSource } from "./pluginSource.ts";
import { PluginStates } from "./pluginStates.ts";

export interface PluginManagerOptions {
  readonly home: string;
  readonly settings: Settings;
  readonly workspaceState: WorkspaceState;
  readonly environment: NodeJS.ProcessEnv;
  /** The bundled process, with what it needs beside it. */
  readonly processUrl: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<PluginLimits>;
}

/** Processes started at the same time. */
const STARTS_AT_ONCE = 4;

type FailureListener = (plugin: Plugin, error: OrchestratorError) => void;

export class PluginManager {
  readonly actions: PluginActions;
  readonly #options: PluginManagerOptions;
  readonly #limits: PluginLimits;
  readonly #grants: PluginGrants;
  readonly #entries = new PluginEntries();
  readonly #starts: PluginStarts;
  readonly #changed = new Set<() => void>();
  readonly #failed = new Set<FailureListener>();
  /** One change of what runs after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #watching: Promise<Disposable> | undefined;
  readonly #onExit = (): void => {
    for (const { plugin } of this.#entries.all) plugin?.kill("the program ended");
  };

  constructor(options: PluginManagerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#grants = new PluginGrants(options.home);
    const { settings, logger } = options;
    this.#starts = new PluginStarts({ entries: this.#entries, settings, logger });
    this.actions = new PluginActions({
      states: new PluginStates(options.home),
      folderOf: (plugin) => this.#entries.of(plugin)?.folder,
      find: (name, beside) => this.#entries.running(this.#entries.of(beside)?.folder, name),
    });
    process.once("exit", this.#onExit);
  }

  /** What is known now; see `open`. */
  get plugins(): readonly PluginInfo[] {
    return this.#entries.all.map(infoOf).toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }

  /** Where plugins lie in a workspace folder, with `/`: the setting. */
  get folderName(): string {
    return this.#options.settings.get("plugins.folder");
  }

  /** The same as an absolute path. @throws OrchestratorError `path.outside` */
  folderIn(folder: WorkspaceFolder): Promise<string> {
    return pluginsFolder(folder, { name: this.folderName, home: this.#options.home });
  }

  /** Told when anything of any plugin changed. */
  onDidChange(listener: () => void): Disposable {
    this.#changed.add(listener);
    return { [Symbol.dispose]: () => void this.#changed.delete(listener) };
  }

  /** Told when a running plugin failed. */
  onFailure(listener: FailureListener): Disposable {
    this.#failed.add(listener);
    return { [Symbol.dispose]: () => void this.#failed.delete(listener) };
  }

  /**
   * Looks at the plugins of these folders and starts those that are granted, unless told only to look. What
   * changed on the disk is stopped; what is running as it was goes on.
   */
  open(folders: readonly WorkspaceFolder[], { start = true } = {}): Promise<void> {
    return this.#alone(() => this.#open(folders, start));
  }

  /** Plugins that run and belong to one of these folders, or to no folder at all. */
  runningIn(folders: readonly WorkspaceFolder[]): Plugin[] {
    return this.#entries.in(folders).flatMap(({ plugin }) => (plugin?.state === "running" ? [plugin] : []));
  }

  /** Why those that do not run do not; nothing of what the user switched off. */
  problemsIn(folders: readonly WorkspaceFolder[]): { readonly plugin: string; readonly error: OrchestratorError }[] {
    return this.#entries.in(folders).flatMap((entry) => {
      const { name, state, error } = infoOf(entry);
      return error === undefined ||
        state === "running" ||
        (state === "disabled" && entry.verdict.kind === "disabled" && entry.verdict.detail === undefined)
        ? []
        : [{ plugin: name, error }];
    });
  }

  log(path: string): PluginLog | undefined {
    return this.#entries.get(path)?.plugin?.log;
  }

  /** What granting a plugin would mean. @throws OrchestratorError `plugin.unknown`, `plugin.invalid` */
  async review(nameOrPath: string): Promise<GrantReview> {
    const { plugin } = this.#entries.named(nameOrPath);
    const { metadata } = plugin;
    if (metadata === undefined)
      throw (
        plugin.error ??
        new OrchestratorError("plugin.invalid", { plugin: plugin.name, detail: "it has not described itself" })
      );
    return this.#grants.review(
      { name: metadata.name, version: metadata.version, permissions: plugin.wanted },
      plugin.source,
    );
  }

  /** Grants exactly what was reviewed. @throws OrchestratorError `plugin.changed` when it is not that any more */
  async grant({ path, hash, permissions }: GrantReview): Promise<void> {
    const { plugin } = this.#entries.named(path);
    const now = await readPluginSource(path);
    if (now.hash !== hash || plugin.source.hash !== hash)
      throw new OrchestratorError("plugin.changed", { plugin: plugin.name });
    const grantedAt = new Date(this.#options.clock.now()).toISOString();
    await this.#grants.add({ name: plugin.name, hash, permissions: [...permissions], grantedAt }, plugin.source);
    this.#tell();
  }

  /** Takes every grant of a name back and stops it. False when there was none. */
  async revoke(name: string): Promise<boolean> {
    const had = await this.#grants.remove(name);
    // Not after whatever else is going on: that may be the start of this very plugin.
    for (const { plugin } of this.#entries.all)
      if (plugin?.name === name && plugin.state !== "running") plugin.kill("its grant was taken back");
    await this.#alone(async () => {
      for (const entry of this.#entries.all) if (entry.plugin?.name === name) await this.#judge(entry);
    });
    return had;
  }

  /** Switches a plugin off until it is enabled again. */
  async disable(nameOrPath: string): Promise<void> {
    const { path, plugin } = this.#entries.named(nameOrPath);
    await this.#grants.disable({ path, name: plugin.name });
    await this.#alone(async () => this.#judge(this.#entries.named(path)));
  }

  /** Switches it on again, and forgets that it had crashed; `open` starts it. */
  async enable(nameOrPath: string): Promise<void> {
    const { path } = this.#entries.named(nameOrPath);
    await this.#grants.enable(path);
    await this.unload(path);
  }

  /** Stops a plugin and forgets it; `open` finds it again. */
  async unload(nameOrPath: string): Promise<void> {
    await this.#alone(async () => {
      const entry = this.#entries.named(nameOrPath);
      await entry.plugin.stop();
      this.#entries.delete(entry.path);
    });
    this.#tell();
  }

  /**
   * Loads one plugin for a program that names it. `grant` lists the permissions the program grants; a plugin
   * that asks for more, and was not granted it before, is not loaded.
   */
  async loadPlugin(request: {
    readonly path: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly grant: readonly string[];
    readonly folder?: WorkspaceFolder;
  }): Promise<Plugin> {
    const path = await realpath(resolve(request.path)).catch(() => resolve(request.path));
    const folder = request.folder ?? { name: "plugins", path: dirname(path) };
    return this.#alone(async () => {
      await this.#entries.get(path)?.plugin?.stop();
      const source = await readPluginSource(path);
      const plugin = this.#create(source);
      const entry: PluginEntry = { path, folder, plugin, verdict: { kind: "granted" }, loadedByProgram: true };
      if (source.runtime === "node") plugin.describeBy(staticMetadata(source));
      else await plugin.describe();
      // Only now its name is known.
      const other = this.#entries.all.find(
        (candidate) => candidate.path !== path && candidate.plugin?.metadata?.name === plugin.name,
      );
      if (other) {
        await plugin.stop();
        throw new OrchestratorError("plugin.duplicate", { plugin: plugin.name, path, other: other.path });
      }
      const granted = new Set(request.grant);
      const lacking = plugin.wanted.filter((permission) => !granted.has(permission));
      if (lacking.length > 0 && !(await this.#grants.find(plugin.name, source.hash, plugin.wanted))) {
        await plugin.stop();
        throw new OrchestratorError("plugin.notGranted", { plugin: plugin.name, permissions: lacking.join(", ") });
      }
      this.#entries.put(entry);
      const missing = this.#starts.missingDependency(plugin);
      if (missing !== undefined) {
        await plugin.stop();
        this.#entries.delete(path);
        throw missing;
      }
      if (source.runtime === "node") await plugin.describe();
      await plugin.initialize(request.config);
      return plugin;
    });
  }

  /** Stops everything. */
  async close(): Promise<void> {
    process.off("exit", this.#onExit);
    (await this.#watching)?.[Symbol.dispose]();
    await this.#alone(async () => {
      await Promise.all(this.#entries.all.map(async ({ plugin }) => plugin?.stop()));
      this.#entries.clear();
    });
  }

  async #open(folders: readonly WorkspaceFolder[], start: boolean): Promise<void> {
    // Another window or a terminal may take a grant back while this one runs the plugin.
    await (this.#watching ??= this.#grants.watch(() => void this.#alone(() => this.#judgeRunning())));
    const { home, workspaceState } = this.#options;
    const found = await findPlugins({ folders, name: this.folderName, home, workspaceState });
    const paths = new Set(found.map(({ path }) => path));
    for (const entry of this.#entries.in(folders)) {
      if (paths.has(entry.path) || entry.loadedByProgram) continue;
      await entry.plugin?.stop();
      this.#entries.delete(entry.path);
    }
    const looking = new PQueue({ concurrency: STARTS_AT_ONCE });
    await looking.addAll(found.map((place) => () => this.#look(place)));
    // In the order they lie in: of two with one name the first is the one.
    const order = new Map(found.map(({ path }, index) => [path, index]));
    const entries = this.#entries.in(folders).toSorted((a, b) => (order.get(a.path) ?? -1) - (order.get(b.path) ?? -1));
    const names = new Map<string, PluginEntry>();
    for (const entry of entries) {
      const name = entry.plugin?.metadata?.name;
      const other = name === undefined ? undefined : names.get(name);
      await this.#judge(entry, other);
      if (name !== undefined && other === undefined) names.set(name, entry);
    }
    if (start) await this.#starts.start(entries);
    // What is only looked at needs no process any more.
    else for (const { plugin } of entries) if (plugin?.state === "described") await plugin.stop();
    this.#tell();
  }

  /** Reads a plugin's files and lets it describe itself, unless nothing changed. */
  async #look({ path, folder }: FoundPlugin): Promise<void> {
    const known = this.#entries.get(path);
    try {
      const source = await readPluginSource(path);
      if (known?.plugin?.source.hash === source.hash && known.plugin.metadata !== undefined) return;
      await known?.plugin?.stop();
      const plugin = this.#create(source);
      this.#entries.put({ path, folder, plugin, verdict: { kind: "granted" } });
      const off = await this.#grants.disabled(path, source.hash);
      if (source.runtime === "node") plugin.describeBy(staticMetadata(source));
      else if (off === undefined) await plugin.describe();
    } catch (error) {
      await known?.plugin?.stop();
      const { plugin } = this.#entries.get(path) ?? {};
      const kept = plugin === known?.plugin ? undefined : plugin;
      this.#entries.put({
        path,
        folder,
        plugin: kept,
        verdict: { kind: "broken", error: toOrchestratorError(error) },
      });
    }
  }

  async #judgeRunning(): Promise<void> {
    for (const entry of this.#entries.all)
      if (entry.plugin?.state === "running" || entry.plugin?.state === "restarting") await this.#judge(entry);
  }

  /** Decides whether a plugin that was looked at may run, and stops it when not. */
  async #judge(entry: PluginEntry, other?: PluginEntry): Promise<void> {
    const { plugin, path } = entry;
    if (plugin === undefined || entry.loadedByProgram) return;
    // Another plugin of its name may be gone by now; what is wrong with its own files stays wrong.
    if (entry.verdict.kind === "broken" && entry.verdict.error.code !== "plugin.duplicate") return;
    const { name, wanted, source } = plugin;
    const off = await this.#grants.disabled(path, source.hash);
    if (off !== undefined)
      entry.verdict = { kind: "disabled", ...(off.detail === undefined ? {} : { detail: off.detail }) };
    else if (other !== undefined)
      entry.verdict = {
        kind: "broken",
        error: new OrchestratorError("plugin.duplicate", { plugin: name, path, other: other.path }),
      };
    else if (await this.#grants.find(name, source.hash, wanted)) entry.verdict = { kind: "granted" };
    else entry.verdict = { kind: (await this.#grants.lastOf(name)) === undefined ? "new" : "changed" };
    if (entry.verdict.kind !== "granted") await plugin.stop();
    this.#tell();
  }

  #create(source: PluginSource): Plugin {
    const { clock, processUrl, environment } = this.#options;
    return new Plugin({
      source,
      folder: () => this.#grants.keep(source),
      processUrl,
      environment: source.runtime === "node" ? commandEnvironment(environment, []) : {},
      limits: this.#limits,
      clock,
      perform: (plugin, request) => this.actions.perform(plugin, request),
      alone: (work) => this.#alone(work),
      onChanged: (plugin) => {
        const { error, state } = plugin;
        if (error !== undefined && (state === "restarting" || state === "failed"))
          for (const listener of this.#failed) listener(plugin, error);
        this.#tell();
      },
      onGivenUp: (plugin, detail) => void this.#alone(() => this.#giveUp(plugin, detail)),
    });
  }

  async #giveUp(plugin: Plugin, detail: string): Promise<void> {
    const entry = this.#entries.of(plugin);
    if (entry === undefined) return;
    entry.verdict = { kind: "disabled", detail };
    this.#tell();
    const { source, name } = plugin;
    await this.#grants
      .disable({ path: entry.path, name, hash: source.hash, detail })
      .catch((error: unknown) =>
        this.#options.logger.warn("a plugin could not be disabled", { error: messageOf(error) }),
      );
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.catch(() => undefined).then(work);
    this.#last = done;
    return done;
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}
