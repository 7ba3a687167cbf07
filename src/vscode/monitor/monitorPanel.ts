/** One session in one webview panel: what VS Code adds to the monitor that every host has. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { isOrchestratorError, messageOf } from "../../core/errors.ts";
import type { Effect } from "../../core/events/event.ts";
import { onDidChange } from "../../core/onDidChange.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import { SystemClock } from "../../core/systemClock.ts";
import type { CommandKind } from "../../core/store/sessionStore.ts";
import type { Refusal } from "../../protocol/hostMessage.ts";
import { monitorHtml } from "../../protocol/monitorPage.ts";
import { SessionMonitor } from "../../protocol/sessionMonitor.ts";
import { commandId } from "../commands/command.ts";
import type { Engine } from "../../core/engine.ts";
import { outputUri } from "../views/sessionItems.ts";
import { showEffect } from "./contentDocuments.ts";
import type { MonitorPanelsOptions, MonitorTarget } from "./monitorPanels.ts";

export interface MonitorPanelOptions extends MonitorPanelsOptions {
  readonly sessionId: string;
  readonly panel: vscode.WebviewPanel;
  readonly target: MonitorTarget;
}

/** Rhythm of updates: an eye on the panel sees every frame, a glance aside needs less. */
const ACTIVE_MILLISECONDS = 16;
const VISIBLE_MILLISECONDS = 50;
const TITLE_CHARACTERS = 30;

export class MonitorPanel implements vscode.Disposable {
  readonly #options: MonitorPanelOptions;
  readonly #subscriptions: vscode.Disposable[] = [];
  #monitor: SessionMonitor | undefined;
  /** What the page said before the engine was there. */
  #early: unknown[] = [];
  #isDisposed = false;

