import { defineConfig, mergeConfig } from "vitest/config";
import everyTest from "../../vitest.config.ts";

export default mergeConfig(
  everyTest,
  defineConfig({
    test: {
      dir: "test/ui",
      globalSetup: "test/ui/installVsCode.ts",
      maxWorkers: 2,
      // The longest waits are for VS Code to start on a busy machine.
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
