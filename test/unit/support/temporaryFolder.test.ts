import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

test("a folder holds files for one test and is gone after it", async () => {
  let path: string;
  {
    await using folder = await createTemporaryFolder();
    path = folder.path;
    await folder.write({ "b.txt": "b", "sub/.hidden/a.txt": "a", "sub/bytes": new Uint8Array([0xff]) });
    expect(await folder.files()).toEqual(["b.txt", "sub/.hidden/a.txt", "sub/bytes"]);
    expect(await folder.read("sub/.hidden/a.txt")).toBe("a");
    expect(folder.join("sub", "bytes")).toBe(`${path}/sub/bytes`);
  }
  expect(existsSync(path)).toBe(false);
});

test("two folders are never the same", async () => {
  await using one = await createTemporaryFolder();
  await using other = await createTemporaryFolder();
  expect(one.path).not.toBe(other.path);
});
