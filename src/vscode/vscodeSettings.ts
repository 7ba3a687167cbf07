/** VS Code's settings over those of config.json. Only what the user set counts, never what a folder sets. */
import * as vscode from "vscode";
import type { Settings, SettingName, SettingsValues } from "../core/settings/settings.ts";

export const CONFIGURATION_SECTION = "aiOrchestrator";

/** Puts what the user set in VS Code over config.json, at the moment a value is asked for. */
interface SettingsSource extends Settings {
  reload(): Promise<void>;
}

export class VscodeSettings implements Settings {
  readonly #home: string;
  #source: SettingsSource | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  /** Reads config.json, again when called again. @throws OrchestratorError `settings.invalid` */
  async load(): Promise<void> {
    if (this.#source) return this.#source.reload();
    // The schema is most of an activation's time; nothing needs it before a run or a view.
    const { openUserSettings } = await import("./userSettings.ts");
    this.#source = await openUserSettings(
      this.#home,
      (name) => vscode.workspace.getConfiguration(CONFIGURATION_SECTION).inspect(name)?.globalValue,
    );
  }

  /** The effective value. `load` must have resolved before. */
  get<Name extends SettingName>(name: Name): SettingsValues[Name] {
    if (!this.#source) throw new Error("The settings were read before they were loaded.");
    return this.#source.get(name);
  }
}
