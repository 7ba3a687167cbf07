import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { createCliSandbox } from "../support/cliSandbox.ts";

test("compiled code is kept in a home that is there, for this version alone", async () => {
  await using sandbox = await createCliSandbox();
  await sandbox.run(["--list"]);
  await mkdir(join(sandbox.home, "compiled/0.0.1"), { recursive: true });
  await writeFile(join(sandbox.home, "compiled/0.0.1/old"), "");
  expect(await sandbox.run(["--list"])).toMatchObject({ exitCode: 0, stderr: "There are no sessions yet.\n" });
  expect(await readdir(join(sandbox.home, "compiled"))).toEqual([packageFile.version]);
  const kept = (await sandbox.everything()).filter((file) => file.startsWith(`home/compiled/${packageFile.version}/`));
  expect(kept.length).toBeGreaterThan(0);
});

test("what is damaged of it, or no folder, keeps nobody from starting", async () => {
  await using sandbox = await createCliSandbox();
  await sandbox.run(["--list"]);
  await sandbox.run(["--list"]);
  const kept = (await sandbox.everything()).filter((file) => file.startsWith("home/compiled/"));
  for (const file of kept) await sandbox.root.write({ [file]: "no compiled code" });
  expect((await sandbox.run(["--list"])).exitCode).toBe(0);
  await using other = await createCliSandbox();
  await other.run(["--list"]);
  await other.root.write({ "home/compiled": "a file" });
  expect(await other.run(["--list"])).toMatchObject({ exitCode: 0, stderr: "There are no sessions yet.\n" });
  expect(await other.root.read("home/compiled")).toBe("a file");
});

test("nothing is kept where somebody else could put code, or where nothing was there", async () => {
  await using sandbox = await createCliSandbox();
  await sandbox.run(["--help"]);
  expect(await sandbox.everything()).toEqual([]);
  await sandbox.run(["--list"]);
  await chmod(sandbox.home, 0o777);
  await sandbox.run(["--list"]);
  expect(await sandbox.everything()).not.toContainEqual(expect.stringContaining("compiled"));
});
