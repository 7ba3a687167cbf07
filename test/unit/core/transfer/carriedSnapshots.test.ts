/** Snapshots that leave with a session and arrive on another machine, also from somebody who means harm. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SecretRedactor } from "../../../../src/core/policy/redaction.ts";
import { sha256 } from "../../../../src/core/transfer/container.ts";
import { SessionExport } from "../../../../src/core/transfer/sessionExport.ts";
import { SessionImport } from "../../../../src/core/transfer/sessionImport.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import { startRestoreHost, type RestoreHost } from "../sessions/restoreHost.ts";
import { created, workflowCompleted } from "../sessions/sessionEvents.ts";
import { contentsOf } from "../snapshots/snapshotFixtures.ts";
import { HOUR, noise } from "../store/objectFixtures.ts";
import { eventsFrom, silentLogger } from "../store/storeFixtures.ts";
import { HEADER, writeContainerOf } from "./containerFiles.ts";

let here: RestoreHost;
let there: RestoreHost;
beforeEach(async () => {
  [here, there] = [await startRestoreHost(), await startRestoreHost()];
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const WRITER = { agentId: "writer_1", stepId: "write" };
const KEY = "sk-test-0123456789";

async function exportFrom({ host, snapshots }: RestoreHost, sessionId = "mine") {
  const { sessions, clock } = host;
  const blobs = async () => (await snapshots.objects()).blobs;
  const exporter = new SessionExport({ sessions, redactor: new SecretRedactor([KEY]), clock, program: "1.2.3", blobs });
  const file = host.home.join(`${sessionId}.session`);
  return { file, exported: await exporter.export({ sessionId, file }) };
}

async function importInto({ host, snapshots }: RestoreHost, file: string) {
  const { store, clock, home } = host;
  const owner = await describeThisProcess({ home: home.path, host: "terminal" });
  const blobs = async () => (await snapshots.objects()).blobs;
  return new SessionImport({ store, clock, logger: silentLogger, owner, blobs }).import({ file });
}

test("versions arrive whole, stay when nothing else names them, and can be put into a folder there", async () => {
  await here.folder.write({ "a.md": "one\n", "deep/er/b.bin": noise(900_000), "empty.txt": "" });
  const session = await here.begin("mine");
  const v1 = contentsOf(here.folder.path);
  await session.write(WRITER, { "a.md": "two\n", "new/c.md": "c\n" });
  await session.version();
  await session.emit(workflowCompleted);
  await session.end();
  const { file, exported } = await exportFrom(here);
  expect(exported.withheld).toBe(0);
  const imported = await importInto(there, file);
  expect(imported.blobs).toBe(exported.blobs);
  // What the trees name is named by nothing else.
  await there.host.clock.advance(2 * HOUR);
  await there.retention.collect();
  expect([...(await there.files.list({ sessionId: "mine", versionId: "v2" })).keys()]).toEqual([
    "a.md",
    "deep/er/b.bin",
    "empty.txt",
    "new/c.md",
  ]);
  const { blobs } = await there.snapshots.objects();
  const manifests = (await there.host.sessions.listVersions("mine")).map(({ manifest }) => manifest ?? "");
  expect(await blobs.examine(manifests)).toMatchObject({ missing: [], corrupted: [] });

  await expect(there.restores.plan({ sessionId: "mine", versionId: "v1" })).rejects.toMatchObject({
    code: "session.noFolder",
    params: { names: "app" },
  });
  // A file that is there already is somebody's, even if the log claims that the session wrote just that.
  await there.folder.write({ "a.md": "two\n" });
  const bound = { workspaceFolders: there.folders };
  const plan = await there.restores.plan({ sessionId: "mine", versionId: "v1" }, bound);
  expect(plan.conflicts.map(({ path, reason }) => [path, reason])).toEqual([["a.md", "notWritten"]]);
  await there.restores.apply(plan, { conflicts: new Map([["a.md", "take"]]) });
  expect(contentsOf(there.folder.path)).toEqual(v1);
  expect(await there.host.sessions.getSession("mine")).toMatchObject({ folders: [{ path: there.folder.path }] });
});

test("contents that hold a secret, and what was kept of files that look like it, stay behind", async () => {
  await here.folder.write({ "config.txt": `key=${KEY}\n`, "a.md": "one\n", ".env": "TOKEN=other\n" });
  const session = await here.begin("mine");
  // As if it had been stored before it looked like a secret.
  const [kept = ""] = await (await here.snapshots.objects()).blobs.put([Buffer.from("TOKEN=other\n")]);
  const call = { agentId: "writer_1", toolUseId: "call_1", tool: "write" };
  const preImages = [{ path: ".env", before: kept }];
  await session.emit({ type: "tool_started", source: "writer_1", ...call, preImages });
  await session.end();
  const { file, exported } = await exportFrom(here);
  expect(exported.withheld).toBe(2);
  await importInto(there, file);
  const at = { sessionId: "mine", versionId: "v1" };
  const there1 = (path: string) =>
    there.files.content(at, path).then((content) => Buffer.from(content ?? []).toString());
  expect(await there1("a.md")).toBe("one\n");
  await expect(there1("config.txt")).rejects.toMatchObject({ code: "blob.missing" });
  const { blobs } = await there.snapshots.objects();
  expect(await blobs.has([kept])).toEqual([false]);
  // The rest of the version can be restored; what stayed behind is told.
  const plan = await there.restores.plan(at, { workspaceFolders: there.folders });
  const { failed } = await there.restores.apply(plan);
  expect(failed).toMatchObject([{ path: "config.txt", failure: "missing" }]);
  expect(await there.folder.files()).toEqual(["a.md"]);
});

test("snapshots that were given up do not come along", async () => {
  await here.folder.write({ "a.md": "one\n" });
  const session = await here.begin("mine");
  await session.emit(workflowCompleted);
  await session.end();
  await here.versions.removeSnapshots({ sessionId: "mine" });
  expect((await exportFrom(here)).exported).toMatchObject({ blobs: 0, withheld: 0 });
});

describe("a crafted file", () => {
  const blob = (content: string): object => {
    const bytes = Buffer.from(content, "latin1");
    return { hash: sha256(bytes), bytes: bytes.length, part: 1, parts: 1, data: bytes.toString("base64") };
  };

  /** A file with a version whose one folder has this tree. */
  async function craft(tree: string, manifest = `workspace 1\n${sha256(Buffer.from(tree, "latin1"))} "app"\n`) {
    const file = there.host.home.join("crafted.session");
    const version = { type: "snapshot_created", source: "x", versionId: "v1", reason: "session_created" } as const;
    const drafts = [created(), { ...version, manifest: sha256(Buffer.from(manifest, "latin1")) }];
    const events = eventsFrom(drafts, { sessionId: "theirs" }).map((event) => ({ event }));
    const blobs = [manifest, tree].map((content) => ({ blob: blob(content) }));
    await writeContainerOf(file, { ...HEADER, events: 2, blobs: 2 }, [...events, ...blobs]);
    return file;
  }

  const hash = "0".repeat(64);
  test.each([
    ["leads up", `tree 1\nf 644 3 ${hash} ..\n`],
    ["leads down", `tree 1\nf 644 3 ${hash} a/../../b\n`],
    ["is absolute", `tree 1\nf 644 3 ${hash} /etc/passwd\n`],
    ["writes into git", `tree 1\nd 755 0 ${hash} .git\n`],
    ["writes into git as other systems spell it", `tree 1\nd 755 0 ${hash} .GiT\n`],
    ["names a file twice", `tree 1\nf 644 3 ${hash} a\nl 777 3 ${hash} a\n`],
    ["has a name with a zero byte", `tree 1\nf 644 3 ${hash} a\0b\n`],
    ["sets more than permissions", `tree 1\nf 4755 3 ${hash} a\n`],
    ["is none", "no tree at all"],
  ])("whose tree %s is refused, and nothing is kept", async (_, tree) => {
    const file = await craft(tree);
    await expect(importInto(there, file)).rejects.toMatchObject({ code: "import.invalid" });
    expect(await there.host.sessions.listSessions({ limit: 10 })).toEqual([]);
    const { blobs } = await there.snapshots.objects();
    expect(await blobs.totals()).toMatchObject({ blobs: 0 });
  });

  test("whose manifest is none is refused", async () => {
    const tree = `tree 1\nf 644 3 ${hash} a\n`;
    await expect(importInto(there, await craft(tree, tree))).rejects.toMatchObject({ code: "import.invalid" });
  });

  test("cannot have protected files written without a question", async () => {
    const tasks = `tree 1\nf 644 3 ${sha256(Buffer.from("{}"))} tasks.json\n`;
    const tree = `tree 1\nd 755 0 ${sha256(Buffer.from(tasks))} .vscode\n`;
    const file = await craft(tree);
    await importInto(there, file);
    const { blobs } = await there.snapshots.objects();
    await blobs.put([Buffer.from(tasks)], "tree");
    await blobs.put([Buffer.from("{}")]);
    const plan = await there.restores.plan(
      { sessionId: "theirs", versionId: "v1" },
      { workspaceFolders: there.folders },
    );
    expect(plan.conflicts.map(({ path, reason }) => [path, reason])).toContainEqual([
      ".vscode/tasks.json",
      "protected",
    ]);
    await there.restores.apply(plan);
    expect(await there.folder.files()).toEqual([]);
  });
});
