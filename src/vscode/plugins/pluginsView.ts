/** The Plugins view: each plugin with its state, below it what it may do and has done, and what went wrong. */
import * as vscode from "vscode";
import { meaningOf } from "../../core/plugins/permissions.ts";
import type { PluginInfo } from "../../core/plugins/pluginInfo.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import { commandId } from "../commands/command.ts";
import type { Messages } from "../messages.ts";
import type { WindowPlugins } from "./windowPlugins.ts";

export const PLUGINS_VIEW = "aiOrchestrator.plugins";

export type PluginNode =
  | { readonly kind: "plugin"; readonly plugin: PluginInfo }
  | { readonly kind: "error"; readonly plugin: PluginInfo }
  | { readonly kind: "permission"; readonly plugin: PluginInfo; readonly permission: string; readonly used: number }
  | { readonly kind: "tool" | "agentType"; readonly plugin: PluginInfo; readonly name: string };

export class PluginsView implements vscode.TreeDataProvider<PluginNode>, vscode.Disposable {
  readonly #plugins: WindowPlugins;
  readonly #messages: Messages;
  readonly #changed = new vscode.EventEmitter<PluginNode | undefined>();
  readonly #subscription: vscode.Disposable;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(plugins: WindowPlugins, messages: Messages) {
    this.#plugins = plugins;
    this.#messages = messages;
    this.#subscription = plugins.onDidChange(() => this.#changed.fire(undefined));
  }

  async getChildren(node?: PluginNode): Promise<PluginNode[]> {
    if (node === undefined) {
      if (!vscode.workspace.isTrusted) return [];
      return (await this.#plugins.all()).map((plugin) => ({ kind: "plugin", plugin }));
    }
    if (node.kind !== "plugin") return [];
    const { plugin } = node;
    return [
      ...(plugin.error === undefined ? [] : [{ kind: "error" as const, plugin }]),
      ...plugin.permissions.map(({ permission, used }) => ({ kind: "permission" as const, plugin, permission, used })),
      ...plugin.tools.map((name) => ({ kind: "tool" as const, plugin, name })),
      ...plugin.agentTypes.map((name) => ({ kind: "agentType" as const, plugin, name })),
    ];
  }

  getTreeItem(node: PluginNode): vscode.TreeItem {
    switch (node.kind) {
      case "plugin":
        return pluginItem(node.plugin, node.plugin.error && this.#messages.words(node.plugin.error));
      case "error": {
        const words = this.#messages.words(node.plugin.error);
        const { state } = node.plugin;
        const waits = state === "needsGrant" || state === "changed";
        const label = waits ? vscode.l10n.t("Review and grant…") : visibleLine(words);
        const item = leaf(node.plugin, "error", label, new vscode.ThemeIcon(waits ? "shield" : "info"));
        item.tooltip = words;
        if (waits) item.command = { command: commandId("reviewPlugin"), title: label, arguments: [node] };
        return item;
      }
      case "permission":
        return this.#permissionItem(node);
      case "tool":
        return leaf(node.plugin, `tool:${node.name}`, visibleLine(node.name), new vscode.ThemeIcon("tools"));
      case "agentType":
        return leaf(node.plugin, `agent:${node.name}`, visibleLine(node.name), new vscode.ThemeIcon("person"));
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #permissionItem({ plugin, permission, used }: Extract<PluginNode, { kind: "permission" }>): vscode.TreeItem {
    const isNode = permission === "runtime:node";
    const icon = isNode
      ? new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"))
      : new vscode.ThemeIcon("key");
    const item = leaf(plugin, `permission:${permission}`, visibleLine(permission), icon);
    const { code, params } = meaningOf(permission);
    const meaning = visibleLine(this.#messages.wordsOfCode(code, params));
    const uses = used === 0 ? vscode.l10n.t("not used yet") : vscode.l10n.t("used {0} times", used);
    item.description = isNode ? "" : uses;
    item.tooltip = isNode ? meaning : `${meaning}\n${uses}`;
    return item;
  }
}

function pluginItem(plugin: PluginInfo, problem: string | undefined): vscode.TreeItem {
  const { name, version = "", state, path, description } = plugin;
  const item = new vscode.TreeItem(visibleLine(name), vscode.TreeItemCollapsibleState.Collapsed);
  const words = stateWords(state);
  item.id = `plugin:${path}`;
  item.iconPath = stateIcon(state);
  item.description = `${visibleLine(version)} · ${words}`.replace(/^ · /, "");
  const lines = [description, problem, path].filter((line) => line !== undefined && line !== "") as string[];
  item.tooltip = new vscode.MarkdownString().appendText(lines.map(visibleLine).join("\n\n"));
  item.accessibilityInformation = { label: `${visibleLine(name)}, ${item.description}` };
  item.contextValue = `plugin.${state}`;
  return item;
}

function leaf(plugin: PluginInfo, id: string, label: string, icon: vscode.ThemeIcon): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = `plugin:${plugin.path}:${id}`;
  item.iconPath = icon;
  item.contextValue = "pluginDetail";
  return item;
}

export function stateWords(state: PluginInfo["state"]): string {
  switch (state) {
    case "running":
      return vscode.l10n.t("running");
    case "ready":
      return vscode.l10n.t("granted");
    case "restarting":
      return vscode.l10n.t("being started again");
    case "needsGrant":
      return vscode.l10n.t("not granted");
    case "changed":
      return vscode.l10n.t("changed since it was granted");
    case "disabled":
      return vscode.l10n.t("disabled");
    case "failed":
      return vscode.l10n.t("failed");
  }
}

function stateIcon(state: PluginInfo["state"]): vscode.ThemeIcon {
  switch (state) {
    case "running":
      return new vscode.ThemeIcon("pass-filled", new vscode.ThemeColor("charts.green"));
    case "ready":
      return new vscode.ThemeIcon("plug");
    case "restarting":
      return new vscode.ThemeIcon("sync~spin");
    case "needsGrant":
    case "changed":
      return new vscode.ThemeIcon("shield", new vscode.ThemeColor("list.warningForeground"));
    case "disabled":
      return new vscode.ThemeIcon("circle-slash");
    case "failed":
      return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  }
}