  constructor(options: MonitorPanelOptions) {
    this.#options = options;
    const { panel, extensionUri } = options;
    // A tab's icon is drawn as it is; unlike the activity bar's it takes no colour of the theme.
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, "media", "monitor-light.svg"),
      dark: vscode.Uri.joinPath(extensionUri, "media", "monitor-dark.svg"),
    };
    this.#subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        if (this.#monitor) this.#monitor.receive(message);
        else if (this.#early.length < MOST_EARLY) this.#early.push(message);
      }),
      panel.onDidChangeViewState(() => this.#monitor?.flushLater()),
    );
    const asset = (name: string): string =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", "webview", name)).toString();
    panel.webview.html = monitorHtml({
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(24).toString("base64"),
      scriptUri: asset("monitor.js"),
      styleUri: asset("monitor.css"),
      language: vscode.env.language,
    });
    void this.#begin();
  }

  reveal(target: MonitorTarget): void {
    this.#options.panel.reveal(undefined, false);
    if (target.agentId) this.#monitor?.revealAgent(target.agentId);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#monitor?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #begin(): Promise<void> {
    const { host, target, logger, messages } = this.#options;
    try {
      const engine = await host.get();
      if (this.#isDisposed) return;
      const monitor = this.#createMonitor(engine);
      this.#monitor = monitor;
      for (const message of this.#early.splice(0)) monitor.receive(message);
      if (target.agentId) monitor.revealAgent(target.agentId);
      monitor.start();
    } catch (error) {
      logger.error("the monitor could not be opened", { error: messageOf(error) });
      messages.showError(error);
    }
  }

  #createMonitor(engine: Engine): SessionMonitor {
    const { sessionId, panel, logger, messages } = this.#options;
    const clock = new SystemClock();
    return new SessionMonitor({
      sessionId,
      sessions: engine.sessions,
      words: {
        visible: visibleText,
        error: (error) => messages.words(messages.revive(error)),
        message: (code, params) => messages.wordsOfCode(code, params),
      },
      limitUsd: null,
      post: (message) => void panel.webview.postMessage(message),
      now: () => clock.now(),
      setTimer: (milliseconds, callback) => clock.setTimer(milliseconds, callback),
      rhythm: () => (panel.visible ? (panel.active ? ACTIVE_MILLISECONDS : VISIBLE_MILLISECONDS) : undefined),
      readOnly: false,
      onRejected: (detail) => logger.warn(`a message did not fit the monitor's protocol: ${detail}`),
      ownerGone: () => messages.wordsOfCode("session.ownerGone", {}),
      onDidChange: (listener) => onDidChange(engine, listener),
      onGoal: (goal) => this.#setTitle(goal),
      isUnknown: (error) => isOrchestratorError(error) && error.code === "session.unknown",
      onFailed: (error) => logger.warn("the monitor cannot read its session", { sessionId, error: messageOf(error) }),
      inWords: (error) => messages.words(error),
      wishes: {
        stop: () => void this.#send("stop", "stop"),
        pause: () => void this.#send("pause", "pause"),
        continue: () => void this.#send("continue", "continue"),
        retryStep: (stepId) => void this.#retryStep(engine, stepId),
        answerApproval: (approvalId, decision) => void this.#send("answerApproval", decision, { approvalId }),
        answerQuestion: (questionId, text) => void this.#send("answerQuestion", "answer", { questionId }, { text }),
        openFile: (path) => void this.#openFile("openFile", path),
        openDiff: (_, effect) => void this.#openDiff(engine, effect),
        openLink: (url) => void vscode.env.openExternal(vscode.Uri.parse(url, true)),
        openSession: () => this.#options.showSession(sessionId),
      },
    });
  }

  #setTitle(goal: string): void {
    const title = visibleLine(goal.split("\n", 1)[0] ?? "");
    this.#options.panel.title = title.length > TITLE_CHARACTERS ? `${title.slice(0, TITLE_CHARACTERS)}…` : title;
  }

  /** Brings a command to whoever runs the session, and the reason back when it was not carried out. */
  async #send(
    request: Refusal["request"],
    kind: CommandKind,
    about: Pick<Refusal, "approvalId" | "questionId"> = {},
    payload: { readonly text?: string } = {},
  ): Promise<void> {
    const { host, sessionId, messages } = this.#options;
    try {
      const engine = await host.get();
      const outcome = await engine.control.send(sessionId, kind, { ...about, ...payload }, "VS Code");
      if (outcome.refusal)
        this.#monitor?.refuse(request, messages.wordsOfCode(outcome.refusal.code, outcome.refusal.params), about);
    } catch (error) {
      this.#monitor?.refuse(request, messages.words(error), about);
    }
  }

  /** The command tells of what goes wrong itself. */
  async #retryStep(engine: Engine, stepId: string): Promise<void> {
    const { sessionId, messages } = this.#options;
    try {
      const row = await engine.sessions.getSession(sessionId);
      await vscode.commands.executeCommand(commandId("retryStep"), { kind: "step", row, stepId });
    } catch (error) {
      this.#monitor?.refuse("retryStep", messages.words(error));
    }
  }

  /** Where what a file held is not kept, the file as it is now. */
  async #openDiff(engine: Engine, effect: Effect): Promise<void> {
    if (!(await showEffect(engine, effect))) await this.#openFile("openDiff", effect.path);
  }

  async #openFile(request: "openFile" | "openDiff", path: string): Promise<void> {
    const { host, sessionId, messages } = this.#options;
    try {
      const row = await (await host.get()).sessions.getSession(sessionId);
      const uri = outputUri(row, path);
      if (!uri) throw new Error(vscode.l10n.t("{0} lies in a folder this session does not have.", path));
      await vscode.commands.executeCommand("vscode.open", uri, { viewColumn: vscode.ViewColumn.One });
    } catch (error) {
      this.#monitor?.refuse(request, messages.words(error));
    }
  }
}

/** Messages of a page that are kept until the engine is there; a page says one, that it is ready. */
const MOST_EARLY = 16;
