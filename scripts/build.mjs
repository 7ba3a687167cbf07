/** The bundles in dist/, built only when something they are made of changed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readOrEmpty, root, SetUpError } from "./project.mjs";

const dist = path.join(root, "dist");
const stampFile = path.join(dist, ".build.json");

export function isBuilt() {
  const stamp = readStamp();
  return stamp.fingerprint === fingerprint() && stamp.outputs.every((name) => existsSync(path.join(dist, name)));
}

/** @throws {SetUpError} with the compiler's own words when the sources do not build */
export async function build() {
  const before = readStamp();
  const wanted = fingerprint();
  const { bundle } = await import("../esbuild.mjs");
  let outputs;
  try {
    outputs = await bundle();
  } catch (error) {
    throw new SetUpError(`The sources do not build.\n${error instanceof Error ? error.message : String(error)}`);
  }
  writeFileSync(stampFile, JSON.stringify({ fingerprint: wanted, outputs }));
  // A run that started on the build before may still load its chunks, so those stay until the next one.
  const kept = new Set([...outputs, ...before.outputs, path.basename(stampFile)].map((name) => name.split("/")[0]));
  for (const name of readdirSync(dist)) {
    if (!kept.has(name)) rmSync(path.join(dist, name), { recursive: true, force: true });
  }
}

/** Names, sizes and times of everything the bundles are made of: a few milliseconds, against half a second of building. */
function fingerprint() {
  const hash = createHash("sha256");
  const add = (/** @type {string} */ file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      for (const name of readdirSync(file).sort()) add(path.join(file, name));
    } else if (stat) {
      hash.update(`${file}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  };
  for (const name of ["src", "webview", "esbuild.mjs", "package-lock.json", "tsconfig.json"])
    add(path.join(root, name));
  return hash.digest("hex");
}

/** @returns {{ fingerprint: string, outputs: string[] }} */
function readStamp() {
  try {
    const stamp = JSON.parse(readOrEmpty(stampFile));
    return { fingerprint: String(stamp.fingerprint), outputs: stamp.outputs.map(String) };
  } catch {
    return { fingerprint: "", outputs: [] };
  }
}
