import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { describeThisProcess, isProcessGone } from "../../../../src/core/store/processIdentity.ts";
import { createTemporaryFolder } from "../../../support/temporaryFolder.ts";

async function thisProcess() {
  await using home = await createTemporaryFolder();
  return await describeThisProcess({ home: home.path, host: "terminal" });
}

/** For what another process does by itself and nobody tells. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test("this process is there, and says who it is for people", async () => {
  const here = await thisProcess();
  expect(here).toMatchObject({ pid: process.pid, host: "terminal" });
  expect(isProcessGone(here, here)).toBe(false);
});

test("a process that took over the id of another is not mistaken for it", async () => {
  const here = await thisProcess();
  expect(isProcessGone({ ...here, processStartedAt: "1" }, here)).toBe(true);
});

test("whoever ran before the machine was started again is gone", async () => {
  const here = await thisProcess();
  expect(isProcessGone({ ...here, bootId: "the boot before" }, here)).toBe(true);
});

test("nothing is known about the processes of another machine", async () => {
  const here = await thisProcess();
  expect(isProcessGone({ ...here, machineId: "another", pid: 0x7fff_fff0 }, here)).toBe(false);
});

test("without a start time and a boot id a missing process is still known to be gone", async () => {
  const here = await thisProcess();
  const vague = { ...here, bootId: "unknown", processStartedAt: "unknown" };
  expect(isProcessGone(vague, vague)).toBe(false);
  expect(isProcessGone({ ...vague, pid: 0x7fff_fff0 }, vague)).toBe(true);
});

test("a killed process is gone", async () => {
  const here = await thisProcess();
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  const owner = { ...here, pid: child.pid ?? 0, processStartedAt: "unknown" };
  expect(isProcessGone(owner, here)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isProcessGone(owner, here)).toBe(true);
});

test.runIf(process.platform === "linux")(
  "a process that ended but was not collected by its parent is gone",
  async () => {
    const here = await thisProcess();
    // The shell becomes a cat, which collects no children. The child is a cat too, until its input ends.
    const parent = spawn("sh", ["-c", "cat <&3 >/dev/null & echo $!; exec cat"], {
      stdio: ["pipe", "pipe", "inherit", "pipe"],
    });
    const [line] = (await once(parent.stdout as Readable, "data")) as [Buffer];
    const pid = Number(line.toString());
    await until(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8").trim() === "cat");
    (parent.stdio[3] as Writable).end();
    await until(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
    expect(isProcessGone({ ...here, pid, processStartedAt: "unknown" }, here)).toBe(true);
    (parent.stdin as Writable).end();
    await once(parent, "exit");
  },
);

test("where the system has no machine id, the first process makes one and all agree on it", async () => {
  await using home = await createTemporaryFolder();
  const options = { home: home.path, host: "api", machineIdFile: home.join("no such file") };
  const owners = await Promise.all(Array.from({ length: 8 }, () => describeThisProcess(options)));
  expect(new Set(owners.map((owner) => owner.machineId)).size).toBe(1);
  expect(await home.files()).toEqual(["machine-id"]);
  expect((await stat(home.join("machine-id"))).mode & 0o777).toBe(0o600);
});

test("two homes on one system without a machine id are not taken for each other", async () => {
  await using one = await createTemporaryFolder();
  await using other = await createTemporaryFolder();
  const machineIdFile = one.join("no such file");
  const first = await describeThisProcess({ home: one.path, host: "api", machineIdFile });
  const second = await describeThisProcess({ home: other.path, host: "api", machineIdFile });
  expect(first.machineId).not.toBe(second.machineId);
});
