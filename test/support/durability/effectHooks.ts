/** Points around what a tool does to the workspace: changes of files, and commands. */
import childProcess from "node:child_process";
import { appendFileSync } from "node:fs";
import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { relative } from "node:path";
import type { Writable } from "node:stream";
import type { Probe } from "./probe.ts";

export interface EffectHookOptions {
  readonly probe: Probe;
  readonly workspace: string;
  /** Every file that was put into place is written here, one path a line. */
  readonly renamesTo: string;
}

/** Replaces the functions of Node that the tools change files with, for changes inside the workspace. */
export function hookFiles({ probe, workspace, renamesTo }: EffectHookOptions): void {
  const counts = new Map<string, number>();
  const { open, mkdir, rename, rm, unlink, writeFile } = fs;

  /** The point's name, or undefined outside the workspace. Temporary files have one name for all. */
  function nameOf(operation: string, path: unknown): string | undefined {
    const inside = relative(workspace, String(path));
    if (inside.startsWith("..")) return undefined;
    const what = `file/${operation}:${inside.replace(/\.tmp-\d+-[0-9a-f-]+$/, ".tmp")}`;
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return `${what}#${count}`;
  }

  async function around<Result>(name: string | undefined, action: () => Promise<Result>): Promise<Result> {
    if (name !== undefined) probe.reached(`${name}@before`);
    const result = await action();
    if (name !== undefined) probe.reached(`${name}@after`);
    return result;
  }

  fs.open = async (path, flags, mode) => {
    if (!/[wax+]/.test(String(flags ?? "r"))) return open(path, flags, mode);
    const handle = await around(nameOf("open", path), () => open(path, flags, mode));
    const write = handle.writeFile.bind(handle);
    handle.writeFile = ((...values: Parameters<FileHandle["writeFile"]>) =>
      around(nameOf("fill", path), () => write(...values))) as FileHandle["writeFile"];
    return handle;
  };
  fs.mkdir = ((path, options) => around(nameOf("mkdir", path), () => mkdir(path, options))) as typeof mkdir;
  fs.rename = (from, to) =>
    around(nameOf("rename", to), async () => {
      await rename(from, to);
      appendFileSync(renamesTo, `${relative(workspace, String(to))}\n`);
    });
  fs.rm = (path, options) => around(nameOf("rm", path), () => rm(path, options));
  fs.unlink = (path) => around(nameOf("unlink", path), () => unlink(path));
  fs.writeFile = ((path, ...rest) => around(nameOf("write", path), () => writeFile(path, ...rest))) as typeof writeFile;
  syncBuiltinESMExports();
}

/** Points in the life of each command: it is there, is let go, says something, has ended. */
export function hookCommands(probe: Probe): void {
  let count = 0;
  const spawn = childProcess.spawn as (...values: unknown[]) => childProcess.ChildProcess;
  childProcess.spawn = ((...values: unknown[]) => {
    const child = spawn(...values);
    const name = `command#${++count}`;
    const gate = child.stdio[3] as Writable | null | undefined;
    if (gate) {
      const end = gate.end.bind(gate) as (...values: unknown[]) => Writable;
      gate.end = ((...words: unknown[]) => {
        probe.reached(`${name}@releasing`);
        const ended = end(...words);
        probe.reached(`${name}@released`);
        return ended;
      }) as Writable["end"];
    }
    child.stdout?.once("data", () => probe.reached(`${name}@printed`));
    child.once("exit", () => probe.reached(`${name}@exited`));
    probe.reached(`${name}@spawned`);
    return child;
  }) as typeof childProcess.spawn;
  syncBuiltinESMExports();
}
