import { expect, test } from "vitest";
import { expectGolden, expectGoldenText } from "../../support/goldenFile.ts";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

test("what was written once is what later runs are compared with", async () => {
  await using folder = await createTemporaryFolder();
  const records = [
    { seq: 1, type: "b", nested: { z: 1, a: [{ y: 1, x: 2 }] } },
    { seq: 2, path: `${folder.path}/x` },
  ];
  const options = { folder: folder.path, replace: { [folder.path]: "WORKSPACE" } };
  expectGolden("run.jsonl", records, { ...options, update: true });
  expect(await folder.read("run.jsonl")).toBe(
    '{"nested":{"a":[{"x":2,"y":1}],"z":1},"seq":1,"type":"b"}\n{"path":"WORKSPACE/x","seq":2}\n',
  );
  expectGolden("run.jsonl", records, { ...options, update: false });
});

test("a difference fails and names the file and the way to renew it", async () => {
  await using folder = await createTemporaryFolder();
  const options = { folder: folder.path, update: false };
  expectGoldenText("prompt.md", "one\ntwo\n", { folder: folder.path, update: true });
  expect(() => expectGoldenText("prompt.md", "one\n2\n", options)).toThrow(/prompt\.md.*UPDATE_GOLDEN=1/);
});

test("a file that does not exist is never made by accident", async () => {
  await using folder = await createTemporaryFolder();
  expect(() => expectGoldenText("new.md", "text", { folder: folder.path, update: false })).toThrow(
    /no golden file new\.md/,
  );
  expect(await folder.files()).toEqual([]);
});
