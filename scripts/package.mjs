/**
 * `npm run package [FILE]`: makes ai-orchestrator-VERSION.vsix from a build of its own, with the notices of
 * what is bundled, and prints what it weighs.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { root, SetUpError } from "./project.mjs";
import { runProgram } from "./vscode/systemCommands.mjs";

const iconFiles = ["activity-bar", "monitor-light", "monitor-dark"].map((name) => `media/${name}.svg`);
/** What is packed besides the bundles; .vscodeignore lists it once more for vsce. */
const otherFiles = [".vscodeignore", "CHANGELOG.md", "LICENSE", "README.md", ...iconFiles];
/** Parts of package.json that are about building and the terminal, and mean nothing to VS Code. */
const leftOut = ["allowScripts", "bin", "dependencies", "devDependencies", "exports", "private", "scripts"];

/**
 * What esbuild tells of a bundle, as far as it is used here.
 *
 * @typedef {object} Metafile
 * @property {Record<string, unknown>} inputs
 * @property {Record<string, { imports: { path: string, kind: string }[] }>} outputs
 */

/** @param {string | undefined} wanted path of the .vsix; by default in the project's folder, named for its version */
async function makePackage(wanted) {
  const node = await prepare({ withBuild: false });
  const staging = path.join(root, ".cache", `package-${process.pid}`);
  try {
    const dist = path.join(staging, "dist");
    mkdirSync(dist, { recursive: true });
    const { bundle } = await import("../esbuild.mjs");
    await bundle({ folder: dist, packed: true });
    /** @type {Metafile} */
    const meta = JSON.parse(readFileSync(path.join(dist, "meta.json"), "utf8"));
    writeFileSync(path.join(dist, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(meta));
    for (const name of otherFiles) cpSync(path.join(root, name), path.join(staging, name), { recursive: true });
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    for (const name of leftOut) delete manifest[name];
    writeFileSync(path.join(staging, "package.json"), JSON.stringify(manifest, undefined, 2));
    const file = wanted ?? path.join(root, `${manifest.name}-${manifest.version}.vsix`);
    const vsce = path.join(root, "node_modules", "@vscode", "vsce", "vsce");
    const flags = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
    await runProgram(node, [vsce, "package", ...flags, `--out=${file}`], { folder: staging });
    return { file, activationBytes: activationBytes(meta) };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Names, versions and licenses of every package whose code is part of a bundle.
 *
 * @param {Metafile} meta
 */
function thirdPartyNotices({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const notices = [...folders]
    .toSorted((left, right) => left.localeCompare(right))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
      return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${licenseText(path.join(root, folder))}`;
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

/**
 * Size of what `extension.js` loads at once: itself and the chunks it imports.
 *
 * @param {Metafile} meta whose sizes are those of the files
 */
function activationBytes({ outputs }) {
  const nameOfEntry = Object.keys(outputs).find((name) => path.basename(name) === "extension.js") ?? "";
  const seen = new Set();
  let bytes = 0;
  const visit = (/** @type {string} */ name) => {
    const output = outputs[name];
    if (seen.has(name) || output === undefined) return;
    seen.add(name);
    bytes += statSync(path.join(root, name)).size;
    for (const { path: imported, kind } of output.imports) if (kind === "import-statement") visit(imported);
  };
  visit(nameOfEntry);
  return bytes;
}

try {
  const wanted = process.argv[2];
  const base = process.env["INIT_CWD"] ?? process.cwd();
  const made = await makePackage(wanted === undefined ? undefined : path.resolve(base, wanted));
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  process.stdout.write(
    `${made.file}: ${kilobytes(statSync(made.file).size)}; loaded at activation: ${kilobytes(made.activationBytes)}\n`,
  );
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
