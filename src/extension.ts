/** Composition root of VS Code: builds everything, reads top to bottom. Nothing heavy is loaded here. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { SystemClock } from "./core/systemClock.ts";
import { resolveHome } from "./core/settings/home.ts";
import { ApprovalInbox } from "./vscode/approvals/approvalInbox.ts";
import { showApprovalNotifications } from "./vscode/approvals/approvalNotifications.ts";
import { OpenQuestions } from "./vscode/approvals/openQuestions.ts";
import { QuestionInbox } from "./vscode/approvals/questionInbox.ts";
import { showQuestionNotifications } from "./vscode/approvals/questionNotifications.ts";
import { commandId, type CommandName } from "./vscode/commands/command.ts";
import { keptSessionHandlers } from "./vscode/commands/keptSessionHandlers.ts";
import { registerCommands, type CommandHandler } from "./vscode/commands/registerCommands.ts";
import { clearApiKey, openSettingsFile, selectModel, setApiKey } from "./vscode/commands/modelCommands.ts";
import { RunCommands } from "./vscode/commands/runCommands.ts";
import { RunProgress } from "./vscode/commands/runProgress.ts";
import { SessionCommands } from "./vscode/commands/sessionCommands.ts";
import { createContextKeys } from "./vscode/contextKeys.ts";
import { registerDocuments } from "./vscode/documents.ts";
import { createExtensionApi, type ExtensionApi } from "./vscode/extensionApi.ts";
import { WindowDashboard } from "./vscode/dashboard/windowDashboard.ts";
import { offerInterruptedSessions } from "./vscode/interruptedSessions.ts";
import { EngineHost } from "./vscode/engineHost.ts";
import { OutputLogger } from "./vscode/output/outputLogger.ts";
import { SessionOutputs } from "./vscode/output/sessionOutputs.ts";
import { Messages } from "./vscode/messages.ts";
import { ApiKeys } from "./vscode/model/apiKeys.ts";
import { MonitorPanels, type MonitorTarget } from "./vscode/monitor/monitorPanels.ts";
import { WindowRuns } from "./vscode/runs.ts";
import { snapshotHandlers } from "./vscode/snapshots/snapshotHandlers.ts";
import { VersionFiles } from "./vscode/snapshots/versionFiles.ts";
import { PluginCommands } from "./vscode/plugins/pluginCommands.ts";
import { createStatusBar } from "./vscode/statusBar.ts";
import { AgentActivity } from "./vscode/views/agentActivity.ts";
import { AGENTS_VIEW, AgentsView } from "./vscode/views/agentsView.ts";
import { SessionFeed } from "./vscode/views/sessionFeed.ts";
import { sessionIdOf, type SessionNode, type SessionTarget } from "./vscode/views/sessionNodes.ts";
import { SessionsTree } from "./vscode/views/sessionsTree.ts";
import { SessionsView } from "./vscode/views/sessionsView.ts";
import { VscodeSettings } from "./vscode/vscodeSettings.ts";

/** What the window must finish before the extension host ends. */
let shutDown: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const own = <Thing extends vscode.Disposable>(thing: Thing): Thing => {
    context.subscriptions.push(thing);
    return thing;
  };

  const home = resolveHome({ environment: process.env, userHome: homedir(), base: homedir() });
  const log = own(vscode.window.createOutputChannel("AI Orchestrator", { log: true }));
  const logger = new OutputLogger(log);
  const messages = new Messages(logger);
  const settings = new VscodeSettings(home);
  const keys = new ApiKeys(context.secrets, settings);
  const inbox = own(new ApprovalInbox());
  const questions = own(new QuestionInbox());
  const open = own(new OpenQuestions(inbox, questions));

  const host = own(
    new EngineHost({
      home,
      storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
      objectsWorkerUrl: new URL("./objectsWorker.js", import.meta.url),
      samplerWorkerUrl: new URL("./samplerWorker.js", import.meta.url),
      logger,
      settings,
      secrets: keys,
      approver: inbox,
      questioner: questions,
      workspaceState: { isTrusted: () => vscode.workspace.isTrusted },
      clock: new SystemClock(),
    }),
  );
  const feed = own(new SessionFeed(host));
  const files = new VersionFiles(host);
  const sessions = own(new SessionsView({ feed, files, words: (error) => messages.words(error) }));
  const tree = own(new SessionsTree(sessions, open));
  const refresh = (): void => feed.refreshSoon();
  const showSession = (sessionId: string): void => void tree.show(sessionId);

  const outputs = own(new SessionOutputs());
  const runs = own(new WindowRuns(host, outputs, logger));
  const monitors = own(new MonitorPanels({ host, messages, logger, extensionUri: context.extensionUri, showSession }));
  // A session's output stays while somebody may want to read on: until it has ended and its monitor is closed.
  own(monitors.onDidClose((sessionId) => runs.isRunning(sessionId) || outputs.close(sessionId)));
  const progress = new RunProgress({ host, runs, monitors, messages, settings });
  const run = new RunCommands({ host, runs, progress, messages, keys, settings });
  const session = new SessionCommands({ host, runs, progress, messages });

  const activity = own(new AgentActivity(host));
  const agents = own(new AgentsView(host, activity, runs));
  own(vscode.window.registerTreeDataProvider(AGENTS_VIEW, agents));
  own(registerDocuments({ host, messages, home }));
  own(vscode.window.registerWebviewPanelSerializer(MonitorPanels.viewType, monitors));
  own(createStatusBar(runs, open));
  own(createContextKeys(feed, runs, keys, settings));
  own(
    offerInterruptedSessions(feed, context.workspaceState, (sessionId) =>
      vscode.commands.executeCommand(commandId("resumeSession"), sessionId),
    ),
  );
  const openMonitor = (sessionId: string, agentId: string): void => monitors.open(sessionId, { agentId });
  own(showApprovalNotifications({ inbox, messages, openMonitor }));
  own(showQuestionNotifications({ inbox: questions, openMonitor }));

  const handlers: Record<CommandName, CommandHandler> = {
    runGoal: (goal?: unknown) => run.runGoal(goal),
    runGoalOnSelection: () => run.runGoalOnSelection(),
    runDemo: () => run.runDemo(),
    stop: (node?: SessionTarget) => run.stop(node),
    pause: (target?: SessionTarget) => session.pause(target),
    continue: (target?: SessionTarget) => session.continue(target),
    resumeSession: (target?: SessionTarget) => session.resume(target),
    resumeFromStep: (target?: SessionTarget) => session.resumeFromStep(target),
    editPlan: (target?: SessionTarget) => session.editPlan(target),
    retryStep: (target?: SessionTarget) => session.retryStep(target),
    ...snapshotHandlers({ host, files, messages, refresh, runs, progress }),
    ...keptSessionHandlers({ host, refresh, showSession }),
    openMonitor: (target?: SessionTarget, view?: MonitorTarget) =>
      monitors.openFor(target, runs.all[0]?.running.sessionId, view),
    ...own(new WindowDashboard({ host, settings, logger })).handlers,
    ...own(new PluginCommands({ host, messages })).handlers,
    showOutput: (target?: SessionTarget) => {
      if (outputs.show(sessionIdOf(target) ?? runs.all[0]?.running.sessionId)) return;
      const words = vscode.l10n.t("No session has run in this window; its agents' text is in the live monitor.");
      void vscode.window.showInformationMessage(words);
    },
    setApiKey: () => setApiKey(keys, settings),
    clearApiKey: () => clearApiKey(keys, settings),
    selectModel: () => selectModel(settings),
    openSettingsFile: () => openSettingsFile(home),
    refreshSessions: () => {
      refresh();
      agents.refresh();
    },
    loadMoreSessions: (within?: SessionNode) => sessions.loadMore(within),
    copySessionId: (target?: SessionTarget) => vscode.env.clipboard.writeText(sessionIdOf(target) ?? ""),
  };
  own(registerCommands(handlers, messages));

  shutDown = async () => {
    await runs.stopAll("closing its window");
    await host.close();
  };
  return createExtensionApi(host);
}

/** A window that closes in the middle of a run saves it as interrupted. VS Code waits a few seconds for this. */
export async function deactivate(): Promise<void> {
  await shutDown?.();
}
