/** A log channel for each plugin that somebody looks at. */
import * as vscode from "vscode";
import type { PluginLogLine } from "../../core/plugins/pluginLog.ts";
import type { PluginManager } from "../../core/plugins/pluginManager.ts";
import { visibleText } from "../../core/policy/visibleText.ts";

export class PluginLogs implements vscode.Disposable {
  readonly #channels = new Map<
    string,
    { readonly channel: vscode.LogOutputChannel; listening: Disposable | undefined }
  >();

  /** Shows what a plugin has written so far, and what it writes from now on. */
  show(name: string, path: string, manager: PluginManager): void {
    const known = this.#channels.get(path);
    const channel = known?.channel ?? vscode.window.createOutputChannel(`AI Orchestrator: ${name}`, { log: true });
    known?.listening?.[Symbol.dispose]();
    channel.clear();
    const log = manager.log(path);
    for (const line of log?.lines ?? []) write(channel, line);
    if ((log?.lines.length ?? 0) === 0) channel.info(vscode.l10n.t("The plugin has written nothing yet."));
    this.#channels.set(path, { channel, listening: log?.onLine((line) => write(channel, line)) });
    channel.show(true);
  }

  dispose(): void {
    for (const { channel, listening } of this.#channels.values()) {
      listening?.[Symbol.dispose]();
      channel.dispose();
    }
  }
}

function write(channel: vscode.LogOutputChannel, { level, text }: PluginLogLine): void {
  channel[level](visibleText(text));
}
