import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { startHeld } from "../../../../src/core/tools/heldProcess.ts";
import { ProcessGroup, processStartTime } from "../../../../src/core/tools/processGroup.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";

let disk: TemporaryFolder;
const clock = new SystemClock();

beforeEach(async () => {
  disk = await createTemporaryFolder();
});

afterEach(() => disk[Symbol.asyncDispose]());

const start = (...argv: string[]) =>
  startHeld(argv, { folder: disk.path, environment: { PATH: process.env["PATH"] ?? "" }, clock });

describe("a held process", () => {
  it("runs nothing before it is let go, and then becomes the command itself", async () => {
    const held = await start("/bin/sh", "-c", "echo $$ > ran");
    expect(await held.group.isAlive()).toBe(true);
    expect(held.startedAt).toBe(await processStartTime(held.group.id));
    expect(existsSync(disk.join("ran"))).toBe(false);
    held.release();
    expect(await held.exited).toEqual({ code: 0, signal: null });
    expect(Number(await disk.read("ran"))).toBe(held.group.id);
  });

  it("ends without having run when it is discarded", async () => {
    const held = await start("touch", "ran");
    await held.discard();
    expect(await held.exited).toEqual({ code: 125, signal: null });
    expect(await held.group.isAlive()).toBe(false);
    expect(existsSync(disk.join("ran"))).toBe(false);
  });

  it("never runs when the process that holds it is killed", async () => {
    const file = fileURLToPath(new URL("../../../../src/core/tools/heldProcess.ts", import.meta.url));
    const script = `
      import { startHeld } from ${JSON.stringify(file)};
      const held = await startHeld(["touch", "ran"], { folder: process.cwd(), environment: { PATH: process.env.PATH } });
      console.log(held.group.id);
      setInterval(() => undefined, 1000);
    `;
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: disk.path,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const group = new ProcessGroup(Number(line.toString()), clock);
    expect(await group.isAlive()).toBe(true);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    while (await group.isAlive()) await new Promise(setImmediate);
    expect(existsSync(disk.join("ran"))).toBe(false);
  });

  it("does not hand the gate on to the command", async () => {
    const held = await start("/bin/sh", "-c", "ls -l /proc/self/fd | grep -c socket:");
    let output = "";
    held.output.on("data", (bytes: Buffer) => (output += bytes.toString()));
    held.release();
    await held.closed;
    // Of ls itself: standard error only; its output is the pipe to grep.
    expect(output.trim()).toBe("1");
  });
});

it("a process that is not there has no start", async () => {
  expect(await processStartTime(2 ** 22 + 1)).toBeUndefined();
  expect(await new ProcessGroup(2 ** 22 + 1, clock).isAlive()).toBe(false);
});
