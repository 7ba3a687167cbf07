/** Accompanies a run for the person who started it: progress with cancel, then the result or the next step. */
import * as vscode from "vscode";
import type { WorkspaceFolder } from "../../core/ports.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";
import type { MonitorPanels } from "../monitor/monitorPanels.ts";
import { shortGoal } from "../notificationText.ts";
import type { RunEnding, StartedRun, WindowRun, WindowRuns } from "../runs.ts";
import { outputUri } from "../views/sessionItems.ts";
import type { VscodeSettings } from "../vscodeSettings.ts";

export interface RunProgressOptions {
  readonly host: EngineHost;
  readonly runs: WindowRuns;
  readonly monitors: MonitorPanels;
  readonly messages: Messages;
  readonly settings: VscodeSettings;
}

export class RunProgress {
  readonly #options: RunProgressOptions;

  constructor(options: RunProgressOptions) {
    this.#options = options;
  }

  /** Opens the monitor, if the person wants that, and stays until the run has ended. */
  accompany(goal: string, { running, ended }: StartedRun, folders: readonly WorkspaceFolder[]): void {
    const { settings, monitors, messages } = this.#options;
    if (settings.get("monitor.openOnRun")) monitors.open(running.sessionId);
    this.#show(goal, running.sessionId, ended, folders).catch((error: unknown) => messages.showError(error));
  }

  async #show(
    goal: string,
    sessionId: string,
    ended: Promise<RunEnding | undefined>,
    folders: readonly WorkspaceFolder[],
  ): Promise<void> {
    const { host, runs, monitors, messages } = this.#options;
    const title = shortGoal(goal);
    const ending = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (progress, token) => {
        token.onCancellationRequested(async () => {
          const engine = await host.get();
          await engine.control.stop(sessionId, "VS Code").catch((error: unknown) => messages.showError(error));
        });
        const report = (): void => {
          const run = runs.all.find(({ running }) => running.sessionId === sessionId);
          if (run) progress.report({ message: progressOf(run) });
        };
        report();
        const reporting = runs.onDidChange(report);
        try {
          return await ended;
        } finally {
          reporting.dispose();
        }
      },
    );
    if (ending?.type === "workflow_completed") await this.#showResult(title, sessionId, ending.outputs[0], folders);
    else if (ending?.type === "workflow_failed") {
      messages.showError(messages.revive(ending.error), () => monitors.open(sessionId));
    }
  }

  async #showResult(
    title: string,
    sessionId: string,
    output: string | undefined,
    folders: readonly WorkspaceFolder[],
  ): Promise<void> {
    const open = vscode.l10n.t("Open Result");
    const show = vscode.l10n.t("Open Monitor");
    const words = vscode.l10n.t("The goal is reached: {0}", title);
    const choice = await vscode.window.showInformationMessage(words, ...(output ? [open] : []), show);
    const uri = choice === open && output ? outputUri({ folders }, output) : undefined;
    if (uri) await vscode.commands.executeCommand("vscode.open", uri);
    else if (choice === show) this.#options.monitors.open(sessionId);
  }
}

function progressOf({ stepsTotal, stepsDone, agents }: WindowRun): string {
  if (stepsTotal === 0) return vscode.l10n.t("planning");
  const steps = vscode.l10n.t("{0} of {1} steps", stepsDone, stepsTotal);
  return agents.size === 0 ? steps : `${steps} · ${[...agents].join(", ")}`;
}
