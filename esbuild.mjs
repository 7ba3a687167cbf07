/**
 * Bundles the sources into dist/: what Node runs flat, because `import.meta.url` siblings such as the store's
 * worker are found beside each other; what a browser shows in webview/. The bundles run without node_modules.
 */
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.resolve(fileURLToPath(new URL(".", import.meta.url)));
const dist = path.join(root, "dist");

/** Name in dist/ → source. A host that is not written yet is left out. */
const entries = {
  cli: "src/cli/main.ts",
  storeWorker: "src/core/store/sqlite/storeWorker.ts",
  objectsWorker: "src/core/store/sqlite/objectsWorker.ts",
  samplerWorker: "src/core/monitoring/samplerWorker.ts",
  pluginProcess: "src/core/plugins/process/pluginProcess.ts",
  api: "src/api.ts",
  extension: "src/extension.ts",
};

/**
 * zod carries its messages in fifty languages, half of its size and a third of its loading time; its own
 * messages never reach people here, who read our catalogues.
 *
 * @type {import("esbuild").Plugin}
 */
const zodInEnglish = {
  name: "zod-in-english",
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path: file }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: path.dirname(file),
    }));
  },
};

/** What the extension starts; the terminal's entries are not packed with it. */
const packedEntries = ["extension", "storeWorker", "objectsWorker", "samplerWorker", "pluginProcess"];

/** What runs in a plugin's sandbox: single files that import nothing, in JavaScript as QuickJS knows it. */
const sandboxEntries = {
  plugin: "src/core/plugins/api/plugin.ts",
  pluginGuest: "src/core/plugins/process/sandboxGuest.ts",
  pluginZod: "zod",
};

/**
 * Builds everything, and only if that works replaces what the folder holds.
 *
 * @param {{ folder?: string, packed?: boolean }} [options] `folder`: absolute, dist/ by default. `packed`: only what
 *   the extension needs, small and without source maps.
 * @returns {Promise<string[]>} names of the files in the folder, below it with `/`; meta.json tells what they are made of
 */
export async function bundle({ folder = dist, packed = false } = {}) {
  const results = await Promise.all([
    bundleForNode(folder, packed),
    bundleForSandbox(folder),
    bundleForBrowser(folder, packed),
  ]);
  const files = results.flatMap(({ outputFiles }) =>
    outputFiles.map((file) => ({
      name: path.relative(folder, file.path).split(path.sep).join("/"),
      contents: file.contents,
    })),
  );
  const inputs = Object.assign({}, ...results.map(({ metafile }) => metafile.inputs));
  const outputs = Object.assign({}, ...results.map(({ metafile }) => metafile.outputs));
  files.push({ name: "meta.json", contents: Buffer.from(JSON.stringify({ inputs, outputs })) });
  const quickJs = createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  files.push({ name: "quickjs.wasm", contents: await readFile(quickJs) });
  const types = path.join(root, "src/core/plugins/api/pluginTypes.ts");
  files.push({ name: "plugin.d.ts", contents: await readFile(types) });
  await mkdir(path.join(folder, "webview"), { recursive: true });
  // Chunks first: whoever starts in between finds everything that the entry it reads names.
  for (const isChunk of [true, false]) {
    const some = files.filter(({ name }) => name.startsWith("chunk-") === isChunk);
    await Promise.all(some.map(({ name, contents }) => replace(path.join(folder, name), contents)));
  }
  if (existsSync(path.join(folder, "cli.js"))) await chmod(path.join(folder, "cli.js"), 0o755);
  return files.map(({ name }) => name);
}

/**
 * @param {string} folder
 * @param {boolean} packed
 */
function bundleForNode(folder, packed) {
  return build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries(entries).filter(
        ([name, source]) => existsSync(path.join(root, source)) && (!packed || packedEntries.includes(name)),
      ),
    ),
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    // Chunks that are imported dynamically (the SDK) are loaded when they are first needed.
    splitting: true,
    chunkNames: "chunk-[hash]",
    external: ["vscode"],
    loader: { ".md": "text" },
    // CommonJS packages call require for Node's own modules.
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);',
    },
    plugins: [zodInEnglish],
    minify: packed,
    // Errors are told apart by the names of their classes.
    keepNames: packed,
    sourcemap: packed ? false : "linked",
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
}

/** @param {string} folder */
function bundleForSandbox(folder) {
  return build({
    absWorkingDir: root,
    entryPoints: sandboxEntries,
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    external: ["ai-orchestrator:*"],
    plugins: [zodInEnglish],
    minify: true,
    keepNames: true,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
}

/**
 * The monitor: one script without imports, one style sheet, and the icon font beside it. The same for what the
 * dashboard puts around it.
 *
 * @param {string} folder
 * @param {boolean} packed
 */
function bundleForBrowser(folder, packed) {
  return build({
    absWorkingDir: root,
    entryPoints: [
      { in: "webview/main.ts", out: "monitor" },
      { in: "webview/monitor.css", out: "monitor" },
      { in: "webview/dashboard/main.ts", out: "dashboard" },
      { in: "webview/dashboard/dashboard.css", out: "dashboard" },
    ],
    outdir: path.join(folder, "webview"),
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "chrome138",
    assetNames: "[name]-[hash]",
    loader: { ".ttf": "file" },
    minify: true,
    plugins: [zodInEnglish],
    sourcemap: packed ? false : "linked",
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
}

/**
 * Leaves an equal file alone and never lets a running process read half of a new one.
 *
 * @param {string} file
 * @param {Uint8Array} contents
 */
async function replace(file, contents) {
  const current = await readFile(file).catch(() => undefined);
  if (current?.equals(contents)) return;
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, file);
}
