import * as vscode from "vscode";
import type { Messages } from "../messages.ts";
import { COMMANDS, commandId, type CommandName } from "./command.ts";

/** A command and what menus, views or other extensions call it with. */
export type CommandHandler = (argument?: never, detail?: never) => unknown;

/** Registers every command there is. What one throws is shown in words, and it resolves with undefined. */
export function registerCommands(
  handlers: Readonly<Record<CommandName, CommandHandler>>,
  messages: Messages,
): vscode.Disposable {
  const names = Object.keys(COMMANDS) as CommandName[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commandId(name), async (argument?: never, detail?: never): Promise<unknown> => {
        try {
          return await handlers[name](argument, detail);
        } catch (error) {
          messages.showError(error);
          return undefined;
        }
      }),
    ),
  );
}
