import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard, type GuardedPath } from "../../../../src/core/policy/pathGuard.ts";
import { FileChanges } from "../../../../src/core/tools/fileChanges.ts";
import { FileLocks } from "../../../../src/core/tools/fileLocks.ts";
import type { ToolCallContext } from "../../../../src/core/tools/tool.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";

let disk: TemporaryFolder;
let guard: PathGuard;
let changes: FileChanges;
let controller: AbortController;
let begun: number;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({ "a.txt": "a" });
  guard = new PathGuard({ folders: [{ name: "work", path: disk.path }], home: disk.join("home") });
  changes = new FileChanges({ guard, locks: new FileLocks() });
  controller = new AbortController();
  begun = 0;
});

afterEach(() => disk[Symbol.asyncDispose]());

function context(paths: readonly GuardedPath[] = []): ToolCallContext {
  return {
    sessionId: "session_1",
    agentId: "coder_1",
    toolUseId: "toolu_1",
    folders: guard.folders,
    signal: controller.signal,
    paths,
    taint: [],
    output: () => undefined,
    begin: async () => void begun++,
  };
}

it("leaves no empty file behind when writing a new one fails", async () => {
  const path = await guard.resolve("new/b.txt", "write");
  const write = () => Promise.reject(new Error("no space"));
  await expect(changes.make({ path, write }, context())).rejects.toThrow("no space");
  expect(await disk.files()).toEqual(["a.txt"]);
});

it("has no effect to tell when a write changed nothing", async () => {
  const path = await guard.resolve("a.txt", "write");
  expect(await changes.make({ path, write: () => writeFile(path.absolute, "a") }, context())).toBeUndefined();
  expect(begun).toBe(1);
});

it("writes nothing when stopped while its intent was committed, or while it waited for its turn", async () => {
  const path = await guard.resolve("a.txt", "write");
  const write = () => writeFile(path.absolute, "b");
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = changes.make({ path, write }, { ...context(), begin: () => (enter(), gate) });
  const second = changes.make({ path, write }, context());
  await entered;
  controller.abort(new Error("stopped"));
  open();
  await expect(first).rejects.toThrow("stopped");
  await expect(second).rejects.toThrow("stopped");
  expect(begun).toBe(0);
  expect(await disk.read("a.txt")).toBe("a");
});

describe("locks", () => {
  it("let one at a time work on a path, in the order they came, also after one failed", async () => {
    const locks = new FileLocks();
    const order: string[] = [];
    const work =
      (name: string, fails = false) =>
      async (): Promise<void> => {
        order.push(`${name} begins`);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
      };
    const all = await Promise.allSettled([
      locks.hold("/w/a", work("1", true)),
      locks.hold("/w/A", work("2")),
      locks.hold("/w/b", work("other")),
      locks.hold("/w/a", work("3")),
    ]);
    expect(all.map((each) => each.status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(order.filter((entry) => !entry.startsWith("other"))).toEqual([
      "1 begins",
      "1 ends",
      "2 begins",
      "2 ends",
      "3 begins",
      "3 ends",
    ]);
    expect(order.indexOf("other begins")).toBeLessThan(order.indexOf("1 ends"));
  });
});
