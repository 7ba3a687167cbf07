/**
 * What the user decided of plugins, one small file for each decision: windows and terminals that decide at the
 * same time never overwrite each other, so nothing that was taken back comes again.
 */
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readJson, writeJson } from "./jsonFile.ts";

const grantSchema = z.object({
  name: z.string(),
  /** SHA-256 of the plugin's files. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  permissions: z.array(z.string()),
  grantedAt: z.iso.datetime(),
});
export type Grant = z.infer<typeof grantSchema>;

const disabledSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** Why, when the program did it; then only for this hash. */
  detail: z.string().optional(),
  hash: z.string().optional(),
});
export type Disabled = z.infer<typeof disabledSchema>;

const GRANT = "grant-";

export class PluginDecisions {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async grant(name: string, hash: string): Promise<Grant | undefined> {
    const grant = await readJson(this.#grantFile(name, hash), grantSchema.optional(), undefined);
    return grant?.name === name && grant.hash === hash ? grant : undefined;
  }

  /** Every grant, the oldest first. */
  async grants(): Promise<Grant[]> {
    const files = (await readdir(this.#folder).catch(() => [])).filter((file) => file.startsWith(GRANT));
    const grants = await Promise.all(
      files.map((file) => readJson(join(this.#folder, file), grantSchema.optional(), undefined)),
    );
    return grants
      .filter((grant) => grant !== undefined)
      .toSorted((left, right) => Date.parse(left.grantedAt) - Date.parse(right.grantedAt));
  }

  add(grant: Grant): Promise<void> {
    return writeJson(this.#grantFile(grant.name, grant.hash), grant);
  }

  remove({ name, hash }: Grant): Promise<void> {
    return rm(this.#grantFile(name, hash), { force: true });
  }

  disabled(path: string): Promise<Disabled | undefined> {
    return readJson(this.#disabledFile(path), disabledSchema.optional(), undefined);
  }

  disable(entry: Disabled): Promise<void> {
    return writeJson(this.#disabledFile(entry.path), entry);
  }

  enable(path: string): Promise<void> {
    return rm(this.#disabledFile(path), { force: true });
  }

  /** Told when anybody decided something, whatever process that was. Where that cannot be watched, never. */
  async watch(listener: () => void): Promise<Disposable> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const watcher = watch(this.#folder, { persistent: false }, listener);
      watcher.on("error", () => watcher.close());
      return { [Symbol.dispose]: () => watcher.close() };
    } catch {
      return { [Symbol.dispose]: () => undefined };
    }
  }

  #grantFile(name: string, hash: string): string {
    return this.#file(GRANT, `${name}\0${hash}`);
  }

  #disabledFile(path: string): string {
    return this.#file("disabled-", path);
  }

  #file(kind: string, what: string): string {
    return join(this.#folder, `${kind}${createHash("sha256").update(what).digest("hex")}.json`);
  }
}
