/** Where the built program is, and the environment a test gives it: nothing of the machine's own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { chmod, copyFile, cp, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");
const CLI = "dist/cli.js";
const NODE = process.platform === "win32" ? "node_modules/node/bin/node.exe" : "node_modules/node/bin/node";

export interface BuiltCli {
  readonly node: string;
  readonly script: string;
}

/** User and group id that own nothing: `nobody` on Debian and most others. */
export const NOBODY = 65_534;

/** Root may write everywhere; so as root, what must not be writable is tried as `nobody`. */
export function userWithoutPrivileges(): number | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

export function builtCli(): BuiltCli {
  const script = join(PROJECT, CLI);
  if (!existsSync(script)) throw new Error(`${CLI} is not built: run npm run build`);
  const node = join(PROJECT, NODE);
  return { node: existsSync(node) ? node : process.execPath, script };
}

let copied: Promise<BuiltCli> | undefined;

/** The program where every user may read it; the project's own folder may lie in a private home. */
export function builtCliForEverybody(): Promise<BuiltCli> {
  copied ??= copyBuiltCli();
  return copied;
}

async function copyBuiltCli(): Promise<BuiltCli> {
  const own = builtCli();
  const folder = mkdtempSync(join(tmpdir(), "ai-orchestrator-built-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  await mkdir(join(folder, "bin"));
  await cp(dirname(own.script), join(folder, "dist"), { recursive: true });
  // The built files are ES modules because the package says so.
  await copyFile(join(PROJECT, "package.json"), join(folder, "package.json"));
  const node = join(folder, "bin/node");
  await copyFile(own.node, node);
  return { node, script: join(folder, CLI) };
}

/** The least a program needs. The home folder of the person who runs the tests is never touched. */
export function cleanEnvironment(
  node: string,
  home: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    PATH: [dirname(node), process.env["PATH"] ?? ""].join(delimiter),
    LANG: "C.UTF-8",
    TMPDIR: tmpdir(),
    HOME: dirname(home),
    AI_ORCHESTRATOR_HOME: home,
    ...own,
  };
}
