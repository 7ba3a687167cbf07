/**
 * Paths whose change can run code, change permissions or reach further than the file itself: writing them
 * always asks a person, whatever the rules say.
 *
 * Names are compared as the most lenient file system would, on every system: a question too many on Linux
 * costs a moment, a `.GIT/hooks/post-commit` let through on macOS costs the machine.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { foldNameWidely } from "./nameFolding.ts";

/** Folders protected with everything in them, at any depth. */
const FOLDERS = new Set([
  ".git",
  // What `.git` is called on a Windows disk with short names.
  "git~1",
  ".vscode",
  ".husky",
  ".githooks",
  ".lefthook",
  ".ai-orchestrator",
  // Agents of another tool that we load, and its settings, which name commands to run.
  ".claude",
  ".ssh",
]);

/** Folders named by their last two or three names. */
const NESTED_FOLDERS = [
  [".github", "agents"],
  [".config", "git"],
  [".config", "fish"],
  [".config", "autostart"],
  [".config", "systemd"],
  ["library", "launchagents"],
] as const;

/** Files at any depth: shell start-up files, what configures git and its hooks. */
const FILES = new Set([
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".bash_aliases",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".zlogout",
  ".kshrc",
  ".mkshrc",
  ".cshrc",
  ".tcshrc",
  ".login",
  ".logout",
  ".inputrc",
  ".xprofile",
  ".xinitrc",
  ".xsession",
  ".xsessionrc",
  ".envrc",
  "config.fish",
  "profile.ps1",
  "microsoft.powershell_profile.ps1",
  "microsoft.vscode_profile.ps1",
  ".gitconfig",
  ".pre-commit-config.yaml",
  "lefthook.yml",
  "lefthook.yaml",
  ".lefthook.yml",
  ".lefthook.yaml",
]);

/** True when the names from a workspace folder down to a path lead to or through something protected. */
export function isProtectedName(names: readonly string[]): boolean {
  const folded = names.map(foldNameWidely);
  if (folded.some((name) => FOLDERS.has(name) || name.endsWith(".code-workspace"))) return true;
  if (FILES.has(folded.at(-1) ?? "")) return true;
  return NESTED_FOLDERS.some((nested) =>
    folded.some((_, start) => nested.every((name, offset) => folded[start + offset] === name)),
  );
}

/** What makes a folder a repository for git without being called `.git`. */
const REPOSITORY_PARTS = ["HEAD", "objects", "refs"] as const;

/**
 * True when writing `names` below `root` would touch a bare repository, or complete one: git runs the hooks
 * and the commands in the configuration of any folder that holds `HEAD`, `objects` and `refs`.
 */
export async function touchesBareRepository(root: string, names: readonly string[]): Promise<boolean> {
  for (let depth = 0; depth < names.length; depth++) {
    const folder = join(root, ...names.slice(0, depth));
    const added = foldNameWidely(names[depth] ?? "");
    const missing = REPOSITORY_PARTS.filter((part) => part.toLowerCase() !== added);
    const present = await Promise.all(missing.map((part) => exists(join(folder, part))));
    if (present.every(Boolean)) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
