import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { GZIP_HEADER, LIMITS, sha256 } from "../../../../src/core/transfer/container.ts";
import { eventsFrom, text, updated, version } from "../store/storeFixtures.ts";
import { agentCompleted, completed, created, planned, workflowCompleted } from "../sessions/sessionEvents.ts";
import { HEADER, linesIn, writeContainerOf, writeLines } from "./containerFiles.ts";
import { startTransferHost, type TransferHost } from "./transferHost.ts";

let host: TransferHost;
let file: string;
beforeEach(async () => {
  host = await startTransferHost();
  file = host.file("theirs.session");
});
afterEach(async () => {
  await host[Symbol.asyncDispose]();
});

/** Nothing is there afterwards, and what was there before is as it was. */
async function expectRefused(code: string, params: object = {}, limits = LIMITS): Promise<void> {
  await host.host.sessions.createSession({ sessionId: "mine", initialState: { kept: true } });
  await expect(host.importer(limits).import({ file })).rejects.toMatchObject({
    code,
    params: { path: file, ...params },
  });
  const sessions = await host.host.sessions.listSessions({ limit: 5 });
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(["mine"]);
  expect(await host.host.store.removeLeftovers()).toBe(0);
  expect(await host.host.sessions.getActiveSession("mine")).toMatchObject({ kept: true });
  expect(host.blobs.contents.size).toBe(0);
  await host.host.sessions.deleteSession("mine");
}

/** A valid container with these events of `theirs`. */
async function writeEvents(
  drafts: readonly EventDraft[],
  change?: (event: OrchestratorEvent) => object,
): Promise<void> {
  const events = eventsFrom(drafts, { sessionId: "theirs" });
  const records = events.map((event) => ({ event: change ? change(event) : event }));
  await writeContainerOf(file, { ...HEADER, events: records.length }, records);
}

async function exportWhole(): Promise<Buffer> {
  await host.host.has(
    "theirs",
    created(),
    version("v1"),
    planned("a"),
    completed("a"),
    text("Hello"),
    workflowCompleted,
  );
  await host.exporter.export({ sessionId: "theirs", file });
  await host.host.sessions.deleteSession("theirs");
  return readFile(file);
}

test("a file cut off anywhere is refused", async () => {
  const whole = await exportWhole();
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
      await writeFile(file, whole.subarray(0, length));
      await expectRefused(length < GZIP_HEADER.length ? "import.notASession" : "import.incomplete");
    }),
    { numRuns: 40 },
  );
});

