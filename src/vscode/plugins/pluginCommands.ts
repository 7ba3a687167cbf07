/** Commands about plugins, from the view or the palette. */
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { OrchestratorError } from "../../core/errors.ts";
import { PLUGIN_NAME } from "../../core/plugins/pluginNames.ts";
import type { PluginInfo } from "../../core/plugins/pluginInfo.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import { commandId, type CommandName } from "../commands/command.ts";
import type { CommandHandler } from "../commands/registerCommands.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import { withoutLinks } from "../notificationText.ts";
import { workspaceFolders } from "../workspaceFolders.ts";
import { GrantDialog, PLUGIN_CODE_SCHEME } from "./grantDialog.ts";
import { PluginLogs } from "./pluginLogs.ts";
import { PLUGINS_VIEW, PluginsView, stateWords, type PluginNode } from "./pluginsView.ts";
import { pluginTemplate } from "./pluginTemplate.ts";
import { WindowPlugins } from "./windowPlugins.ts";

/** Beside the bundle this file is part of. */
const TYPES = new URL("./plugin.d.ts", import.meta.url);

type Wanted = (plugin: PluginInfo) => boolean;

export class PluginCommands implements vscode.Disposable {
  readonly #messages: Messages;
  readonly #plugins: WindowPlugins;
  readonly #logs = new PluginLogs();
  readonly #dialog: GrantDialog;
  readonly #subscriptions: vscode.Disposable;

  constructor({ host, messages }: { readonly host: EngineHost; readonly messages: Messages }) {
    this.#messages = messages;
    this.#plugins = new WindowPlugins(host);
    this.#dialog = new GrantDialog(messages);
    const documents = vscode.workspace.registerTextDocumentContentProvider(PLUGIN_CODE_SCHEME, this.#dialog);
    const waiting = this.#plugins.onDidFindUngranted((plugin) => void this.#offerReview(plugin));
    const logs = this.#plugins.onDidChange(() => this.#logs.follow());
    const view = new PluginsView(this.#plugins, messages);
    const tree = vscode.window.registerTreeDataProvider(PLUGINS_VIEW, view);
    this.#subscriptions = vscode.Disposable.from(this.#plugins, view, tree, documents, waiting, logs, this.#logs);
  }

  get handlers() {
    return {
      reviewPlugin: (node?: PluginNode) => this.review(node),
      revokePlugin: (node?: PluginNode) => this.#revoke(node),
      enablePlugin: (node?: PluginNode) => this.#enable(node),
      disablePlugin: (node?: PluginNode) => this.#disable(node),
      reloadPlugin: (node?: PluginNode) => this.#reload(node),
      showPluginLog: (node?: PluginNode) => this.#showLog(node),
      openPlugin: (node?: PluginNode) => this.#openFile(node),
      createPlugin: (name?: unknown) => this.create(name),
    } satisfies Partial<Record<CommandName, CommandHandler>>;
  }

  /** Shows what a plugin could do and grants it when the person says so. True when it was granted. */
  async review(node?: PluginNode): Promise<boolean> {
    const plugin = await this.#chosen(node, ({ state }) => state === "needsGrant" || state === "changed");
    if (plugin === undefined) return false;
    const manager = await this.#plugins.manager();
    const review = await manager.review(plugin.path);
    if (!(await this.#dialog.ask(review))) return false;
    await manager.grant(review);
    await this.#plugins.look({ start: true });
    return true;
  }

  /** Writes a new plugin into the plugins folder and opens it. Gives its folder. */
  async create(given?: unknown): Promise<string | undefined> {
    const [folder] = workspaceFolders();
    if (folder === undefined) {
      this.#messages.showObstacle(vscode.l10n.t("A plugin lies in a folder. Open one first."), {
        label: vscode.l10n.t("Open Folder"),
        command: "vscode.openFolder",
      });
      return undefined;
    }
    const name = typeof given === "string" ? given : await askForName();
    if (name === undefined || name === "") return undefined;
    if (!PLUGIN_NAME.test(name)) throw new OrchestratorError("plugin.invalid", { plugin: name, detail: NAME_RULE() });
    const manager = await this.#plugins.manager();
    const place = vscode.Uri.joinPath(vscode.Uri.file(await manager.folderIn(folder)), name);
    if (await exists(place)) {
      await vscode.window.showWarningMessage(vscode.l10n.t("There is {0} already; nothing was written.", place.fsPath));
      return undefined;
    }
    const files = pluginTemplate(name, await readFile(TYPES, "utf8"));
    for (const [path, text] of Object.entries(files))
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(place, path), new TextEncoder().encode(text));
    await vscode.window.showTextDocument(vscode.Uri.joinPath(place, "index.ts"));
    return place.fsPath;
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  /** Tells of a plugin that would be used if somebody allowed it. */
  async #offerReview(plugin: PluginInfo): Promise<void> {
    const label = vscode.l10n.t("Review…");
    const words = plugin.error ? this.#messages.words(plugin.error) : plugin.name;
    const answer = await vscode.window.showInformationMessage(withoutLinks(words), label);
    if (answer === label) await vscode.commands.executeCommand(commandId("reviewPlugin"), { kind: "plugin", plugin });
  }

  async #revoke(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, ({ state }) => state !== "needsGrant");
    if (plugin) await (await this.#plugins.manager()).revoke(plugin.name);
  }

  async #enable(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, ({ state }) => state === "disabled");
    if (!plugin) return;
    await (await this.#plugins.manager()).enable(plugin.path);
    await this.#plugins.look({ start: true });
  }

  async #disable(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, ({ state }) => state !== "disabled");
    if (plugin) await (await this.#plugins.manager()).disable(plugin.path);
  }

  async #reload(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, ({ state }) => state !== "disabled");
    if (!plugin) return;
    const manager = await this.#plugins.manager();
    // Of one whose files cannot be read there is nothing to unload.
    await manager.unload(plugin.path).catch(() => undefined);
    await this.#plugins.look({ start: true });
  }

  async #showLog(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, () => true);
    if (plugin) this.#logs.show(visibleLine(plugin.name), plugin.path, await this.#plugins.manager());
  }

  async #openFile(node?: PluginNode): Promise<void> {
    const plugin = await this.#chosen(node, () => true);
    if (plugin) await vscode.window.showTextDocument(vscode.Uri.file(plugin.entry));
  }

  /** The plugin of a node, or one the person picks among those the command is about. */
  async #chosen(node: PluginNode | undefined, wanted: Wanted): Promise<PluginInfo | undefined> {
    const all = await this.#plugins.all();
    if (node !== undefined) return all.find(({ path }) => path === node.plugin.path);
    const choices = all.filter(wanted);
    if (choices.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("There is no plugin in this folder that this could be done with."),
      );
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(
      choices.map((plugin) => ({
        label: visibleLine(plugin.name),
        description: `${plugin.version ?? ""} · ${stateWords(plugin.state)}`,
        plugin,
      })),
      { placeHolder: vscode.l10n.t("Choose a plugin") },
    );
    return picked?.plugin;
  }
}

const NAME_RULE = (): string =>
  vscode.l10n.t("a name has 1 to 32 letters, digits, _ or -, begins with a letter, does not end with _ and has no __");

async function askForName(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    prompt: vscode.l10n.t("Name of the plugin"),
    placeHolder: "my_plugin",
    validateInput: (text) => (PLUGIN_NAME.test(text) ? undefined : NAME_RULE()),
  });
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
