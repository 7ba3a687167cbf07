/**
 * Restores with a preview: what would change is shown and chosen, conflicts are decided, unsaved editors respected,
 * and only then is a file touched. What was there is a version of its own, so that it can be undone.
 */
import * as vscode from "vscode";
import { nextVersionId } from "../../core/sessions/versionIds.ts";
import type {
  ConflictChoice,
  PlannedConflict,
  RestoreTarget,
  SessionRestorePlan,
  SessionRestoreResult,
} from "../../core/sessions/restorePlan.ts";
import type { Engine } from "../../core/engine.ts";
import { visibleLine } from "../../core/policy/visibleText.ts";
import type { WorkspaceFolder } from "../../core/ports.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import { showSettledWork, showWork } from "../longWork.ts";
import type { Messages } from "../messages.ts";
import { shortGoal, withoutLinks } from "../notificationText.ts";
import { sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { withFolders } from "./boundFolders.ts";
import { folderSide, sideOf, titleOf } from "./compareCommands.ts";
import { pickVersion } from "./pickVersion.ts";
import type { RestoreDialogs } from "./restoreDialogs.ts";
import { confirmationDetail, resultWords } from "./restoreWords.ts";
import { showDifference, showDifferences, type Comparison } from "./showDifferences.ts";
import { saveFiles, unsavedFiles } from "./unsavedFiles.ts";

export interface RestoreCommandsOptions {
  readonly host: EngineHost;
  readonly messages: Messages;
  readonly dialogs: RestoreDialogs;
}

/** What is restored, and how it is called. */
interface Restore {
  readonly engine: Engine;
  readonly row: SessionRow;
  readonly target: RestoreTarget;
  /** `v3 of "Goal"` */
  readonly name: string;
}

interface Decisions {
  readonly changes: ReadonlyMap<string, boolean>;
  readonly conflicts: ReadonlyMap<string, ConflictChoice>;
}

export class RestoreCommands {
  readonly #options: RestoreCommandsOptions;

  constructor(options: RestoreCommandsOptions) {
    this.#options = options;
  }

  /** A version, one file of it, or what one step did, by what it is called on. */
  async restore(target?: SessionTarget): Promise<void> {
    const node = typeof target === "object" ? target : undefined;
    if (node?.kind === "change") {
      const { row, version, change } = node;
      await this.#run({ sessionId: row.sessionId, versionId: version.versionId, paths: [change.path] });
      return;
    }
    if (node?.kind === "version") {
      await this.#run({ sessionId: node.row.sessionId, versionId: node.version.versionId });
      return;
    }
    const placeHolder = vscode.l10n.t("Restore which snapshot? You see what changes before anything does.");
    const picked = await pickVersion(this.#options.host, { sessionId: sessionIdOf(target), placeHolder });
    if (picked) await this.#run({ sessionId: picked.row.sessionId, versionId: picked.version.versionId });
  }

  /** True when the folder is now what the version says, as far as the person wanted that. */
  async restoreVersion(sessionId: string, versionId: string): Promise<boolean> {
    return this.#run({ sessionId, versionId });
  }

  /** What a step did to the files, or an agent the person chooses. */
  async takeBack(target?: SessionTarget): Promise<void> {
    const sessionId = sessionIdOf(target);
    if (sessionId === undefined) return;
    if (typeof target === "object" && target.kind === "step") {
      await this.#run({ sessionId, stepId: target.stepId });
      return;
    }
    const { sessions } = await this.#options.host.get();
    const { agents, workflow } = await sessions.getActiveSession(sessionId);
    const items = Object.entries(agents).map(([agentId, { stepId }]) => ({
      label: agentId,
      description: stepId === null ? "" : (workflow.steps[stepId]?.title ?? stepId),
    }));
    const placeHolder = vscode.l10n.t("Take back the changes of which agent?");
    const picked = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true });
    if (picked) await this.#run({ sessionId, agentId: picked.label });
  }

  /** False when the person gave it up. */
  async #run(target: RestoreTarget): Promise<boolean> {
    const engine = await this.#options.host.get();
    const row = await engine.sessions.getSession(target.sessionId);
    const restore = { engine, row, target, name: nameOf(target, row) };
    const plan = await this.#plan(restore);
    if (!plan) return false;
    if (plan.changes.length + plan.conflicts.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Nothing is to be restored: the files are as in {0} already.", restore.name),
      );
      return true;
    }
    return this.#withPreview(restore, plan, async () => {
      const choices = await this.#decide(restore, plan);
      if (!choices || !(await this.#confirm(restore, plan, choices))) return false;
      await this.#apply(restore, plan, choices);
      return true;
    });
  }

  /** Files with unsaved changes are saved if the person wants that, and left alone otherwise. */
  async #plan({ engine, row, target, name }: Restore): Promise<SessionRestorePlan | undefined> {
    const { messages, dialogs } = this.#options;
    let chosen: readonly WorkspaceFolder[] | undefined;
    for (;;) {
      const plan = await withFolders(row, messages, (workspaceFolders = chosen) =>
        showWork(vscode.l10n.t("Looking what restoring {0} changes", name), async (options) => {
          const open = await unsavedFiles(workspaceFolders ?? row.folders);
          const bound = workspaceFolders ? { workspaceFolders } : {};
          return engine.restores.plan(target, { ...options, ...bound, unsaved: [...open.keys()] });
        }),
      );
      const inEditors = plan?.conflicts.filter(({ reason }) => reason === "unsaved") ?? [];
      if (!plan || inEditors.length === 0) return plan;
      const answer = await dialogs.askAboutUnsaved(inEditors.map(({ path }) => path));
      if (answer !== "save") return answer === "keep" ? plan : undefined;
      const open = await unsavedFiles(plan.folders);
      const failed = await saveFiles(inEditors.flatMap(({ path }) => open.get(path) ?? []));
      if (failed.length > 0) {
        const paths = failed.map(({ fsPath }) => visibleLine(fsPath)).join(", ");
        const words = vscode.l10n.t("These files could not be saved: {0}. Save them, then restore again.", paths);
        void vscode.window.showWarningMessage(withoutLinks(words));
        return undefined;
      }
      chosen = plan.folders;
    }
  }

  /** Shows what would change behind the questions, and closes that afterwards. */
  async #withPreview<Result>(restore: Restore, plan: SessionRestorePlan, ask: () => Promise<Result>): Promise<Result> {
    const comparison = comparisonOf(restore, plan);
    await showDifferences([...plan.changes, ...plan.conflicts], comparison);
    const preview = vscode.window.tabGroups.activeTabGroup.activeTab;
    try {
      return await ask();
    } finally {
      const isPreview = preview?.label.startsWith(comparison.title) === true;
      const isOpen = vscode.window.tabGroups.all.some(({ tabs }) => preview && tabs.includes(preview));
      if (preview && isPreview && isOpen) await vscode.window.tabGroups.close(preview, true);
    }
  }

  async #decide(restore: Restore, plan: SessionRestorePlan): Promise<Decisions | undefined> {
    const { dialogs } = this.#options;
    const title = vscode.l10n.t("Restore {0}", restore.name);
    const open = plan.conflicts.filter(({ reason }) => reason !== "unsaved");
    const totalSteps = (plan.changes.length > 0 ? 1 : 0) + (open.length > 0 ? 1 : 0);
    let wanted: ReadonlySet<string> = new Set();
    if (plan.changes.length > 0) {
      const chosen = await dialogs.chooseChanges({ title, step: 1, totalSteps }, plan.changes);
      if (!chosen) return undefined;
      wanted = chosen;
    }
    const conflicts = new Map<string, ConflictChoice>();
    for (const [index, conflict] of open.entries()) {
      if (conflicts.has(conflict.path)) continue;
      const answer = await dialogs.decideConflict({
        title,
        step: totalSteps,
        totalSteps,
        conflict,
        index,
        count: open.length,
        merged: conflict.canMerge ? await restore.engine.restores.merge(plan, conflict.path) : undefined,
        showDifference: () => showDifference(conflict, comparisonOf(restore, plan)),
      });
      if (!answer) return undefined;
      const rest = answer.forAll ? open.slice(index) : [conflict];
      // What cannot be undone is never part of an answer for many.
      const isAsked = ({ path, reason }: PlannedConflict): boolean =>
        answer.decision === "take" && reason === "notCaptured" && path !== conflict.path;
      for (const other of rest) if (!isAsked(other)) conflicts.set(other.path, answer.decision);
    }
    return { changes: new Map(plan.changes.map(({ path }) => [path, wanted.has(path)])), conflicts };
  }

  async #confirm(restore: Restore, plan: SessionRestorePlan, { changes, conflicts }: Decisions): Promise<boolean> {
    const chosen = plan.changes.filter(({ path }) => changes.get(path));
    const decided = (decision: ConflictChoice): string[] =>
      plan.conflicts.map(({ path }) => path).filter((path) => (conflicts.get(path) ?? "keep") === decision);
    if (chosen.length + decided("take").length + decided("merge").length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing was chosen, so nothing was restored."));
      return false;
    }
    const safety = nextVersionId(await restore.engine.sessions.listVersions(restore.row.sessionId));
    const decisions = { taken: decided("take"), merged: decided("merge"), kept: decided("keep") };
    const detail = confirmationDetail(plan, chosen, decisions, safety);
    return this.#options.dialogs.confirm(vscode.l10n.t("Restore {0}?", restore.name), detail);
  }

  async #apply(restore: Restore, plan: SessionRestorePlan, choices: Decisions): Promise<void> {
    // Somebody may have typed since the plan was made.
    const open = await unsavedFiles(plan.folders);
    const changes = new Map(choices.changes);
    for (const path of open.keys()) changes.set(path, false);
    const conflicts = new Map([...choices.conflicts].filter(([path]) => !open.has(path)));
    const title = vscode.l10n.t("Restoring {0}", restore.name);
    const result = await showSettledWork(title, restore.engine.restores.apply(plan, { changes, conflicts }));
    this.#tell(restore, plan, result).catch((error: unknown) => this.#options.messages.showError(error));
  }

  async #tell(restore: Restore, plan: SessionRestorePlan, result: SessionRestoreResult): Promise<void> {
    const { safetyVersionId, effects, merged, failed } = result;
    const undo = vscode.l10n.t("Undo");
    const show = vscode.l10n.t("Show Changes");
    const open = vscode.l10n.t("Open Merged File");
    const marked = merged.find(({ conflicts }) => conflicts > 0);
    const buttons = safetyVersionId === undefined ? [] : [undo, show, ...(marked ? [open] : [])];
    const words = withoutLinks(resultWords(vscode.l10n.t("Restore {0}", restore.name), result));
    const choice =
      failed.length > 0
        ? await vscode.window.showWarningMessage(words, ...buttons)
        : await vscode.window.showInformationMessage(words, ...buttons);
    if (safetyVersionId === undefined || choice === undefined) return;
    if (choice === undo)
      await this.#undo(
        restore,
        safetyVersionId,
        effects.map(({ path }) => path),
      );
    else if (choice === show) await this.#showDone(restore, plan, safetyVersionId);
    else if (marked)
      await vscode.window.showTextDocument(folderSide(sessionOf(restore, plan), plan.before)(marked.path));
  }

  /** At once, if nothing of it is in doubt. */
  async #undo({ engine, row }: Restore, versionId: string, paths: readonly string[]): Promise<void> {
    const target = { sessionId: row.sessionId, versionId, paths };
    const restore = { engine, row, target, name: nameOf(target, row) };
    const plan = await engine.restores.plan(target, { unsaved: [...(await unsavedFiles(row.folders)).keys()] });
    if (plan.conflicts.length > 0) await this.#run(target);
    else await this.#apply(restore, plan, { changes: new Map(), conflicts: new Map() });
  }

  async #showDone(restore: Restore, plan: SessionRestorePlan, safetyVersionId: string): Promise<void> {
    const session = sessionOf(restore, plan);
    const { files } = restore.engine;
    const safety = { sessionId: session.sessionId, versionId: safetyVersionId };
    const { changes, manifest } = await files.changesInWorkspace(safety, { workspaceFolders: plan.folders });
    const after = folderSide(session, manifest);
    await showDifferences(changes, {
      title: vscode.l10n.t("{0} ↔ the folder now", safetyVersionId),
      before: sideOf(restore, { manifest: plan.before, versionId: safetyVersionId }, after),
      after,
    });
  }
}

