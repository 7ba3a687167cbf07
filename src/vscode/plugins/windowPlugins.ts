/** The plugins of this window's folders: looked at when somebody looks, and again when their files change. */
import * as vscode from "vscode";
import type { PluginManager } from "../../core/plugins/pluginManager.ts";
import type { PluginInfo } from "../../core/plugins/pluginInfo.ts";
import type { EngineHost } from "../engineHost.ts";
import { workspaceFolders } from "../workspaceFolders.ts";

/** Files are saved one by one; a plugin is looked at when they have come to rest. */
const REST_MILLISECONDS = 300;

export class WindowPlugins implements vscode.Disposable {
  readonly #host: EngineHost;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #foundUngranted = new vscode.EventEmitter<PluginInfo>();
  readonly #subscriptions: vscode.Disposable[];
  /** Hashes of plugins that were told of. */
  readonly #told = new Set<string>();
  #watched: { readonly folder: string; readonly watcher: vscode.Disposable } | undefined;
  #manager: PluginManager | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Fires when anything of any plugin changed. */
  readonly onDidChange = this.#changed.event;

  /** Fires once for every plugin, and every change of one, that waits to be granted. */
  readonly onDidFindUngranted = this.#foundUngranted.event;

  constructor(host: EngineHost) {
    this.#host = host;
    const again = (): void => this.#lookSoon();
    this.#subscriptions = [
      // Whatever opened the engine, a run most likely: its plugins are this window's.
      host.onDidOpen(({ plugins }) => this.#follow(plugins)),
      vscode.workspace.onDidChangeWorkspaceFolders(again),
      vscode.workspace.onDidGrantWorkspaceTrust(again),
    ];
  }

  /** What is known of them; looks at them the first time. */
  async all(): Promise<readonly PluginInfo[]> {
    await (this.#looking ??= this.look().catch((error: unknown) => {
      // Whoever asks next is told again, or finds it mended.
      this.#looking = undefined;
      throw error;
    }));
    const places = new Set(workspaceFolders().map(({ path }) => path));
    return (this.#manager?.plugins ?? []).filter(({ folder }) => places.has(folder.path));
  }

  async manager(): Promise<PluginManager> {
    const { plugins } = await this.#host.get();
    this.#follow(plugins);
    return plugins;
  }

  /** Looks at the plugins' files again; starts nothing unless told to. */
  async look({ start = false } = {}): Promise<void> {
    const manager = await this.manager();
    this.#watch(manager.folderName);
    await manager.open(workspaceFolders(), { start });
  }

  /** The setting may be another one than the last time. */
  #watch(folder: string): void {
    if (this.#watched?.folder === folder) return;
    this.#watched?.watcher.dispose();
    const name = folder.replace(/^\.\/|\/$/g, "").replace(/[*?{}[\]]/g, "[$&]");
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${name}/**`);
    const again = (): void => this.#lookSoon();
    const listening = [watcher.onDidChange(again), watcher.onDidCreate(again), watcher.onDidDelete(again)];
    this.#watched = { folder, watcher: vscode.Disposable.from(watcher, ...listening) };
  }

  #follow(manager: PluginManager): void {
    if (this.#manager === manager) return;
    this.#manager = manager;
    this.#watch(manager.folderName);
    const listening = manager.onDidChange(() => {
      this.#changed.fire();
      for (const plugin of manager.plugins) {
        const { state, path, hash } = plugin;
        if ((state !== "needsGrant" && state !== "changed") || this.#told.has(`${path}:${hash}`)) continue;
        this.#told.add(`${path}:${hash}`);
        this.#foundUngranted.fire(plugin);
      }
    });
    this.#subscriptions.push({ dispose: () => listening[Symbol.dispose]() });
  }

  dispose(): void {
    this.#foundUngranted.dispose();
    clearTimeout(this.#timer);
    this.#watched?.watcher.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  #lookSoon(): void {
    // Nobody has looked yet, so nobody waits for news.
    if (this.#looking === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking = this.look().catch(() => undefined);
      void this.#looking.then(() => this.#changed.fire());
    }, REST_MILLISECONDS);
  }
}
