/** Instructions a trusted folder gives to agents. An untrusted folder's are not read at all. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkspaceFolder, WorkspaceState } from "../ports.ts";

export const INSTRUCTION_FILES: readonly string[] = ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"];

/** Longer instructions are cut: they go into every request. */
const MAX_INSTRUCTION_CHARACTERS = 32_000;

/** The text of the instruction files of all trusted folders as a Markdown section, or "". */
export async function folderInstructions(folders: readonly WorkspaceFolder[], state: WorkspaceState): Promise<string> {
  const parts: string[] = [];
  for (const folder of folders) {
    if (!state.isTrusted(folder)) continue;
    for (const file of INSTRUCTION_FILES) {
      const text = await readFile(join(folder.path, file), "utf8").catch(() => "");
      if (!text.trim()) continue;
      const name = folders.length > 1 ? `${folder.name}/${file}` : file;
      const cut =
        text.length > MAX_INSTRUCTION_CHARACTERS ? `${text.slice(0, MAX_INSTRUCTION_CHARACTERS)}\n[cut]` : text;
      parts.push(`## ${name}\n\n${cut.trim()}`);
    }
  }
  return parts.length === 0 ? "" : `\n# Instructions of this workspace\n\n${parts.join("\n\n")}\n`;
}
