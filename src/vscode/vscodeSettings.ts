/** VS Code's settings over those of config.json. Only what the user set counts, never what a folder sets. */
import * as vscode from "vscode";
import { ConfigFile, type GivenSettings } from "../core/settings/configFile.ts";
import { LayeredSettings } from "../core/settings/layeredSettings.ts";
import { settingsSchema, type Settings, type SettingName, type SettingsValues } from "../core/settings/settings.ts";

export const CONFIGURATION_SECTION = "aiOrchestrator";

const NAMES = Object.keys(settingsSchema.shape).filter((name) => name !== "$schema") as SettingName[];

export class VscodeSettings implements Settings {
  readonly #home: string;
  #file: ConfigFile | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  /** Reads config.json, again when called again. @throws OrchestratorError `settings.invalid` */
  async load(): Promise<void> {
    if (this.#file) await this.#file.reload();
    else this.#file = await ConfigFile.open(this.#home);
  }

  get<Name extends SettingName>(name: Name): SettingsValues[Name] {
    return new LayeredSettings({ values: this.#file?.values ?? {} }, userValues()).get(name);
  }
}

/** What the user set in VS Code. Workspace and folder values are not read, whatever the setting's scope. */
function userValues(): GivenSettings {
  const configuration = vscode.workspace.getConfiguration(CONFIGURATION_SECTION);
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = configuration.inspect(name)?.globalValue;
    if (value !== undefined && value !== "" && settingsSchema.shape[name].safeParse(value).success)
      values[name] = value;
  }
  return values;
}
