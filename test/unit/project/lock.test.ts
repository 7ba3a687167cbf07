import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { acquireLock } from "../../../scripts/lock.mjs";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

test("the second waits until the first lets go", async () => {
  await using folder = await createTemporaryFolder();
  const order: string[] = [];
  const first = await acquireLock(folder.path);
  const second = acquireLock(folder.path, () => {
    order.push("waits");
    first.release();
    order.push("released");
  }).then((lock) => {
    order.push("has it");
    return lock;
  });
  (await second).release();
  expect(order).toEqual(["waits", "released", "has it"]);
});

test("many that come together have it one after the other", async () => {
  await using folder = await createTemporaryFolder();
  let inside = 0;
  const most: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await acquireLock(folder.path);
      most.push(++inside);
      await new Promise(setImmediate);
      inside -= 1;
      lock.release();
    }),
  );
  expect(most).toEqual(Array.from({ length: 8 }, () => 1));
});

test("an owner that died holds nobody up, unless what it started still runs", async () => {
  await using folder = await createTemporaryFolder();
  const dead = await pidOfEndedProcess();
  await folder.write({ "7": `${hostname()} ${dead}` });
  (await acquireLock(folder.path)).release();
  expect(await folder.files()).toEqual(["8"]);

  const child = spawn("sleep", ["60"]);
  try {
    await folder.write({ "9": `${hostname()} ${dead} ${child.pid}` });
    (await acquireLock(folder.path, () => child.kill())).release();
    expect(child.killed).toBe(true);
  } finally {
    child.kill();
  }
});

test("who was taken for gone knows that it no longer holds the lock", async () => {
  await using folder = await createTemporaryFolder();
  const lock = await acquireLock(folder.path);
  expect(lock.isHeld()).toBe(true);
  await folder.write({ "2": `${hostname()} 1` });
  expect(lock.isHeld()).toBe(false);
  lock.release();
  expect(await folder.read("2")).toBe(`${hostname()} 1`);
});

async function pidOfEndedProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "close");
  return child.pid ?? 0;
}
