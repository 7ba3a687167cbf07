import { ConfigFile, type GivenSettings } from "../core/settings/configFile.ts";
import { LayeredSettings } from "../core/settings/layeredSettings.ts";
import { settingsSchema, type Settings, type SettingName, type SettingsValues } from "../core/settings/settings.ts";

const NAMES = Object.keys(settingsSchema.shape).filter((name): name is SettingName => name !== "$schema");

/**
 * config.json, and over it what the user set in VS Code. Workspace and folder values are not asked for,
 * whatever a setting's scope.
 *
 * @throws OrchestratorError `settings.invalid`
 */
export async function openUserSettings(home: string, userValue: (name: SettingName) => unknown): Promise<UserSettings> {
  return new UserSettings(await ConfigFile.open(home), userValue);
}

class UserSettings implements Settings {
  readonly #file: ConfigFile;
  readonly #userValue: (name: SettingName) => unknown;

  constructor(file: ConfigFile, userValue: (name: SettingName) => unknown) {
    this.#file = file;
    this.#userValue = userValue;
  }

  reload(): Promise<void> {
    return this.#file.reload();
  }

  get<Name extends SettingName>(name: Name): SettingsValues[Name] {
    return new LayeredSettings(this.#file, this.#given()).get(name);
  }

  /** VS Code shows what does not fit as a problem in its settings; here it counts as not set. */
  #given(): GivenSettings {
    const given: Record<string, unknown> = {};
    for (const name of NAMES) {
      const value = this.#userValue(name);
      if (value !== undefined && value !== "" && settingsSchema.shape[name].safeParse(value).success)
        given[name] = value;
    }
    return given;
  }
}
