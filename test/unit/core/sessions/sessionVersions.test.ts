import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { carryOut } from "../../../../src/core/agents/runCommands.ts";
import { startRestoreHost, type RestoreHost } from "./restoreHost.ts";

let bench: RestoreHost;
beforeEach(async () => {
  bench = await startRestoreHost();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const WRITER = { agentId: "writer_1", stepId: "write" };

async function session(): Promise<void> {
  await bench.folder.write({ "a.md": "1\n", ".gitignore": "out/\n" });
  const running = await bench.begin("mine");
  await running.write(WRITER, { "a.md": "2\n", "out/a.js": "a" });
  await running.version();
  await running.end();
}

describe("a version on demand", () => {
  test("of a session nobody runs holds the folders as they are, under the name a person gave it", async () => {
    await session();
    await bench.folder.write({ "theirs.md": "theirs\n" });
    const made = await bench.versions.create({ sessionId: "mine", label: "  before the\nbig change " });
    // out/a.js too: the session wrote it.
    expect(made).toEqual({ versionId: "v3", files: 2 });
    const row = (await bench.host.sessions.listVersions("mine")).at(-1);
    expect(row).toMatchObject({ versionId: "v3", reason: "requested", label: "before the big change", files: 2 });
    const files = await bench.files.list({ sessionId: "mine", versionId: "v3" });
    expect([...files.keys()]).toEqual([".gitignore", "a.md", "out/a.js", "theirs.md"]);
    expect(await bench.host.sessions.getSession("mine")).toMatchObject({ owner: null, versions: 3 });
  });

  test("needs a name that fits, and a folder that is there", async () => {
    await session();
    for (const label of ["", " \n", "x".repeat(201)]) {
      await expect(bench.versions.create({ sessionId: "mine", label })).rejects.toMatchObject({
        code: "version.invalidLabel",
      });
    }
    await bench.host.sessions.createSession({ sessionId: "own" });
    await expect(bench.versions.create({ sessionId: "own" })).rejects.toMatchObject({ code: "session.noFolder" });
    await expect(bench.versions.create({ sessionId: "nobody" })).rejects.toMatchObject({ code: "session.unknown" });
    await bench.folder[Symbol.asyncDispose]();
    await expect(bench.versions.create({ sessionId: "mine" })).rejects.toMatchObject({ code: "session.folderGone" });
    expect(await bench.host.sessions.listVersions("mine")).toHaveLength(2);
  });

  test("of a session that runs is made by whoever runs it", async () => {
    await bench.folder.write({ "a.md": "1\n" });
    const running = await bench.begin("mine");
    const asked: unknown[] = [];
    const run = {
      sessionId: "mine",
      log: undefined as never,
      steering: undefined as never,
      toolbox: { answer: () => false, reply: () => false },
      stop: () => {},
    };
    let registration = bench.control.register("mine", (command) => carryOut(command, run));
    await expect(bench.versions.create({ sessionId: "mine" })).rejects.toMatchObject({
      code: "command.notPossible",
      params: { id: "mine", command: "snapshot" },
    });
    registration[Symbol.dispose]();
    registration = bench.control.register("mine", (command) =>
      carryOut(command, {
        ...run,
        snapshot: async (request) => {
          asked.push(request);
          await running.version("requested");
          return { accepted: true };
        },
      }),
    );
    await bench.folder.write({ "a.md": "2\n" });
    expect(await bench.versions.create({ sessionId: "mine", label: "now", origin: "terminal" })).toMatchObject({
      versionId: "v2",
    });
    expect(asked).toEqual([{ label: "now", commandId: expect.any(String) }]);
    registration[Symbol.dispose]();
    await running.end();
  });
});

test("pinned versions keep their files when all others give them up", async () => {
  await session();
  await bench.versions.create({ sessionId: "mine" });
  await bench.versions.pin({ sessionId: "mine", versionId: "v2", pinned: true });
  const before = (await bench.host.events("mine")).length;
  // What is so already is no event.
  await bench.versions.pin({ sessionId: "mine", versionId: "v2", pinned: true });
  expect((await bench.host.events("mine")).length).toBe(before);
  await expect(bench.versions.pin({ sessionId: "mine", versionId: "v9", pinned: true })).rejects.toMatchObject({
    code: "version.unknown",
  });
  const all = { removed: ["v1", "v3"], pinned: ["v2"] };
  expect(await bench.versions.removeSnapshots({ sessionId: "mine", dryRun: true })).toEqual(all);
  expect(await bench.versions.removeSnapshots({ sessionId: "mine" })).toEqual(all);
  expect(await bench.versions.removeSnapshots({ sessionId: "mine" })).toEqual({ removed: [], pinned: ["v2"] });
  const rows = await bench.host.sessions.listVersions("mine");
  expect(
    rows.map(({ versionId, isRemoved, isPinned, manifest }) => [versionId, isRemoved, isPinned, manifest !== null]),
  ).toEqual([
    ["v1", true, false, false],
    ["v2", false, true, true],
    ["v3", true, false, false],
  ]);
  // One that is named goes, pinned or not; the session stays.
  expect(await bench.versions.removeSnapshots({ sessionId: "mine", versionIds: ["v2"] })).toMatchObject({
    removed: ["v2"],
  });
  expect(await bench.host.sessions.getActiveSession("mine")).toMatchObject({ workflow: { goal: "Change something" } });
});

test("a session that somebody runs keeps everything", async () => {
  await bench.folder.write({ "a.md": "1\n" });
  const running = await bench.begin("mine");
  await expect(bench.versions.removeSnapshots({ sessionId: "mine" })).rejects.toMatchObject({
    code: "session.running",
  });
  await expect(bench.versions.pin({ sessionId: "mine", versionId: "v1", pinned: true })).rejects.toMatchObject({
    code: "session.running",
  });
  await running.end();
});
