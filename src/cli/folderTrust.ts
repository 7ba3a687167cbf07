/** Which folders may bring their own agents and instructions, and what the others are not allowed to bring. */
import { access, realpath } from "node:fs/promises";
import { realpathSync } from "node:fs";
import path from "node:path";
import { FOLDER_DEFINITIONS } from "../core/agents/agentDefinitions.ts";
import { INSTRUCTION_FILES } from "../core/agents/folderInstructions.ts";
import type { WorkspaceFolder, WorkspaceState } from "../core/ports.ts";
import type { ConfigFile } from "../core/settings/configFile.ts";
import { contains } from "../core/settings/home.ts";

/** Everything in a folder that would steer agents or run code. */
const BROUGHT = [
  ...FOLDER_DEFINITIONS.map((definition) => definition.path),
  ".ai-orchestrator/plugins",
  ...INSTRUCTION_FILES,
];

/** A folder is trusted when the user's configuration names it or a folder above it. */
export class FolderTrust implements WorkspaceState {
  readonly #config: ConfigFile;

  constructor(config: ConfigFile) {
    this.#config = config;
  }

  isTrusted(folder: WorkspaceFolder): boolean {
    const real = realPathOrSelf(folder.path);
    // A relative entry would mean another folder in every place.
    const trusted = (this.#config.values.trustedFolders ?? []).filter((entry) => path.isAbsolute(entry));
    return trusted.some((entry) => contains(realPathOrSelf(entry), real));
  }

  async trustAll(folders: readonly WorkspaceFolder[]): Promise<void> {
    for (const folder of folders) await this.trust(folder);
  }

  /** Remembers the folder's real path in the home: trust belongs to a place, not to a link that leads there. */
  async trust(folder: WorkspaceFolder): Promise<void> {
    if (!this.isTrusted(folder)) await this.#config.addTrustedFolder(await realpath(folder.path));
  }

  /** What an untrusted folder brings that is ignored; nothing for a trusted one. */
  async ignoredIn(folder: WorkspaceFolder): Promise<string[]> {
    if (this.isTrusted(folder)) return [];
    const found = await Promise.all(
      BROUGHT.map((name) =>
        access(path.join(folder.path, name)).then(
          () => [name],
          () => [],
        ),
      ),
    );
    return found.flat();
  }
}

function realPathOrSelf(target: string): string {
  try {
    return realpathSync.native(target);
  } catch {
    return path.resolve(target);
  }
}
