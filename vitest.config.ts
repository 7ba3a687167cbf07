import { readFile } from "node:fs/promises";
import { defineConfig, type Plugin } from "vitest/config";

/** Imports of Markdown files yield their text, as in the bundles (esbuild.mjs). */
const markdownAsText: Plugin = {
  name: "markdown-as-text",
  enforce: "pre",
  async load(id) {
    if (!id.endsWith(".md")) return null;
    return `export default ${JSON.stringify(await readFile(id, "utf8"))};`;
  },
};

export default defineConfig({
  plugins: [markdownAsText],
  test: {
    dir: "test",
    include: ["**/*.test.ts"],
    environment: "node",
    // Agents are named after the local time of day.
    env: { TZ: "UTC" },
    // Most of the time tests wait for a disk or a process of their own: one file fewer than there are processors,
    // which is usual, leaves them idle.
    maxWorkers: "100%",
    // A fault must fail, not hang; nothing here waits for a clock, so these are only reached by a hang.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
    allowOnly: false,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
