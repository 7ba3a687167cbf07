/**
 * What the user allowed which plugin, bound to its name and to every byte of it. Kept in the home, where
 * no folder and no tool reaches it, with the code that was allowed, so that a change can be shown.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { z } from "zod";
import { readJson, writeJson } from "./jsonFile.ts";
import { byDanger } from "./permissions.ts";
import type { PluginSource } from "./pluginSource.ts";

const grantSchema = z.object({
  name: z.string(),
  /** SHA-256 of the plugin's files. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  permissions: z.array(z.string()),
  grantedAt: z.iso.datetime(),
});

const disabledSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** Why, when the program did it; then only for this hash. */
  detail: z.string().optional(),
  hash: z.string().optional(),
});

const decisionsSchema = z.object({ grants: z.array(grantSchema), disabled: z.array(disabledSchema) });
type Decisions = z.infer<typeof decisionsSchema>;
export type Grant = z.infer<typeof grantSchema>;
export type Disabled = z.infer<typeof disabledSchema>;

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

  /** @param home AI_ORCHESTRATOR_HOME */
  constructor(home: string) {
    this.#folder = join(home, "plugins");
  }

  /** The grant for exactly these files and at least these permissions. */
  async find(name: string, hash: string, permissions: readonly string[]): Promise<Grant | undefined> {
    const { grants } = await this.#read();
    return grants.find(
      (grant) =>
        grant.name === name &&
        grant.hash === hash &&
        permissions.every((permission) => grant.permissions.includes(permission)),
    );
  }

  /** The newest grant of a name, whatever its files were. */
  async lastOf(name: string): Promise<Grant | undefined> {
    return (await this.#read()).grants.findLast((grant) => grant.name === name);
  }

  async add(grant: Grant, source: PluginSource): Promise<void> {
    await this.keep(source);
    const decisions = await this.#read();
    const others = decisions.grants.filter(({ name, hash }) => name !== grant.name || hash !== grant.hash);
    await this.#write({ ...decisions, grants: [...others, grant] });
  }

  /** Takes back every grant of a name. False when there was none. */
  async remove(name: string): Promise<boolean> {
    const decisions = await this.#read();
    const grants = decisions.grants.filter((grant) => grant.name !== name);
    if (grants.length === decisions.grants.length) return false;
    await this.#write({ ...decisions, grants });
    const named = new Set(grants.map(({ hash }) => hash));
    for (const hash of await readdir(join(this.#folder, "code")).catch(() => []))
      if (!named.has(hash)) await rm(this.codeFolder(hash), { recursive: true, force: true });
    return true;
  }

  async disabled(path: string, hash: string): Promise<Disabled | undefined> {
    const { disabled } = await this.#read();
    return disabled.find((entry) => entry.path === path && (entry.hash === undefined || entry.hash === hash));
  }

  async disable(entry: Disabled): Promise<void> {
    const decisions = await this.#read();
    const others = decisions.disabled.filter(({ path }) => path !== entry.path);
    await this.#write({ ...decisions, disabled: [...others, entry] });
  }

  async enable(path: string): Promise<void> {
    const decisions = await this.#read();
    await this.#write({ ...decisions, disabled: decisions.disabled.filter((entry) => entry.path !== path) });
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

  #read(): Promise<Decisions> {
    return readJson(join(this.#folder, "grants.json"), decisionsSchema, { grants: [], disabled: [] });
  }

  #write(decisions: Decisions): Promise<void> {
    return writeJson(join(this.#folder, "grants.json"), decisions);
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
