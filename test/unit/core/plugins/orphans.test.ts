import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isRunning } from "../../../support/processState.ts";
import { pluginText } from "../../../support/pluginText.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";

const NODE_PLUGIN = {
  "alone/package.json": JSON.stringify({ name: "alone", version: "1.0.0", description: "d", runtime: "node" }),
  "alone/index.js": `import { writeSync } from "node:fs";
    export default class {
      metadata = { name: "alone", version: "1.0.0", description: "d" };
      initialize() { setTimeout(() => { writeSync(1, "loops"); for (;;); }, 0); }
    }`,
};

test.each([
  ["", { "alone.js": pluginText({ name: "alone" }) }, ["alone.js"]],
  [" of the runtime node that loops without end", NODE_PLUGIN, ["alone", "loops", "runtime:node"]],
])(
  "the process of a plugin%s does not outlive the program, however that ends",
  async (_, files, [path = "", ...more]) => {
    await using folder = await createTemporaryFolder();
    await folder.write(files);
    const holder = new URL("./holder.ts", import.meta.url).pathname;
    const program = spawn(process.execPath, [holder, folder.join("home"), folder.join(path), ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(program.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    program.kill("SIGKILL");
    await once(program, "exit");
    // Until the system has told the process that its pipe is closed; a process that stays makes the test time out.
    while (isRunning(pid)) await new Promise(setImmediate);
    expect(isRunning(pid)).toBe(false);
  },
);
