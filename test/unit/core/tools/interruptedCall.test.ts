import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { symlink, utimes } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventOf } from "../../../../src/core/events/event.ts";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { settleInterruptedCall, type InterruptedOutcome } from "../../../../src/core/tools/interruptedCall.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";

let disk: TemporaryFolder;

beforeEach(async () => {
  disk = await createTemporaryFolder();
});

afterEach(() => disk[Symbol.asyncDispose]());

/** A write of a process that is gone, whose outcome is not in the log. */
function settleWrite(path: string, before?: string, after?: string): Promise<InterruptedOutcome> {
  const call: EventOf<"tool_started"> = {
    ...{ type: "tool_started", id: "evt_1_1", seq: 1, epoch: 1, timestamp: "2026-01-01T00:00:00.000Z" },
    ...{ sessionId: "session_1", source: "coder_1", agentId: "coder_1", toolUseId: "toolu_1", tool: "write" },
    preImages: [
      {
        path,
        ...(before === undefined ? {} : { before: sha256(before) }),
        ...(after === undefined ? {} : { after: sha256(after) }),
      },
    ],
  };
  const guard = new PathGuard({ folders: [{ name: "work", path: disk.path }], home: disk.join("home") });
  return settleInterruptedCall(call, { guard, clock: new SystemClock(), output: "", effectsSince: async () => [] });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("a write that was interrupted", () => {
  it.each([
    ["was not begun", undefined, {}],
    ["had only made the file", undefined, { "a.txt": "" }],
    ["had not changed the file", "before", { "a.txt": "before" }],
  ])("is made again when it %s", async (_, before, files) => {
    await disk.write(files);
    expect(await settleWrite("a.txt", before)).toEqual({ repeat: true });
    expect(await disk.files()).toEqual(before === undefined ? [] : ["a.txt"]);
  });

  it.each([
    ["created", undefined],
    ["modified", "before"],
  ])("is done when the file is %s", async (change, before) => {
    await disk.write({ "a.txt": "after" });
    expect(await settleWrite("a.txt", before)).toMatchObject({
      repeat: false,
      isError: false,
      effects: [{ path: "a.txt", change, after: sha256("after") }],
    });
  });

  it.each([undefined, "before"])("is done when the file is what it was to write (before: %s)", async (before) => {
    await disk.write({ "a.txt": "after" });
    expect(await settleWrite("a.txt", before, "after")).toMatchObject({ isError: false, effects: [{ path: "a.txt" }] });
  });

  it.each([undefined, "before"])("takes nothing for its own that a person wrote (before: %s)", async (before) => {
    await disk.write({ "a.txt": "a person's" });
    expect(await settleWrite("a.txt", before, "after")).toEqual({
      repeat: false,
      isError: true,
      effects: [],
      content: expect.stringMatching(/a\.txt is neither what it was .* somebody else has changed it/) as string,
    });
    expect(await disk.read("a.txt")).toBe("a person's");
  });

  it("has an unknown outcome when its path leads out of the workspace now", async () => {
    await using elsewhere = await createTemporaryFolder();
    await elsewhere.write({ "a.txt": "" });
    await symlink(elsewhere.path, disk.join("folder"));
    expect(await settleWrite("folder/a.txt")).toMatchObject({
      repeat: false,
      isError: true,
      content: expect.stringMatching(/outcome is unknown/) as string,
      effects: [],
    });
    expect(await elsewhere.files()).toEqual(["a.txt"]);
  });

  it("leaves no unfinished file behind, but those of processes that live", async () => {
    const gone = await deadProcess();
    const mine = `folder/.tmp-${process.pid}-${randomUUID()}`;
    const older = `folder/.tmp-${process.pid}-${randomUUID()}`;
    await disk.write({
      [`folder/.tmp-${gone}-${randomUUID()}`]: "half",
      [older]: "of a process that had our number before",
      [mine]: "being written",
      "folder/.tmp-notes": "somebody's own",
    });
    await utimes(disk.join(older), 1, 1);
    expect(await settleWrite("folder/a.txt")).toEqual({ repeat: true });
    expect(await disk.files()).toEqual([mine, "folder/.tmp-notes"].toSorted());
  });
});
