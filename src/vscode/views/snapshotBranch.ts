/** The part of the Sessions view below a session's snapshots: versions, what each changed, what it leaves out. */
import * as vscode from "vscode";
import { keptBefore, isKept, type KeptVersion, type VersionFiles } from "../snapshots/versionFiles.ts";
import type { SessionFeed } from "./sessionFeed.ts";
import type { LeftOutNode, SessionNode, VersionNode } from "./sessionNodes.ts";
import { leftOutKey, versionKey } from "./snapshotItems.ts";

const PAGE = 100;

export interface SnapshotBranchOptions {
  readonly feed: SessionFeed;
  readonly files: VersionFiles;
  /** Puts an error into words. */
  readonly words: (error: unknown) => string;
}

type SnapshotNode = Extract<SessionNode, { kind: "versions" | "version" | "leftOut" }>;

export class SnapshotBranch {
  readonly #options: SnapshotBranchOptions;
  /** How many children of a node are shown. */
  readonly #limits = new Map<string, number>();

  constructor(options: SnapshotBranchOptions) {
    this.#options = options;
  }

  async children(node: SnapshotNode): Promise<SessionNode[]> {
    switch (node.kind) {
      case "versions":
        return this.#page(node, await this.#versions(node.row.sessionId, node));
      case "version":
        return this.#filesOf(node);
      case "leftOut":
        return this.#page(
          node,
          node.files.map((file) => ({ kind: "leftOutFile", within: node, file })),
        );
    }
  }

  /** Shows a page more of the children of `node`. */
  showMore(node: SessionNode): void {
    const key = keyOf(node);
    this.#limits.set(key, (this.#limits.get(key) ?? PAGE) + PAGE);
  }

  async #versions(sessionId: string, { row }: SnapshotNode & { kind: "versions" }): Promise<VersionNode[]> {
    const { feed } = this.#options;
    const [versions, { workflow }] = await Promise.all([feed.versions(sessionId), feed.state(sessionId)]);
    const current = feed.row(sessionId) ?? row;
    return versions.toReversed().map((version) => ({
      kind: "version",
      row: current,
      version,
      before: keptBefore(versions, version),
      stepTitle: version.stepId === null ? undefined : workflow.steps[version.stepId]?.title,
    }));
  }

  async #filesOf(node: VersionNode): Promise<SessionNode[]> {
    const { files, words } = this.#options;
    const { row, version, before, stepTitle } = node;
    if (!isKept(version)) return [];
    const note = (words: string, isProblem = false): SessionNode => ({ kind: "note", within: node, words, isProblem });
    try {
      const [leftOut, changes] = await Promise.all([
        files.leftOut(version.manifest),
        before ? files.changes(before.manifest, version.manifest) : undefined,
      ]);
      const end: SessionNode[] =
        leftOut.length > 0 ? [{ kind: "leftOut", row, version, before, stepTitle, files: leftOut }] : [];
      if (!before || !changes) return [note(withoutBefore(version)), ...end];
      if (changes.length === 0) return [note(vscode.l10n.t("Nothing differs from {0}.", before.versionId)), ...end];
      const nodes = changes.map((change): SessionNode => ({
        kind: "change",
        row,
        version,
        before,
        stepTitle,
        change,
      }));
      return [...this.#page(node, nodes), ...end];
    } catch (error) {
      return [note(words(error), true)];
    }
  }

  #page(within: SnapshotNode, nodes: readonly SessionNode[]): SessionNode[] {
    const limit = this.#limits.get(keyOf(within)) ?? PAGE;
    return nodes.length <= limit ? [...nodes] : [...nodes.slice(0, limit), { kind: "more", within }];
  }
}

function withoutBefore({ reason }: KeptVersion): string {
  return reason === "session_created"
    ? vscode.l10n.t("The folder before any agent changed it.")
    : vscode.l10n.t("No earlier snapshot is kept to compare with.");
}

function keyOf(node: SessionNode): string {
  if (node.kind === "version") return versionKey(node);
  if (node.kind === "leftOut") return leftOutKey(node satisfies LeftOutNode);
  return node.kind === "versions" ? `versions:${node.row.sessionId}` : node.kind;
}
