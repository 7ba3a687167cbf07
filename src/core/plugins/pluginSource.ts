/**
 * The files of a plugin, read once: what was hashed is what was granted and what runs, whatever happens to
 * the folder meanwhile.
 */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { messageOf, OrchestratorError } from "../errors.ts";

const MAXIMUM_FILES = 5000;
const MAXIMUM_BYTES = 16 * 1024 * 1024;
/** What the sandbox can load; everything else of a plugin is not code to it. */
const CODE = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"]);
const ENTRIES = ["index.ts", "index.mts", "index.mjs", "index.js"];
const SINGLE_FILES = /(?<!\.d|\.test)\.(?:js|mjs|ts)$/;

export interface PluginSource {
  /** The file or folder. */
  readonly path: string;
  /** Path of the first module within it, with `/`. */
  readonly entry: string;
  readonly runtime: "sandbox" | "node";
  /** Every file by its path within the plugin; sorted. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** SHA-256 over all paths and contents, in hex. */
  readonly hash: string;
  /** package.json, empty when there is none. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Could this entry of a plugins folder be a plugin? */
export function looksLikePlugin(name: string, isFolder: boolean): boolean {
  if (name.startsWith(".") || name === "node_modules") return false;
  return isFolder || SINGLE_FILES.test(name);
}

/** The name a plugin has before it says its own. */
export function provisionalName(path: string): string {
  return basename(path, extname(path));
}

/** @throws OrchestratorError `plugin.invalid` */
export async function readPluginSource(path: string): Promise<PluginSource> {
  const invalid = (detail: string, cause?: unknown): OrchestratorError =>
    new OrchestratorError("plugin.invalid", { plugin: provisionalName(path), detail }, { cause });
  const info = await lstat(path).catch((error: unknown) => {
    throw invalid(`${path} cannot be read: ${messageOf(error)}`, error);
  });
  if (info.isSymbolicLink()) throw invalid("it is a symbolic link; put the plugin itself there");
  const files = new Map<string, Buffer>();
  if (info.isFile()) files.set(basename(path), await readFile(path));
  else await readFolder(path, "", files, { bytes: 0 }, invalid);
  const manifest = info.isFile() ? {} : manifestOf(files, invalid);
  const entry = info.isFile() ? basename(path) : entryOf(files, manifest, invalid);
  const runtime = manifest["runtime"] ?? "sandbox";
  if (runtime !== "sandbox" && runtime !== "node")
    throw invalid(`its package.json asks for the runtime ${JSON.stringify(runtime)}; there are "sandbox" and "node"`);
  return { path, entry, runtime, files, hash: hashOf(files), manifest };
}

/** The texts the sandbox can load modules from. */
export function codeOf(files: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries(
    [...files].flatMap(([path, content]) => (CODE.has(extname(path)) ? [[path, content.toString("utf8")]] : [])),
  );
}

/** What the package.json of a plugin with the runtime `node` says of it: its code is not run to be asked. */
export function staticMetadata({ manifest, path }: PluginSource): Record<string, unknown> {
  const { name = provisionalName(path), version, description, author, aiOrchestrator } = manifest;
  const more = typeof aiOrchestrator === "object" && aiOrchestrator !== null ? aiOrchestrator : {};
  return { name, version, description, ...(typeof author === "string" ? { author } : {}), ...more };
}

type Fault = (detail: string, cause?: unknown) => OrchestratorError;

async function readFolder(
  root: string,
  below: string,
  files: Map<string, Buffer>,
  total: { bytes: number },
  invalid: Fault,
): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== ".git" && entry.name !== ".bin") await readFolder(root, path, files, total, invalid);
      continue;
    }
    // A link could lead to something else tomorrow than what was looked at today.
    if (!entry.isFile()) continue;
    const content = await readFile(join(root, path));
    total.bytes += content.length;
    if (files.size >= MAXIMUM_FILES || total.bytes > MAXIMUM_BYTES)
      throw invalid(`it is larger than ${MAXIMUM_FILES} files or ${MAXIMUM_BYTES / 1024 / 1024} MB`);
    files.set(path, content);
  }
}

function manifestOf(files: ReadonlyMap<string, Buffer>, invalid: Fault): Record<string, unknown> {
  const content = files.get("package.json");
  if (content === undefined) return {};
  try {
    const manifest: unknown = JSON.parse(content.toString("utf8"));
    if (typeof manifest === "object" && manifest !== null && !Array.isArray(manifest))
      return manifest as Record<string, unknown>;
  } catch (error) {
    throw invalid(`its package.json is not JSON: ${messageOf(error)}`, error);
  }
  throw invalid("its package.json is no object");
}

function entryOf(files: ReadonlyMap<string, Buffer>, manifest: Record<string, unknown>, invalid: Fault): string {
  const { main } = manifest;
  if (typeof main === "string") {
    const entry = main.replace(/^\.\//, "");
    if (files.has(entry)) return entry;
    throw invalid(`its package.json names ${main}, which is not there`);
  }
  const entry = ENTRIES.find((name) => files.has(name));
  if (entry === undefined)
    throw invalid(`its folder has none of ${ENTRIES.join(", ")}, and no package.json names another`);
  return entry;
}

function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256");
  for (const path of [...files.keys()].toSorted()) {
    const content = files.get(path) ?? Buffer.alloc(0);
    hash.update(`${Buffer.byteLength(path)}:${path}${content.length}:`).update(content);
  }
  return hash.digest("hex");
}
