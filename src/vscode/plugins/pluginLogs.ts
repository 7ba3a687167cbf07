/** A log channel for each plugin that somebody looks at. */
import * as vscode from "vscode";
import type { PluginLog, PluginLogLine } from "../../core/plugins/pluginLog.ts";
import type { PluginManager } from "../../core/plugins/pluginManager.ts";
import { visibleText } from "../../core/policy/visibleText.ts";

interface Shown {
  readonly channel: vscode.LogOutputChannel;
  readonly manager: PluginManager;
  log?: PluginLog;
  listening?: Disposable;
}

export class PluginLogs implements vscode.Disposable {
  readonly #shown = new Map<string, Shown>();

  /** Shows what a plugin has written so far, and what it writes from now on. */
  show(name: string, path: string, manager: PluginManager): void {
    const known = this.#shown.get(path);
    const channel = known?.channel ?? vscode.window.createOutputChannel(`AI Orchestrator: ${name}`, { log: true });
    known?.listening?.[Symbol.dispose]();
    channel.clear();
    const shown: Shown = { channel, manager };
    this.#shown.set(path, shown);
    if ((manager.log(path)?.lines.length ?? 0) === 0)
      channel.info(vscode.l10n.t("The plugin has written nothing yet."));
    attach(shown, path);
    channel.show(true);
  }

  /** A plugin that was loaded again writes to another log: goes on with that one. */
  follow(): void {
    for (const [path, shown] of this.#shown) attach(shown, path);
  }

  dispose(): void {
    for (const { channel, listening } of this.#shown.values()) {
      listening?.[Symbol.dispose]();
      channel.dispose();
    }
  }
}

function attach(shown: Shown, path: string): void {
  const { channel, manager } = shown;
  const log = manager.log(path);
  if (log === undefined || log === shown.log) return;
  shown.listening?.[Symbol.dispose]();
  for (const line of log.lines) write(channel, line);
  shown.log = log;
  shown.listening = log.onLine((line) => write(channel, line));
}

function write(channel: vscode.LogOutputChannel, { level, text }: PluginLogLine): void {
  channel[level](visibleText(text));
}
