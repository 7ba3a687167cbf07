/**
 * What the user allowed which plugin, bound to its name and to every byte of it. Kept in the home, where
 * no folder and no tool reaches it, with the code that was allowed, so that a change can be shown.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { byDanger } from "./permissions.ts";
import { PluginDecisions, type Disabled, type Grant } from "./pluginDecisions.ts";
import type { PluginSource } from "./pluginSource.ts";

/** More of a difference nobody reads. */
const DIFFERENCE_CHARACTERS = 200_000;

/** What a person is shown before a grant. */
export interface GrantReview {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly hash: string;
  /** In the order to be read: what is new first, and of that what can do most harm. */
  readonly permissions: readonly string[];
  /** Permissions it had when it was granted last and no longer asks for. */
  readonly dropped: readonly string[];
  /** Of `permissions`, those it did not have. Without an earlier grant all. */
  readonly added: readonly string[];
  /** True when an earlier version was granted. */
  readonly isChange: boolean;
  /** Unified difference to the code granted last; all of the code when there was none. */
  readonly code: string;
}

export class PluginGrants {
  readonly #folder: string;
  readonly #decisions: PluginDecisions;

  /** @param home AI_ORCHESTRATOR_HOME */
  constructor(home: string) {
    this.#folder = join(home, "plugins");
    this.#decisions = new PluginDecisions(join(this.#folder, "decisions"));
  }

  /** The grant for exactly these files and at least these permissions. */
  async find(name: string, hash: string, permissions: readonly string[]): Promise<Grant | undefined> {
    const grant = await this.#decisions.grant(name, hash);
    return permissions.every((permission) => grant?.permissions.includes(permission)) ? grant : undefined;
  }

  /** The newest grant of a name, whatever its files were. */
  async lastOf(name: string): Promise<Grant | undefined> {
    return (await this.#decisions.grants()).findLast((grant) => grant.name === name);
  }

  async add(grant: Grant, source: PluginSource): Promise<void> {
    await this.keep(source);
    await this.#decisions.add(grant);
  }

  /** Takes back every grant of a name. False when there was none. */
  async remove(name: string): Promise<boolean> {
    const grants = (await this.#decisions.grants()).filter((grant) => grant.name === name);
    await Promise.all(grants.map((grant) => this.#decisions.remove(grant)));
    const named = new Set((await this.#decisions.grants()).map(({ hash }) => hash));
    for (const { hash } of grants)
      if (!named.has(hash)) await rm(this.codeFolder(hash), { recursive: true, force: true });
    return grants.length > 0;
  }

  async disabled(path: string, hash: string): Promise<Disabled | undefined> {
    const entry = await this.#decisions.disabled(path);
    return entry?.path === path && (entry.hash === undefined || entry.hash === hash) ? entry : undefined;
  }

  disable(entry: Disabled): Promise<void> {
    return this.#decisions.disable(entry);
  }

  enable(path: string): Promise<void> {
    return this.#decisions.enable(path);
  }

  /** Told when anything was granted, taken back or switched, here or by another process. */
  watch(listener: () => void): Promise<Disposable> {
    return this.#decisions.watch(listener);
  }

  async review(
    plugin: { readonly name: string; readonly version: string; readonly permissions: readonly string[] },
    source: PluginSource,
  ): Promise<GrantReview> {
    const last = await this.lastOf(plugin.name);
    const before = last?.permissions ?? [];
    const wanted = byDanger(plugin.permissions);
    const added = wanted.filter((permission) => !before.includes(permission));
    return {
      ...plugin,
      permissions: [...added, ...wanted.filter((permission) => before.includes(permission))],
      path: source.path,
      hash: source.hash,
      dropped: before.filter((permission) => !plugin.permissions.includes(permission)),
      added,
      isChange: last !== undefined,
      code: difference(last === undefined ? new Map() : await this.#codeOf(last.hash), source.files),
    };
  }

  /** Copies the files where nobody else writes; gives their folder. */
  async keep(source: PluginSource): Promise<string> {
    const folder = this.codeFolder(source.hash);
    await Promise.all(
      [...source.files].map(async ([path, content]) => {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await writeFile(target, content, { mode: 0o600 });
      }),
    );
    return folder;
  }

  codeFolder(hash: string): string {
    return join(this.#folder, "code", hash);
  }

  async #codeOf(hash: string): Promise<Map<string, Buffer>> {
    const folder = this.codeFolder(hash);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const contents = await Promise.all(files.map((file) => readFile(file)));
    return new Map(
      files.map((file, index) => [
        file.slice(folder.length + 1).replaceAll("\\", "/"),
        contents[index] ?? Buffer.alloc(0),
      ]),
    );
  }
}

function difference(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): string {
  const parts: string[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old !== undefined && now !== undefined && old.equals(now)) continue;
    parts.push(patchOf(path, old, now));
  }
  const text = parts.join("\n");
  return text.length <= DIFFERENCE_CHARACTERS
    ? text
    : `${text.slice(0, DIFFERENCE_CHARACTERS)}\n… ${text.length - DIFFERENCE_CHARACTERS} more characters; see the folder`;
}

function patchOf(path: string, old: Buffer | undefined, now: Buffer | undefined): string {
  const names = [old === undefined ? "/dev/null" : path, now === undefined ? "/dev/null" : path] as const;
  const patch = createTwoFilesPatch(
    ...names,
    old?.toString("utf8") ?? "",
    now?.toString("utf8") ?? "",
    undefined,
    undefined,
    {
      headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
      timeout: 1000,
    },
  );
  return patch ?? `--- ${names[0]}\n+++ ${names[1]}\n(too different to be shown line by line)\n`;
}
