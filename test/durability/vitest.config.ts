import { defineConfig, mergeConfig } from "vitest/config";
import everyTest from "../../vitest.config.ts";

export default mergeConfig(
  everyTest,
  defineConfig({
    test: {
      dir: "test/durability",
      globalSetup: "test/support/durability/bundleRunner.ts",
      // Two sessions at a time, each with a process of its own, are what two cores take.
      fileParallelism: false,
      maxConcurrency: 2,
      // A session is run twice and more within one test.
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  }),
);
