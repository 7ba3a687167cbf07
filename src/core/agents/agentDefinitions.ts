/** Finds agent definitions: built in, the user's (home), and those a trusted folder brings. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { toOrchestratorError, OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder, WorkspaceState } from "../ports.ts";
import type { AgentDefinition } from "./agentDefinition.ts";
import { builtinDefinitions } from "./builtinDefinitions.ts";
import { parseAgentDefinition } from "./definitionFile.ts";

/** Folders that may hold definitions, in a workspace folder; a later one does not replace an earlier one. */
export const FOLDER_DEFINITIONS: readonly { readonly path: string; readonly suffix: string }[] = [
  { path: ".ai-orchestrator/agents", suffix: ".md" },
  { path: ".claude/agents", suffix: ".md" },
  { path: ".github/agents", suffix: ".agent.md" },
];

/** A prompt larger than this is a mistake, or an attack on memory. */
const MAX_DEFINITION_BYTES = 256 * 1024;

export interface LoadedDefinitions {
  /** By name. The user's own replace built-in ones; a folder's never replace either. */
  readonly definitions: ReadonlyMap<string, AgentDefinition>;
  /** One error per file that could not be used; the others are not affected. */
  readonly problems: readonly OrchestratorError[];
}

export class AgentDefinitions {
  readonly #home: string;
  readonly #workspaceState: WorkspaceState;

  constructor(home: string, workspaceState: WorkspaceState) {
    this.#home = home;
    this.#workspaceState = workspaceState;
  }

  async load(folders: readonly WorkspaceFolder[]): Promise<LoadedDefinitions> {
    const definitions = new Map(builtinDefinitions().map((definition) => [definition.name, definition]));
    const problems: OrchestratorError[] = [];
    for (const definition of await readDefinitions(join(this.#home, "agents"), ".md", problems)) {
      definitions.set(definition.name, definition);
    }
    for (const folder of folders) {
      if (!this.#workspaceState.isTrusted(folder)) continue;
      for (const { path, suffix } of FOLDER_DEFINITIONS) {
        for (const definition of await readDefinitions(join(folder.path, path), suffix, problems)) {
          const known = definitions.get(definition.name);
          if (!known) definitions.set(definition.name, definition);
          else if (known.origin !== definition.origin) {
            const detail = `the name ${definition.name} is taken by ${known.origin === "builtin" ? "a built-in agent" : known.origin}`;
            problems.push(new OrchestratorError("agent.invalidDefinition", { path: definition.origin, detail }));
          }
        }
      }
    }
    return { definitions, problems };
  }
}

async function readDefinitions(
  folder: string,
  suffix: string,
  problems: OrchestratorError[],
): Promise<AgentDefinition[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  const definitions: AgentDefinition[] = [];
  for (const name of names.filter((entry) => entry.endsWith(suffix)).sort()) {
    const path = join(folder, name);
    try {
      const { size } = await stat(path);
      if (size > MAX_DEFINITION_BYTES) {
        throw new OrchestratorError("agent.invalidDefinition", {
          path,
          detail: `it is larger than ${MAX_DEFINITION_BYTES} bytes`,
        });
      }
      definitions.push(parseAgentDefinition(await readFile(path, "utf8"), path, name.slice(0, -suffix.length)));
    } catch (error) {
      problems.push(toOrchestratorError(error));
    }
  }
  return definitions;
}
