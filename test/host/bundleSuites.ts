import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { testCacheFolder } from "../../scripts/vscode/installOnce.mjs";
import type { HostSuite } from "./suites.ts";

const hostFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * Makes of each suite, with mocha, one file that exports `run(): Promise<void>`: what VS Code wants to be
 * given as tests, served or on a desktop.
 *
 * @returns the path of a suite's file by its name
 */
export async function bundleSuites(suites: readonly HostSuite[]): Promise<(suite: HostSuite) => string> {
  const outputOf = ({ name }: HostSuite) => join(testCacheFolder(), "host-tests", `${name}.cjs`);
  await Promise.all(
    suites.map(async (suite) => {
      await build({
        stdin: {
          contents: `import { runSuite } from "./inHost.ts";
            export const run = () => runSuite(() => import("./${suite.name}.suite.ts"));`,
          loader: "ts",
          resolveDir: hostFolder,
        },
        outfile: outputOf(suite),
        bundle: true,
        // The extension host gives a CommonJS module its `vscode` wherever it lies.
        format: "cjs",
        platform: "node",
        target: "node22",
        external: ["vscode"],
        loader: { ".md": "text" },
        sourcemap: "inline",
        logLevel: "error",
        // mocha looks for files of its own that only its parallel mode needs.
        logOverride: { "require-resolve-not-external": "silent" },
      });
    }),
  );
  return outputOf;
}