function nameOf(target: RestoreTarget, row: SessionRow): string {
  const goal = titleOf(row);
  if ("stepId" in target) return vscode.l10n.t('what the step {0} of "{1}" did', shortGoal(target.stepId), goal);
  if ("agentId" in target) return vscode.l10n.t('what {0} did in "{1}"', shortGoal(target.agentId), goal);
  const [path] = target.paths ?? [];
  return path === undefined || target.paths?.length !== 1
    ? vscode.l10n.t('{0} of "{1}"', target.versionId, goal)
    : vscode.l10n.t("{0} as in {1}", shortGoal(path), target.versionId);
}

function sessionOf({ row }: Restore, { folders }: SessionRestorePlan): Pick<SessionRow, "sessionId" | "folders"> {
  return { sessionId: row.sessionId, folders };
}

/** From the files as they are to what they would be; both as they were when the plan was made. */
function comparisonOf(restore: Restore, plan: SessionRestorePlan): Comparison {
  const name = plan.versionId ?? vscode.l10n.t("the state before");
  return {
    title: vscode.l10n.t("Restore {0}: the folder now ↔ restored", restore.name),
    before: sideOf(restore, { manifest: plan.before, versionId: vscode.l10n.t("the folder") }),
    after: sideOf(restore, { manifest: plan.after, versionId: name }),
  };
}
