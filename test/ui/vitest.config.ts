import { defineConfig, mergeConfig } from "vitest/config";
import everyTest from "../../vitest.config.ts";

export default mergeConfig(
  everyTest,
  defineConfig({
    test: {
      dir: "test/ui",
      globalSetup: "test/ui/installVsCode.ts",
      // One VS Code and one browser at a time: two of each are a little faster, but VS Code then fails now and then to
      // bring back a view after a reload.
      fileParallelism: false,
      // The longest waits are for VS Code to start on a busy machine.
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