test("a file with one byte changed, wherever, is refused", async () => {
  const whole = await exportWhole();
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ difference;
      await writeFile(file, changed);
      await expect(host.importer().import({ file })).rejects.toMatchObject({
        code: expect.stringMatching(/^import\.(changed|incomplete|notASession|invalid|tooLarge)$/),
      });
      expect(await host.host.sessions.listSessions({ limit: 5 })).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("bytes after the end are refused", async () => {
  const whole = await exportWhole();
  for (const more of [Buffer.alloc(3), Buffer.from("more"), gzipSync("more\n")]) {
    await writeFile(file, Buffer.concat([whole, more]));
    await expectRefused("import.changed");
  }
});

test("one letter changed within a line is found by its hash, and by that of the whole in the first line", async () => {
  await exportWhole();
  const lines = await linesIn(file);
  await writeLines(
    file,
    lines.map((line, index) => (index === 5 ? line.replace("Hello", "Hallo") : line)),
  );
  await expectRefused("import.changed", { line: 6 });
  await writeLines(
    file,
    lines.map((line, index) => (index === 0 ? line.replace("1.2.3", "1.2.4") : line)),
  );
  await expectRefused("import.changed", { line: 8 });
});

test("lines taken out, moved, added or missing at the end are found", async () => {
  await exportWhole();
  const lines = await linesIn(file);
  await writeLines(file, lines.toSpliced(5, 1));
  await expectRefused("import.invalid", { line: 6 });
  await writeLines(file, lines.toSpliced(6, 1));
  await expectRefused("import.changed", { line: 7 });
  await writeLines(file, lines.toSpliced(4, 2, lines[5]!, lines[4]!));
  await expectRefused("import.invalid", { line: 5 });
  await writeLines(file, lines.slice(0, -1));
  await expectRefused("import.incomplete");
  await writeLines(file, [...lines, lines[1]!]);
  await expectRefused("import.changed", { line: 9 });
});

test.each([
  ["text", "Dear diary"],
  ["nothing", ""],
  ["gzip of something else", gzipSync("Dear diary\n")],
  ["another format", gzipSync('{"format":"other","version":1}\n')],
])("a file of %s is told to be no session", async (_, content) => {
  const bytes = Buffer.from(content);
  if (bytes[0] === 0x1f) GZIP_HEADER.copy(bytes);
  await writeFile(file, bytes);
  await expectRefused("import.notASession");
});

test("what is no file is refused at once", async () => {
  await expectRefused("import.unreadable");
  await mkdir(file);
  await expectRefused("import.notASession");
});

test.runIf(process.platform === "linux")("a pipe and a device without an end are refused at once", async () => {
  await symlink("/dev/zero", file);
  await expectRefused("import.notASession");
});

test("a newer format is named", async () => {
  await writeContainerOf(file, { ...HEADER, version: 7, more: true }, []);
  await expectRefused("import.newer", { found: 7, supported: 1 });
});

test.each([
  ["events", { events: 10_000_000_000 }],
  ["contents", { blobs: 10_000_000_000 }],
])("a file that claims ten billion %s is refused before they are read", async (_, claim) => {
  await writeContainerOf(file, { ...HEADER, ...claim }, []);
  await expectRefused("import.tooLarge");
});

test("a content that claims ten gigabytes is refused", async () => {
  const [event] = eventsFrom([created()], { sessionId: "theirs" });
  const blob = { hash: "0".repeat(64), bytes: 10_000_000_000, part: 1, parts: 20_000, data: "" };
  await writeContainerOf(file, { ...HEADER, events: 1, blobs: 1 }, [{ event }, { blob }]);
  await expectRefused("import.tooLarge", { megabytes: 256 });
});

test("what unpacks to more than any session has is refused while it unpacks", async () => {
  const [event] = eventsFrom([created("x".repeat(3_000_000))], { sessionId: "theirs" });
  await writeContainerOf(file, { ...HEADER, events: 1 }, [{ event }]);
  await expectRefused("import.tooLarge", { megabytes: 1 }, { ...LIMITS, line: 1024 * 1024 });
  await expectRefused("import.tooLarge", { megabytes: 2 }, { ...LIMITS, total: 2 * 1024 * 1024 });
  await host.importer().import({ file });
});

test("contents that are not what they claim are refused", async () => {
  const [event] = eventsFrom([created()], { sessionId: "theirs" });
  const content = Buffer.from("content");
  const good = { hash: sha256(content), bytes: 7, part: 1, parts: 1, data: content.toString("base64") };
  for (const wrong of [
    { hash: sha256("other") },
    { bytes: 8 },
    { bytes: 6 },
    { part: 2 },
    { parts: 2 },
    { data: "" },
  ]) {
    await writeContainerOf(file, { ...HEADER, events: 1, blobs: 1 }, [{ event }, { blob: { ...good, ...wrong } }], {
      events: 1,
      blobs: 1,
    });
    await expectRefused("import.changed");
  }
  const endless = Array.from({ length: 3 }, (_, index) => ({ blob: { ...good, part: index + 1, parts: 3, data: "" } }));
  await writeContainerOf(file, { ...HEADER, events: 1, blobs: 1 }, [{ event }, ...endless]);
  await expectRefused("import.changed");
  await writeContainerOf(file, { ...HEADER, events: 1, blobs: 1 }, [{ blob: good }, { event }]);
  await expectRefused("import.changed");
  await writeContainerOf(file, { ...HEADER, events: 1, blobs: 1 }, [{ event }, { blob: { ...good, data: "!!" } }]);
  await expectRefused("import.invalid");
});

test.each<[string, readonly EventDraft[], ((event: OrchestratorEvent) => object)?]>([
  ["belong to another session", [created()], (event) => ({ ...event, sessionId: "other" })],
  ["do not begin at the beginning", [created()], (event) => ({ ...event, seq: 2 })],
  ["leave one out", [created(), text("a")], (event) => ({ ...event, seq: event.seq === 2 ? 3 : event.seq })],
  ["go back to an earlier owner", [created(), text("a")], (event) => ({ ...event, epoch: 3 - event.seq })],
  ["have an owner beyond counting", [created()], (event) => ({ ...event, epoch: 2 ** 52 })],
  ["are of no known kind", [created()], (event) => ({ ...event, type: "root_access_granted" })],
  ["lack a field", [created()], (event) => ({ ...event, goal: undefined })],
  ["begin without a session", [text("a")]],
  ["create the session twice", [created(), created()]],
  ["name a version twice", [created(), version("v1"), version("v1")]],
  ["name a version as no version is named", [created(), version("../v1")]],
  [
    "are nested without end",
    [created(), updated(JSON.parse(`{"a":${"[".repeat(600)}${"]".repeat(600)}}`) as Record<string, unknown>)],
  ],
])("events that %s are refused", async (_, drafts, change) => {
  await writeEvents(drafts, change);
  await expectRefused("import.invalid");
});

test("a header that is none, and an id that is a path, are refused", async () => {
  await writeContainerOf(file, { ...HEADER, sessionId: "../../etc" }, []);
  await expectRefused("import.invalid", { line: 1 });
  await writeContainerOf(file, { ...HEADER, grants: ["everything"] }, []);
  await expectRefused("import.invalid", { line: 1 });
  await writeContainerOf(file, HEADER, []);
  await expectRefused("import.incomplete");
});

const BAD_PATHS = [
  "../x",
  "a/../../x",
  "/etc/passwd",
  "\\\\server\\share",
  "C:\\x",
  "c:x",
  "a\\..\\..\\x",
  "a\0b",
  "",
  "x/".repeat(3_000),
];

const call = { source: "agent", agentId: "w", toolUseId: "t", tool: "write" };
const done = { isError: false, content: "ok" };
const PLACES: Record<string, (path: string) => EventDraft> = {
  effects: (path) => ({ type: "tool_result", ...call, ...done, effects: [{ path, change: "created" }] }),
  preImages: (path) => ({ type: "tool_started", ...call, preImages: [{ path }] }),
  "a step's outputs": (path) => ({ ...(completed("a") as object), outputs: [path] }) as EventDraft,
  "an agent's outputs": (path) => ({ ...(agentCompleted("w") as object), outputs: [path] }) as EventDraft,
  "the outputs": (path) => ({ ...(workflowCompleted as object), outputs: [path] }) as EventDraft,
};

test.each(Object.entries(PLACES))("paths in %s that lead elsewhere are refused", async (_, draftOf) => {
  for (const unsafe of BAD_PATHS) {
    await writeEvents([created(), draftOf(unsafe)]);
    await expectRefused("import.unsafePath", { line: 3, unsafe });
  }
  await writeEvents([created(), draftOf("src/a..b/..c/ü\u202e name.md")]);
  await host.importer().import({ file });
});

test.each([
  ["name", ["..", ".", "a/b", "a\\b", ""]],
  ["path", ["/a/../../etc", "relative", "C:\\a\\..\\b", "/a\0b", ""]],
] as const)("folders whose %s is a trick are refused", async (field, tricks) => {
  for (const unsafe of tricks) {
    const folder = { name: "app", path: "/home/ann/app", [field]: unsafe };
    await writeEvents([{ ...(created() as object), folders: [folder] } as EventDraft]);
    await expectRefused("import.unsafePath", { line: 2, unsafe });
  }
  const windows = { name: "app", path: "C:\\Users\\ann\\app" };
  await writeEvents([{ ...(created() as object), folders: [windows] } as EventDraft]);
  expect(await host.importer().import({ file })).toMatchObject({ sessionId: "theirs" });
  expect(await host.host.sessions.getSession("theirs")).toMatchObject({ folders: [] });
});

test("fields nobody knows do not come along", async () => {
  await writeEvents([created()], (event) => ({ ...event, lease: { pid: 1 }, grants: ["bash"] }));
  await host.importer().import({ file });
  const [event] = await host.host.events("theirs");
  expect(event).toEqual(eventsFrom([created()], { sessionId: "theirs" })[0]);
});

test("a file that is exchanged between the two readings is refused", async () => {
  await exportWhole();
  const other = host.file("other.session");
  await host.host.has("theirs", created("Another goal"));
  await host.exporter.export({ sessionId: "theirs", file: other });
  await host.host.sessions.deleteSession("theirs");
  const { store } = host.host;
  const removeLeftovers = store.removeLeftovers.bind(store);
  // It is called after the first reading.
  store.removeLeftovers = async () => {
    store.removeLeftovers = removeLeftovers;
    await copyFile(other, file);
    return removeLeftovers();
  };
  await expectRefused("import.changed");
});

test.runIf(process.platform === "linux")("a named pipe nobody writes to does not hold anything up", async () => {
  execFileSync("mkfifo", [file]);
  await expectRefused("import.notASession");
});
