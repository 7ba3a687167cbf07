/** One session in one webview panel: follows its log, whoever writes it, and posts what changed. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { isOrchestratorError, messageOf } from "../../core/errors.ts";
import { visibleLine, visibleText } from "../../core/policy/visibleText.ts";
import type { Refusal } from "../../protocol/hostMessage.ts";
import { MonitorFeed } from "../../protocol/monitorFeed.ts";
import type { Decision } from "../../protocol/monitorModel.ts";
import { monitorHtml } from "../../protocol/monitorPage.ts";
import { MonitorState } from "../../protocol/monitorState.ts";
import type { EngineHost } from "../engineHost.ts";
import { outputUri } from "../views/sessionItems.ts";
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
  readonly #feed: MonitorFeed;
  readonly #reading = new AbortController();
  readonly #subscriptions: vscode.Disposable[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MonitorPanelOptions) {
    this.#options = options;
    const { panel, extensionUri, logger, target } = options;
    this.#feed = new MonitorFeed({
      post: (message) => void panel.webview.postMessage(message),
      now: () => Date.now(),
      readOnly: false,
      onRejected: (detail) => logger.warn(`a message did not fit the monitor's protocol: ${detail}`),
      wishes: {
        stop: () => void this.#stop(),
        answerApproval: (approvalId, decision) => void this.#send("answerApproval", decision, { approvalId }),
        answerQuestion: (questionId, text) => void this.#send("answerQuestion", "answer", { questionId, text }),
        openFile: (path) => void this.#openFile(path),
        openSession: () => options.showSession(options.sessionId),
      },
    });
    // A tab's icon is drawn as it is; unlike the activity bar's it takes no colour of the theme.
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, "media", "monitor-light.svg"),
      dark: vscode.Uri.joinPath(extensionUri, "media", "monitor-dark.svg"),
    };
    this.#subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        this.#feed.receive(message);
        if (target.agentId && (message as { type?: unknown }).type === "ready") this.#feed.revealAgent(target.agentId);
      }),
      panel.onDidChangeViewState(() => this.#flushLater()),
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
    void this.#follow();
  }

  reveal(target: MonitorTarget): void {
    this.#options.panel.reveal(undefined, false);
    if (target.agentId) this.#feed.revealAgent(target.agentId);
  }

  dispose(): void {
    this.#reading.abort();
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Reads the session from its beginning and stays with it; starts again when what was read became void. */
  async #follow(): Promise<void> {
    const { host, sessionId, logger, messages } = this.#options;
    const { signal } = this.#reading;
    try {
      const engine = await host.get();
      while (!signal.aborted) {
        const state = new MonitorState(sessionId, {
          visible: visibleText,
          error: (error) => messages.words(messages.revive(error)),
          message: (code, params) => messages.wordsOfCode(code, params),
        });
        const row = await engine.sessions.getSession(sessionId);
        let shown = false;
        let rebuild = false;
        for await (const event of engine.sessions.follow(sessionId, { signal })) {
          if (state.apply(event) === "rebuild") {
            rebuild = true;
            break;
          }
          if (shown) this.#flushLater();
          else if (event.seq >= row.lastSeq) {
            shown = true;
            this.#show(state, row.goal);
          }
        }
        if (rebuild || signal.aborted) continue;
        if (!shown) this.#show(state, row.goal);
        const last = await engine.sessions.getSession(sessionId);
        // Only a session somebody will take up again goes on; look when the store changes.
        if (last.effectiveStatus === "interrupted" && state.isRunning)
          state.ownerIsGone(Date.now(), vscode.l10n.t("The window or terminal that ran it is gone."));
        this.#feed.flush();
        if (!(await this.#waitForMore(engine, last.lastSeq))) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isOrchestratorError(error) && error.code === "session.unknown") this.#feed.show(null);
      else {
        logger.error("the monitor lost its session", { sessionId, error: messageOf(error) });
        messages.showError(error);
      }
    }
  }

  /** Resolves with true when the session's log grew again, with false when the panel is gone. */
  async #waitForMore(engine: Awaited<ReturnType<EngineHost["get"]>>, lastSeq: number): Promise<boolean> {
    const { sessionId } = this.#options;
    const { signal } = this.#reading;
    for (;;) {
      const changed = Promise.withResolvers<void>();
      const wake = (): void => changed.resolve();
      const elsewhere = engine.onDidChangeElsewhere(wake);
      const here = engine.bus.subscribe("*", (event) => {
        if (event.sessionId === sessionId) wake();
      });
      signal.addEventListener("abort", wake, { once: true });
      await changed.promise;
      signal.removeEventListener("abort", wake);
      elsewhere[Symbol.dispose]();
      here[Symbol.dispose]();
      if (signal.aborted) return false;
      if ((await engine.sessions.getSession(sessionId)).lastSeq > lastSeq) return true;
    }
  }

  #show(state: MonitorState, goal: string): void {
    const { panel } = this.#options;
    const title = visibleLine(goal.split("\n", 1)[0] ?? "");
    panel.title = title.length > TITLE_CHARACTERS ? `${title.slice(0, TITLE_CHARACTERS)}…` : title;
    this.#feed.show(state);
  }

  /** A hidden panel gets nothing; when it is shown again it gets what changed meanwhile, merged. */
  #flushLater(): void {
    const { panel } = this.#options;
    if (this.#timer || !panel.visible) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (panel.visible) this.#feed.flush();
      },
      panel.active ? ACTIVE_MILLISECONDS : VISIBLE_MILLISECONDS,
    );
  }

  async #stop(): Promise<void> {
    const { host, sessionId, messages } = this.#options;
    try {
      const outcome = await (await host.get()).control.stop(sessionId, "VS Code");
      if (outcome.refusal)
        this.#feed.refuse("stop", messages.wordsOfCode(outcome.refusal.code, outcome.refusal.params));
    } catch (error) {
      this.#feed.refuse("stop", messages.words(error));
    }
  }

  /** Brings a command to whoever runs the session, and the reason back when it was not carried out. */
  async #send(
    request: Refusal["request"],
    kind: Decision | "answer",
    payload: Pick<Refusal, "approvalId" | "questionId"> & { readonly text?: string },
  ): Promise<void> {
    const { host, sessionId, messages } = this.#options;
    const { text: _, ...about } = payload;
    try {
      const outcome = await (await host.get()).control.send(sessionId, kind, payload, "VS Code");
      if (outcome.refusal)
        this.#feed.refuse(request, messages.wordsOfCode(outcome.refusal.code, outcome.refusal.params), about);
    } catch (error) {
      this.#feed.refuse(request, messages.words(error), about);
    }
  }

  async #openFile(path: string): Promise<void> {
    const { host, sessionId, messages } = this.#options;
    try {
      const row = await (await host.get()).sessions.getSession(sessionId);
      const uri = outputUri(row, path);
      if (!uri) throw new Error(vscode.l10n.t("{0} lies in a folder this session does not have.", path));
      await vscode.commands.executeCommand("vscode.open", uri, { viewColumn: vscode.ViewColumn.One });
    } catch (error) {
      this.#feed.refuse("openFile", messages.words(error));
    }
  }
}
