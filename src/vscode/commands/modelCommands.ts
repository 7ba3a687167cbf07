/** Set and clear the API key, choose the model, open the settings file. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Engine } from "../../core/engine.ts";
import { isOrchestratorError } from "../../core/errors.ts";
import { endpointOf } from "../../core/model/modelAccess.ts";
import { MODEL_PRICES, PRICES_AS_OF } from "../../core/model/prices.ts";
import { createHome } from "../../core/settings/home.ts";
import type { ApiKeys } from "../model/apiKeys.ts";
import { CONFIGURATION_SECTION, type VscodeSettings } from "../vscodeSettings.ts";

/** Asks for the key of the server in use. Resolves with whether one was stored. */
export async function setApiKey(keys: ApiKeys, settings: VscodeSettings): Promise<boolean> {
  await settings.load();
  const { origin } = endpointOf(process.env, settings);
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t("Set API Key"),
    prompt: vscode.l10n.t(
      "The key for {0}. It is kept in VS Code's secret storage and sent to no other server.",
      origin,
    ),
    password: true,
    ignoreFocusOut: true,
    // No validation: while one is under way VS Code ignores Enter, and a key that was pasted would not be taken.
  });
  if (!key?.trim()) return false;
  await keys.store(origin, key.trim());
  void vscode.window.showInformationMessage(vscode.l10n.t("The API key for {0} is stored.", origin));
  return true;
}

export async function clearApiKey(keys: ApiKeys, settings: VscodeSettings): Promise<void> {
  await settings.load();
  const { origin } = endpointOf(process.env, settings);
  const cleared = await keys.clear(origin);
  void vscode.window.showInformationMessage(
    cleared
      ? vscode.l10n.t("The API key for {0} is deleted.", origin)
      : vscode.l10n.t("There is no stored API key for {0}.", origin),
  );
}

/** Chooses the agents' model. */
export async function selectModel(settings: VscodeSettings): Promise<void> {
  await settings.load();
  const model = await pickModel(vscode.l10n.t("Select Model"), settings.get("model"));
  if (model === undefined) return;
  await vscode.workspace
    .getConfiguration(CONFIGURATION_SECTION)
    .update("model", model, vscode.ConfigurationTarget.Global);
}

/** A model of the known ones, or by name. Undefined when cancelled. */
export async function pickModel(title: string, current: string): Promise<string | undefined> {
  const other = vscode.l10n.t("Another model…");
  const items: vscode.QuickPickItem[] = Object.entries(MODEL_PRICES)
    .filter(([model]) => model !== "demo")
    .map(([model, price]) => ({
      label: model,
      description: model === current ? vscode.l10n.t("current") : "",
      detail: vscode.l10n.t(
        "${0} in, ${1} out per million tokens (as of {2})",
        price.input,
        price.output,
        PRICES_AS_OF,
      ),
    }));
  const picked = await vscode.window.showQuickPick([...items, { label: other }], {
    title,
    placeHolder: current,
  });
  const model =
    picked?.label === other
      ? await vscode.window.showInputBox({
          title,
          value: current,
          prompt: vscode.l10n.t("The model's name as the server knows it"),
        })
      : picked?.label;
  return model?.trim() || undefined;
}

/** Opens config.json, made first if it is not there. */
export async function openSettingsFile(home: string): Promise<void> {
  await createHome(home);
  const path = join(home, "config.json");
  try {
    await writeFile(path, "{}\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  await vscode.window.showTextDocument(vscode.Uri.file(path));
}

/**
 * Makes sure there is a model to use: the configured one, else the person chooses between a key and the
 * demo. Resolves with the provider of this run, or undefined when cancelled.
 */
export async function ensureModelAccess(
  engine: Engine,
  keys: ApiKeys,
  settings: VscodeSettings,
): Promise<"configured" | "demo" | undefined> {
  try {
    const access = await engine.modelAccess();
    // The demo chosen in the settings is a choice; the demo for want of a key is asked for.
    if (!access.demo || settings.get("provider") === "demo") return "configured";
  } catch (error) {
    if (!isOrchestratorError(error) || error.code !== "model.noKey") throw error;
  }
  const key = { label: vscode.l10n.t("$(key) Set an API key…"), description: vscode.l10n.t("Use a model") };
  const demo = {
    label: vscode.l10n.t("$(beaker) Run the demo"),
    description: vscode.l10n.t("Built in, offline, free; not an AI"),
  };
  const choice = await vscode.window.showQuickPick([key, demo], {
    title: vscode.l10n.t("AI Orchestrator needs a model"),
    placeHolder: vscode.l10n.t("There is no API key yet"),
  });
  if (choice === demo) return "demo";
  if (choice === key && (await setApiKey(keys, settings))) return "configured";
  return undefined;
}
