/**
 * `config.json` in the home: the user's configuration, shared by every host on the machine.
 *
 * It is the only file settings come from. A workspace folder never contributes one, because what a
 * folder brings could redirect traffic, spend money or switch a question off.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { OrchestratorError, messageOf } from "../errors.ts";
import { settingsSchema } from "./settings.ts";
import type { SettingName, SettingsValues } from "./settings.ts";
import { describeIssues } from "./settingsIssue.ts";

/** Settings somebody wrote down; what is absent has its default. */
export type GivenSettings = { readonly [Name in SettingName]?: SettingsValues[Name] | undefined };

const KNOWN_KEYS = Object.keys(settingsSchema.shape);
const PARTIAL_SCHEMA = settingsSchema.partial();

/** The values of `config.json` as last read. */
export class ConfigFile {
  readonly path: string;
  #values: GivenSettings = {};

  private constructor(file: string) {
    this.path = file;
  }

  /** Reads `<home>/config.json`; a missing file means defaults. Throws `settings.invalid`. */
  static async open(home: string): Promise<ConfigFile> {
    const file = new ConfigFile(path.join(home, "config.json"));
    await file.reload();
    return file;
  }

  /** What the file sets, without defaults. */
  get values(): GivenSettings {
    return this.#values;
  }

  /** Reads the file again. Throws `settings.invalid` and keeps the values it had. */
  async reload(): Promise<void> {
    this.#values = this.#validate(await this.#read());
  }

  /** Remembers that `folder` may bring its own agents and instructions. Other content is kept. */
  async addTrustedFolder(folder: string): Promise<void> {
    const text = await this.#read();
    const trusted = this.#validate(text).trustedFolders ?? [];
    if (!trusted.includes(folder)) {
      const content = text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
      await this.#write({ ...content, trustedFolders: [...trusted, folder] });
    }
    await this.reload();
  }

  async #read(): Promise<string | undefined> {
    try {
      const text = await readFile(this.path, "utf8");
      return text.startsWith("\u{FEFF}") ? text.slice(1) : text;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#invalid(messageOf(error), error);
    }
  }

  #validate(text: string | undefined): GivenSettings {
    if (text === undefined) return {};
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch (error) {
      throw this.#invalid(`it is not JSON: ${messageOf(error)}`, error);
    }
    // Validated with the defaults' schema but kept without them: a layer must know what was really written.
    const checked = PARTIAL_SCHEMA.safeParse(content);
    if (!checked.success) throw this.#invalid(describeIssues(checked.error.issues, KNOWN_KEYS), checked.error);
    const given = content as Record<string, unknown>;
    return Object.fromEntries(Object.entries(checked.data).filter(([name]) => name !== "$schema" && name in given));
  }

  /** Writes a new file beside the old one and renames it, so that no reader ever sees half of it. */
  async #write(content: Record<string, unknown>): Promise<void> {
    const target = await realpath(this.path).catch(() => this.path);
    const mode = (await stat(target).catch(() => undefined))?.mode ?? 0o600;
    const temporary = `${target}.${randomUUID()}.tmp`;
    try {
      const handle = await open(temporary, "wx", mode & 0o777);
      try {
        await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new OrchestratorError(
        "home.notWritable",
        { home: path.dirname(this.path), detail: messageOf(error) },
        { cause: error },
      );
    }
  }

  #invalid(detail: string, cause: unknown): OrchestratorError {
    return new OrchestratorError("settings.invalid", { path: this.path, detail }, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
