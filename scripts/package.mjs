/**
 * `npm run package`: makes ai-orchestrator-VERSION.vsix from a fresh build, with the notices of what is
 * bundled, and prints what it weighs.
 */
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root } from "./project.mjs";

const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

/** @returns {Promise<string>} path of the .vsix */
export async function makePackage(file = path.join(root, `${manifest.name}-${manifest.version}.vsix`)) {
  await prepare({ withBuild: true });
  removeChunksOfEarlierBuilds();
  writeFileSync(path.join(root, "dist", "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices());
  const { createVSIX } = await import("@vscode/vsce");
  await createVSIX({
    cwd: root,
    packagePath: file,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return file;
}

/** A build keeps the chunks of the one before for programs that still run from it. */
function removeChunksOfEarlierBuilds() {
  const dist = path.join(root, "dist");
  const { outputs } = readMeta();
  for (const name of readdirSync(dist)) {
    if (name.startsWith("chunk-") && outputs[`dist/${name}`] === undefined) rmSync(path.join(dist, name));
  }
}

/** @returns {{ inputs: Record<string, unknown>, outputs: Record<string, { imports: { path: string, kind: string, external?: boolean }[] }> }} */
function readMeta() {
  return JSON.parse(readFileSync(path.join(root, "dist", "meta.json"), "utf8"));
}

/** Names, versions and licenses of every package whose code is part of a bundle. */
function thirdPartyNotices() {
  const { inputs } = readMeta();
  const folders = new Set();
  for (const input of Object.keys(inputs)) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
    const text = licenseText(path.join(root, folder));
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return `AI Orchestrator contains code of these packages.\n\n${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** @param {string} folder */
function licenseText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined
    ? "Its package holds no license text."
    : readFileSync(path.join(folder, file), "utf8").trim();
}

/** Size of what `extension.js` loads at once: itself and its static chunks. */
function activationBytes() {
  const { outputs } = readMeta();
  const seen = new Set();
  const visit = (/** @type {string} */ name) => {
    const output = outputs[name];
    if (seen.has(name) || output === undefined) return;
    seen.add(name);
    for (const each of output.imports) if (each.kind !== "dynamic-import" && !each.external) visit(each.path);
  };
  visit("dist/extension.js");
  return [...seen].reduce((sum, name) => sum + statSync(path.join(root, name)).size, 0);
}

if (
  process.argv[1] !== undefined &&
  existsSync(process.argv[1]) &&
  import.meta.filename === path.resolve(process.argv[1])
) {
  const file = await makePackage(process.argv[2] === undefined ? undefined : path.resolve(process.argv[2]));
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(0)} KB`;
  process.stdout.write(
    `${path.relative(root, file)}: ${kilobytes(statSync(file).size)}; loaded at activation: ${kilobytes(activationBytes())}\n`,
  );
}
