/**
 * The part of package.json that follows from the code. `npm run manifest` writes it; a test compares it,
 * so a setting is typed once, in src/core/settings/settings.ts, and a command in src/vscode/commands/command.ts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { settingsSchema } from "../src/core/settings/settings.ts";
import { COMMAND_CATEGORY, COMMANDS, commandId, type CommandName } from "../src/vscode/commands/command.ts";

/**
 * Settings a workspace may carry. Whatever runs code, spends money, redirects traffic or loosens a rule is
 * `machine`, so that no folder somebody opens can set it; a new setting is, until it is named here.
 */
const harmless: ReadonlySet<string> = new Set(["verbose", "monitor.openOnRun"]);

export interface SettingContribution {
  readonly scope: "machine" | "window";
  readonly [keyword: string]: unknown;
}

/** `contributes.configuration` of package.json. */
export function configurationContribution(): {
  readonly title: string;
  readonly properties: Readonly<Record<string, SettingContribution>>;
} {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: "input" });
  const settings = Object.entries(properties).filter(([name]) => name !== "$schema");
  return {
    title: "AI Orchestrator",
    properties: Object.fromEntries(
      settings.map(([name, schema]) => [
        `aiOrchestrator.${name}`,
        { ...(schema as object), scope: harmless.has(name) ? "window" : "machine" },
      ]),
    ),
  };
}

/** `contributes.commands` of package.json. */
export function commandsContribution(): readonly object[] {
  return Object.entries(COMMANDS).map(([name, command]) => ({
    command: commandId(name as CommandName),
    category: COMMAND_CATEGORY,
    ...command,
  }));
}

if (import.meta.main) {
  const file = new URL("../package.json", import.meta.url);
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { contributes?: object };
  manifest.contributes = {
    ...manifest.contributes,
    configuration: configurationContribution(),
    commands: commandsContribution(),
  };
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
