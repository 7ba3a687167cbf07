/** The Sessions view: lazy, in pages, with live updates of single nodes. */
import * as vscode from "vscode";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { SessionState } from "../../core/sessions/sessionState.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { VersionFiles } from "../snapshots/versionFiles.ts";
import type { SessionFeed } from "./sessionFeed.ts";
import { canResume, describeSession, groupSessions, isRunning, type SessionNode } from "./sessionNodes.ts";
import { folderItem, groupItem, moreItem, outputItem, problemItem, stepItem } from "./sessionItems.ts";
import { SnapshotBranch } from "./snapshotBranch.ts";
import { changeItem, leftOutFileItem, leftOutItem, noteItem, versionItem } from "./snapshotItems.ts";

export const SESSIONS_VIEW = "aiOrchestrator.sessions";

export interface SessionsViewOptions {
  readonly feed: SessionFeed;
  readonly files: VersionFiles;
  /** Puts an error into words. */
  readonly words: (error: unknown) => string;
}

export class SessionsView implements vscode.TreeDataProvider<SessionNode>, vscode.Disposable {
  readonly #feed: SessionFeed;
  readonly #words: (error: unknown) => string;
  readonly #changed = new vscode.EventEmitter<SessionNode | undefined>();
  readonly #subscription: vscode.Disposable;
  /** Session nodes on screen, so that one of them can be refreshed alone. */
  readonly #nodes = new Map<string, SessionNode & { kind: "session" }>();
  readonly #snapshots: SnapshotBranch;
  #roots: readonly SessionNode[] = [];
  /** Sessions the person has opened: one that moves to another group stays open. */
  readonly #open = new Set<string>();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: SessionsViewOptions) {
    const { feed, words } = options;
    this.#feed = feed;
    this.#words = words;
    this.#snapshots = new SnapshotBranch(options);
    this.#subscription = feed.onDidChange((change) => {
      const node = change.sessionId === undefined || change.regroup ? undefined : this.#nodes.get(change.sessionId);
      this.#changed.fire(node);
    });
  }

  async getChildren(node?: SessionNode): Promise<SessionNode[]> {
    if (!node) return this.#loadRoots();
    switch (node.kind) {
      case "group":
        return node.sessions.map((row) => this.#sessionNode(row));
      case "session":
        return this.#sessionChildren(node.row);
      case "plan":
        return this.#steps(node.row);
      case "versions":
      case "version":
      case "leftOut":
        return this.#snapshots.children(node);
      case "outputs":
        return this.#outputs(node.row);
      default:
        return [];
    }
  }

  getTreeItem(node: SessionNode): vscode.TreeItem {
    switch (node.kind) {
      case "group":
        return groupItem(node.group, node.sessions.length);
      case "session":
        return this.#sessionItem(this.#feed.row(node.row.sessionId) ?? node.row);
      case "more":
        return moreItem(node);
      case "problem":
        return problemItem(node.words);
      case "plan":
        return folderItem(vscode.l10n.t("Plan"), "list-ordered", node.row, "plan", true);
      case "step":
        return stepItem(node.row, node.stepId, node.step);
      case "versions":
        return folderItem(vscode.l10n.t("Snapshots"), "history", node.row, "versions", false);
      case "version":
        return versionItem(node);
      case "change":
        return changeItem(node);
      case "leftOut":
        return leftOutItem(node);
      case "leftOutFile":
        return leftOutFileItem(node.within, node.file);
      case "note":
        return noteItem(node.within, node.words, node.isProblem);
      case "outputs":
        return folderItem(vscode.l10n.t("Outputs"), "files", node.row, "outputs", true);
      case "output":
        return outputItem(node.row, node.path);
    }
  }

  /** Remembers that the person opened or closed a node. */
  noteOpen(node: SessionNode, isOpen: boolean): void {
    if (node.kind !== "session") return;
    if (isOpen) this.#open.add(node.row.sessionId);
    else this.#open.delete(node.row.sessionId);
  }

  /** Shows how long what runs has been running by now. */
  refreshRunning(): void {
    for (const node of this.#nodes.values()) {
      const row = this.#feed.row(node.row.sessionId);
      if (row && isRunning(row)) this.#changed.fire(node);
    }
  }

  /** What VS Code needs to bring a node into view. */
  getParent(node: SessionNode): SessionNode | undefined {
    switch (node.kind) {
      case "session":
        return this.#roots.find(
          (root) => root.kind === "group" && root.sessions.some((row) => row.sessionId === node.row.sessionId),
        );
      case "plan":
      case "versions":
      case "outputs":
        return this.#nodes.get(node.row.sessionId);
      case "step":
        return { kind: "plan", row: node.row };
      case "version":
        return { kind: "versions", row: node.row };
      case "output":
        return { kind: "outputs", row: node.row };
      default:
        return undefined;
    }
  }

  /** The node of a session that is on a loaded page. */
  async nodeOf(sessionId: string): Promise<SessionNode | undefined> {
    if (this.#roots.length === 0) await this.#loadRoots();
    const row = this.#feed.row(sessionId);
    return row && (this.#nodes.get(sessionId) ?? this.#sessionNode(row));
  }

  /** The next page of what is in `node`, or of the sessions. */
  async loadMore(node?: SessionNode): Promise<void> {
    if (!node) return this.#feed.loadMore();
    this.#snapshots.showMore(node);
    this.#changed.fire(node);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #loadRoots(): Promise<SessionNode[]> {
    let page: Awaited<ReturnType<SessionFeed["rows"]>>;
    try {
      page = await this.#feed.rows();
    } catch (error) {
      return [{ kind: "problem", words: this.#words(error) }];
    }
    const { rows, hasMore } = page;
    this.#nodes.clear();
    const roots = groupSessions(rows, new Date());
    this.#roots = roots;
    if (hasMore) roots.push({ kind: "more" });
    return roots;
  }

  #sessionNode(row: SessionRow): SessionNode {
    const node = { kind: "session", row } as const;
    this.#nodes.set(row.sessionId, node);
    return node;
  }

  async #sessionChildren(row: SessionRow): Promise<SessionNode[]> {
    const current = this.#feed.row(row.sessionId) ?? row;
    const state = await this.#feed.state(row.sessionId);
    const children: SessionNode[] = [];
    if (Object.keys(state.workflow.steps).length > 0) children.push({ kind: "plan", row: current });
    children.push({ kind: "versions", row: current });
    if (outputsOf(state).length > 0) children.push({ kind: "outputs", row: current });
    return children;
  }

  async #steps(row: SessionRow): Promise<SessionNode[]> {
    const { workflow } = await this.#feed.state(row.sessionId);
    return Object.entries(workflow.steps).map(([stepId, step]) => ({ kind: "step", row, stepId, step }));
  }

  async #outputs(row: SessionRow): Promise<SessionNode[]> {
    return outputsOf(await this.#feed.state(row.sessionId)).map((path) => ({ kind: "output", row, path }));
  }

  #sessionItem(row: SessionRow): vscode.TreeItem {
    const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(labelOf(row), this.#open.has(row.sessionId) ? Expanded : Collapsed);
    item.id = `session:${row.sessionId}`;
    item.description = describeSession(row, Date.now());
    item.iconPath = statusIcon(row);
    item.contextValue = isRunning(row) ? "session.running" : canResume(row) ? "session.resumable" : "session.ended";
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(visibleText(row.goal.slice(0, 2000)));
    tooltip.appendMarkdown("\n\n---\n\n");
    tooltip.appendText(
      `${row.sessionId} · ${statusWord(row)} · ${row.folders.map(({ path }) => visibleLine(path)).join(", ")}`,
    );
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: `${labelOf(row)}, ${statusWord(row)}, ${item.description}` };
    return item;
  }
}

