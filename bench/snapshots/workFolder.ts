/** The folder both take snapshots of: a copy of a repository, or made up. */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Copies a folder without its repository. */
export function copyFolder(source: string, target: string): void {
  cpSync(source, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (from) => ![".git", "node_modules"].includes(path.basename(from)),
  });
}

/** `count` files as source code has them: most short, some long, about 6 KB each. */
export function makeFolder(target: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const file = path.join(target, `package${index % 200}`, `module${index % 7}`, `file${index}.ts`);
    mkdirSync(path.dirname(file), { recursive: true });
    const lines = Array.from(
      { length: 20 + ((index * 7919) % 300) },
      (_, line) => `export const name${(index * 31 + line * 17) % 9973} = ${index * line};\n`,
    );
    writeFileSync(file, lines.join(""));
  }
}

/** What an agent's edit does to them. */
export function modify(folder: string, files: readonly string[], text: string): void {
  for (const file of files) appendFileSync(path.join(folder, file), text);
}

export function remove(folder: string, files: readonly string[]): void {
  for (const file of files) rmSync(path.join(folder, file));
}

/** `count` of them, evenly spread. */
export function some(files: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => files[Math.floor((index * files.length) / count)] ?? "");
}

/** What was written before must not slow down what is measured next. */
export function writeBack(): void {
  execFileSync("sync");
}
