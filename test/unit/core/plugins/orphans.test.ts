import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isRunning } from "../../../support/processState.ts";
import { pluginText } from "../../../support/pluginText.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";

test("a plugin's process does not outlive the program, however that ends", async () => {
  await using folder = await createTemporaryFolder();
  await folder.write({ "alone.js": pluginText({ name: "alone" }) });
  const holder = new URL("./holder.ts", import.meta.url).pathname;
  const program = spawn(process.execPath, [holder, folder.join("home"), folder.join("alone.js")], {
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
});