/** Short enough to leave room for the description, which a long label would push out of a narrow view. */
const LABEL_CHARACTERS = 36;

function labelOf(row: SessionRow): string {
  const title = visibleLine((row.title || row.goal).split("\n", 1)[0] ?? "");
  return title.length > LABEL_CHARACTERS ? `${title.slice(0, LABEL_CHARACTERS).trimEnd()}…` : title;
}

function outputsOf(state: SessionState): string[] {
  const fromSteps = Object.values(state.workflow.steps).flatMap((step) => step.outputs);
  return [...new Set([...fromSteps, ...(state.workflow.outputs ?? [])])];
}

const ICONS: Readonly<Record<SessionRow["effectiveStatus"], readonly [icon: string, color?: string]>> = {
  created: ["circle-outline"],
  planning: ["loading~spin"],
  running: ["sync~spin", "charts.blue"],
  completed: ["pass", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  interrupted: ["debug-pause", "charts.yellow"],
};

function statusIcon(row: SessionRow): vscode.ThemeIcon {
  const [icon, color] = ICONS[row.effectiveStatus];
  return color ? new vscode.ThemeIcon(icon, new vscode.ThemeColor(color)) : new vscode.ThemeIcon(icon);
}

function statusWord(row: SessionRow): string {
  switch (row.effectiveStatus) {
    case "created":
    case "planning":
      return vscode.l10n.t("planning");
    case "running":
      return vscode.l10n.t("running");
    case "completed":
      return vscode.l10n.t("completed");
    case "failed":
      return vscode.l10n.t("failed");
    case "interrupted":
      return vscode.l10n.t("interrupted");
  }
}
