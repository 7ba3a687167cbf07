/** The Agents view: agents at work in this window, and the definitions a run could use. */
import * as vscode from "vscode";
import type { AgentDefinition } from "../../core/agents/agentDefinition.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { EngineHost } from "../engineHost.ts";
import type { WindowRuns } from "../runs.ts";
import { workspaceFolders } from "../workspaceFolders.ts";
import type { AgentActivity, RunningAgent } from "./agentActivity.ts";
import { AgentProblems } from "./agentProblems.ts";
import { formatCount, formatElapsed } from "./sessionNodes.ts";

export const AGENTS_VIEW = "aiOrchestrator.agents";
export const AGENT_SCHEME = "ai-orchestrator-agent";

export type AgentNode =
  | { readonly kind: "running" }
  | { readonly kind: "definitions" }
  | { readonly kind: "agent"; readonly agent: RunningAgent }
  | { readonly kind: "definition"; readonly definition: AgentDefinition }
  | { readonly kind: "problem"; readonly path: string; readonly message: string };

export class AgentsView implements vscode.TreeDataProvider<AgentNode>, vscode.Disposable {
  readonly #host: EngineHost;
  readonly #activity: AgentActivity;
  readonly #problems = new AgentProblems();
  readonly #changed = new vscode.EventEmitter<AgentNode | undefined>();
  readonly #subscriptions: vscode.Disposable;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(host: EngineHost, activity: AgentActivity, runs: WindowRuns) {
    this.#host = host;
    this.#activity = activity;
    this.#subscriptions = vscode.Disposable.from(
      activity.onDidChange(() => this.#changed.fire(undefined)),
      runs.onDidChange(() => this.#changed.fire(undefined)),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire(undefined)),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (document.languageId === "markdown" && document.uri.path.includes("/agents/")) this.refresh();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire(undefined)),
    );
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(node?: AgentNode): Promise<AgentNode[]> {
    if (!node)
      return this.#activity.running.length > 0
        ? [{ kind: "running" }, { kind: "definitions" }]
        : [{ kind: "definitions" }];
    if (node.kind === "running") return this.#activity.running.map((agent) => ({ kind: "agent", agent }));
    if (node.kind !== "definitions") return [];
    const engine = await this.#host.get();
    const { definitions, problems } = await engine.agentDefinitions(workspaceFolders());
    this.#problems.show(problems);
    return [
      ...problems.map((problem): AgentNode => {
        const { path, detail } = problem.params as { path: string; detail: string };
        return { kind: "problem", path, message: detail };
      }),
      ...[...definitions.values()].map((definition): AgentNode => ({ kind: "definition", definition })),
    ];
  }

  getTreeItem(node: AgentNode): vscode.TreeItem {
    switch (node.kind) {
      case "running":
        return groupItem(vscode.l10n.t("Running"), "running", String(this.#activity.running.length));
      case "definitions":
        return groupItem(vscode.l10n.t("Definitions"), "definitions");
      case "agent":
        return agentItem(node.agent);
      case "definition":
        return definitionItem(node.definition);
      case "problem":
        return problemItem(node.path, node.message);
    }
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#problems.dispose();
    this.#changed.dispose();
  }
}

function groupItem(label: string, id: string, description?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = id;
  if (description) item.description = description;
  return item;
}

function agentItem(agent: RunningAgent): vscode.TreeItem {
  const item = new vscode.TreeItem(agent.agentId, vscode.TreeItemCollapsibleState.None);
  item.id = `agent:${agent.sessionId}:${agent.agentId}`;
  item.iconPath = new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue"));
  const title = visibleLine(agent.title);
  const figures = [
    ...(agent.tool ? [visibleLine(agent.tool)] : []),
    vscode.l10n.t("{0} tokens", formatCount(agent.tokens)),
    formatElapsed(Date.now() - agent.startedAt),
  ].join(" · ");
  item.description = `${title} · ${figures}`;
  item.tooltip = `${title}\n${figures}`;
  item.accessibilityInformation = { label: `${agent.agentId}, ${item.description}` };
  item.contextValue = "agent.running";
  item.command = {
    command: "aiOrchestrator.openMonitor",
    title: vscode.l10n.t("Open Live Monitor"),
    arguments: [agent.sessionId, { agentId: agent.agentId }],
  };
  return item;
}

function definitionItem(definition: AgentDefinition): vscode.TreeItem {
  const item = new vscode.TreeItem(definition.name, vscode.TreeItemCollapsibleState.None);
  item.id = `definition:${definition.name}`;
  item.iconPath = new vscode.ThemeIcon("person");
  item.description = visibleLine(definition.description);
  item.tooltip = new vscode.MarkdownString().appendText(
    `${visibleText(definition.description)}\n\n${vscode.l10n.t("Tools: {0}", definition.tools.map(visibleLine).join(", "))}`,
  );
  item.contextValue = "definition";
  const uri =
    definition.origin === "builtin"
      ? vscode.Uri.from({ scheme: AGENT_SCHEME, path: `/${definition.name}.md` })
      : vscode.Uri.file(definition.origin);
  item.command = { command: "vscode.open", title: vscode.l10n.t("Open"), arguments: [uri] };
  return item;
}

function problemItem(path: string, message: string): vscode.TreeItem {
  const uri = vscode.Uri.file(path);
  const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.None);
  item.id = `problem:${path}`;
  item.iconPath = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  item.description = visibleLine(message);
  item.tooltip = visibleLine(message);
  item.contextValue = "problem";
  item.command = { command: "vscode.open", title: vscode.l10n.t("Open"), arguments: [uri] };
  return item;
}
