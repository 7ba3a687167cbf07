/** The dashboard this window serves: started and stopped from the palette, ended with the window. */
import * as vscode from "vscode";
import { InTurn } from "../../core/inTurn.ts";
import type { Logger } from "../../core/ports.ts";
import { SystemClock } from "../../core/systemClock.ts";
import type { DashboardServer } from "../../dashboard/dashboardServer.ts";
import { createCatalogue } from "../catalogue.ts";
import { commandId, type CommandName } from "../commands/command.ts";
import type { CommandHandler } from "../commands/registerCommands.ts";
import type { EngineHost } from "../engineHost.ts";
import type { VscodeSettings } from "../vscodeSettings.ts";

export interface WindowDashboardOptions {
  readonly host: EngineHost;
  readonly settings: VscodeSettings;
  readonly logger: Logger;
}

/** The pages, beside the bundle this file is part of. */
const PAGES = new URL("./webview/", import.meta.url);

export class WindowDashboard implements vscode.Disposable {
  readonly #options: WindowDashboardOptions;
  /** Starts and stops: each finds what the one before has left. */
  readonly #changes = new InTurn();
  #server: DashboardServer | undefined;

  constructor(options: WindowDashboardOptions) {
    this.#options = options;
  }

  get handlers() {
    return {
      startDashboard: () => this.start(),
      stopDashboard: () => this.stop(),
    } satisfies Partial<Record<CommandName, CommandHandler>>;
  }

  /** Serves it and offers to open it. Gives its link, or that of the one that is served already. */
  start(): Promise<string> {
    return this.#changes.run(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#changes.run(async () => {
      await this.#end();
      await showRuns(false);
    });
  }

  dispose(): void {
    void this.#changes.run(() => this.#end());
  }

  async #start(): Promise<string> {
    const { settings } = this.#options;
    await settings.load();
    this.#server ??= await this.#create();
    try {
      const link = await this.#server.start();
      await showRuns(true);
      void this.#offer(link, settings.get("dashboard.control"));
      return link;
    } catch (error) {
      // Another port may be set before the next try.
      this.#server = undefined;
      throw error;
    }
  }

  async #end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop();
  }

  async #create(): Promise<DashboardServer> {
    const { host, settings, logger } = this.#options;
    // Loaded here and not at activation: most windows never serve one.
    const dashboard = await import("../../dashboard/dashboardServer.ts");
    return new dashboard.DashboardServer({
      port: settings.get("dashboard.port"),
      control: settings.get("dashboard.control"),
      engine: () => host.get(),
      catalogue: createCatalogue(),
      assets: PAGES,
      clock: new SystemClock(),
      logger,
    });
  }

  async #offer(link: string, control: boolean): Promise<void> {
    const open = vscode.l10n.t("Open in Browser");
    const copy = vscode.l10n.t("Copy Link");
    const stop = vscode.l10n.t("Stop Dashboard");
    const { origin } = new URL(link);
    const words = control
      ? vscode.l10n.t(
          "The dashboard is served at {0}. Whoever has its link sees every session, and may stop and answer them.",
          origin,
        )
      : vscode.l10n.t("The dashboard is served at {0}. Whoever has its link sees every session.", origin);
    const choice = await vscode.window.showInformationMessage(words, open, copy, stop);
    if (choice === open) await vscode.env.openExternal(vscode.Uri.parse(link, true));
    else if (choice === copy) await vscode.env.clipboard.writeText(link);
    else if (choice === stop) await vscode.commands.executeCommand(commandId("stopDashboard"));
  }
}

function showRuns(runs: boolean): Thenable<unknown> {
  return vscode.commands.executeCommand("setContext", "aiOrchestrator.dashboardRuns", runs);
}
