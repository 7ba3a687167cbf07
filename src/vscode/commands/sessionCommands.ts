/** Commands on sessions that exist: resume, run a part again, pause and continue. */
import * as vscode from "vscode";
import type { ResumeRequest } from "../../core/orchestrator/resumption.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import type { WindowRuns } from "../runs.ts";
import { withFolders } from "../snapshots/boundFolders.ts";
import { canResume, isRunning, sessionIdOf, type SessionTarget } from "../views/sessionNodes.ts";
import { pickSession } from "../views/pickSession.ts";
import type { RunProgress } from "./runProgress.ts";

export interface SessionCommandsOptions {
  readonly host: EngineHost;
  readonly runs: WindowRuns;
  readonly progress: RunProgress;
  readonly messages: Messages;
}

export class SessionCommands {
  readonly #options: SessionCommandsOptions;

  constructor(options: SessionCommandsOptions) {
    this.#options = options;
  }

  /** Goes on with a session that was interrupted or failed. Resolves with its id, or undefined when cancelled. */
  async resume(target?: SessionTarget): Promise<string | undefined> {
    const sessionId =
      sessionIdOf(target) ?? (await this.#pick(canResume, vscode.l10n.t("Which session should go on?")));
    return sessionId === undefined ? undefined : this.#resume({ sessionId });
  }

  /** Keeps the steps up to one the person chooses and runs what depends on it again. */
  async resumeFromStep(target?: SessionTarget): Promise<string | undefined> {
    const sessionId =
      sessionIdOf(target) ?? (await this.#pick(hasEnded, vscode.l10n.t("Of which session should a part run again?")));
    if (sessionId === undefined) return undefined;
    const engine = await this.#options.host.get();
    const { workflow } = await engine.sessions.getActiveSession(sessionId);
    const done = Object.entries(workflow.steps).filter(([, step]) => step.status === "completed");
    const items = done.map(([stepId, step]) => ({ label: step.title, description: stepId, stepId }));
    const placeHolder = vscode.l10n.t("Which is the last step to keep? What depends on it runs again.");
    const picked = await vscode.window.showQuickPick(items, { placeHolder });
    return picked && this.#resume({ sessionId, fromStep: picked.stepId });
  }

  /** Goes on with a plan the person has changed. */
  async editPlan(target?: SessionTarget): Promise<string | undefined> {
    const sessionId =
      sessionIdOf(target) ?? (await this.#pick(hasEnded, vscode.l10n.t("Of which session should the plan change?")));
    if (sessionId === undefined) return undefined;
    const engine = await this.#options.host.get();
    const { workflow } = await engine.sessions.getActiveSession(sessionId);
    if (!workflow.plan) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("The session has no plan yet. Resume it to have it planned."),
      );
      return undefined;
    }
    const { askForPlan } = await import("./planInput.ts");
    const plan = await askForPlan(workflow.plan);
    return plan && this.#resume({ sessionId, plan });
  }

  /** Runs one step again from its beginning, and what depends on it. */
  async retryStep(target?: SessionTarget): Promise<string | undefined> {
    if (typeof target !== "object" || target.kind !== "step") return undefined;
    return this.#resume({ sessionId: target.row.sessionId, retrySteps: [target.stepId] });
  }

  /** Agents hold before their next model request. */
  async pause(target?: SessionTarget): Promise<void> {
    await this.#send("pause", target);
  }

  async continue(target?: SessionTarget): Promise<void> {
    await this.#send("continue", target);
  }

  /** Asks for the folder where the session knows none here, or its own is gone. */
  async #resume(request: ResumeRequest): Promise<string | undefined> {
    const { host, runs, progress, messages } = this.#options;
    const { sessions } = await host.get();
    const row = await sessions.getSession(request.sessionId);
    const started = await withFolders(row, messages, (workspaceFolders) =>
      runs.resume({ ...request, ...(workspaceFolders ? { workspaceFolders } : {}) }),
    );
    if (!started) return undefined;
    const { folders } = await sessions.getSession(request.sessionId);
    progress.accompany(row.goal, started, folders);
    return request.sessionId;
  }

  async #send(kind: "pause" | "continue", target: SessionTarget): Promise<void> {
    const { host, runs } = this.#options;
    const here = runs.all.length === 1 ? runs.all[0]?.running.sessionId : undefined;
    const sessionId = sessionIdOf(target) ?? here ?? (await this.#pick(isRunning, vscode.l10n.t("Which session?")));
    if (sessionId === undefined) return;
    const engine = await host.get();
    const outcome = await engine.control.send(sessionId, kind, null, "VS Code");
    if (outcome.accepted) return;
    const words =
      kind === "pause" ? vscode.l10n.t("The session is paused already.") : vscode.l10n.t("The session is not paused.");
    void vscode.window.showInformationMessage(words);
  }

  #pick(fits: (row: SessionRow) => boolean, placeHolder: string): Promise<string | undefined> {
    return pickSession(this.#options.host, { fits, placeHolder, nothing: vscode.l10n.t("There is no such session.") });
  }
}

function hasEnded(row: SessionRow): boolean {
  return !isRunning(row);
}
