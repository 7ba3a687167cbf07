/** Context keys that decide where commands and welcome texts are shown. */
import * as vscode from "vscode";
import type { ApiKeys } from "./model/apiKeys.ts";
import type { WindowRuns } from "./runs.ts";
import type { SessionFeed } from "./views/sessionFeed.ts";
import { isRunning } from "./views/sessionNodes.ts";
import type { VscodeSettings } from "./vscodeSettings.ts";
import { ANTHROPIC_BASE_URL as ANTHROPIC_ORIGIN, endpointOf } from "../core/model/modelAccess.ts";

export function createContextKeys(
  feed: SessionFeed,
  runs: WindowRuns,
  keys: ApiKeys,
  settings: VscodeSettings,
): vscode.Disposable {
  const set = (key: string, value: unknown): void =>
    void vscode.commands.executeCommand("setContext", `aiOrchestrator.${key}`, value);
  const update = async (): Promise<void> => {
    const { rows } = await feed.rows();
    set("hasSessions", rows.length > 0);
    set("isRunning", runs.all.length > 0 || rows.some(isRunning));
  };
  const updateAccess = async (): Promise<void> => {
    await settings.load();
    const { origin } = endpointOf(process.env, settings);
    // Servers on other origins may do without a key.
    const needsKey = settings.get("provider") !== "demo" && origin === ANTHROPIC_ORIGIN;
    set("hasModelAccess", !needsKey || (await keys.apiKey(origin)) !== undefined);
  };
  const quietly = (work: () => Promise<void>) => (): void => void work().catch(() => {});
  return vscode.Disposable.from(
    feed.onDidChange(quietly(update)),
    runs.onDidChange(quietly(update)),
    feed.onDidLoad(quietly(update)),
    feed.onDidLoad(quietly(updateAccess)),
    keys.onDidChange(quietly(updateAccess)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("aiOrchestrator")) quietly(updateAccess)();
    }),
  );
}
