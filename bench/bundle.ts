/** Makes a script of a benchmark what the hosts are: a bundle. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

/** `source`: from the project's folder. Gives the bundle in `folder`. */
export async function bundleScript(source: string, folder: string): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: { script: source },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    splitting: true,
    loader: { ".md": "text" },
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);',
    },
    logLevel: "error",
  });
  return path.join(folder, "script.mjs");
}
