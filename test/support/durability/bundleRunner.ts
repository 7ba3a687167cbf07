/** Makes the process under test one file that starts fast; the tests start it hundreds of times. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Where the bundles are. */
export const bundleFolder = join(root, ".cache", "test", "durability");

/** vitest calls it once before all test files. */
export async function setup(): Promise<void> {
  mkdirSync(bundleFolder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      runner: "test/support/durability/runner.ts",
      storeWorkerWithHooks: "test/durability/storeWorkerWithHooks.ts",
      objectsWorker: "src/core/store/sqlite/objectsWorker.ts",
    },
    outdir: bundleFolder,
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
}
