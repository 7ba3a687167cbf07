import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventDraft, OrchestratorEvent } from "../../../../src/core/events/event.ts";
import { PART_BYTES, sha256 } from "../../../../src/core/transfer/container.ts";
import { startRemote } from "../store/remoteProcess.ts";
import { text, updated, version } from "../store/storeFixtures.ts";
import {
  agentStarted,
  completed,
  created,
  planned,
  started,
  used,
  workflowCompleted,
} from "../sessions/sessionEvents.ts";
import { linesIn } from "./containerFiles.ts";
import { startTransferHost, type TransferHost } from "./transferHost.ts";

const WHOLE = [
  created("Write a report", { notes: { tone: "dry" } }),
  version("v1"),
  planned("a"),
  started("a"),
  agentStarted("writer_a", "a"),
  text("I write.\n\u2028\u0000", "writer_a"),
  used("writer_a", 5, 0.25),
  completed("a"),
  version("v2", "a"),
  workflowCompleted,
];

function withoutPlace({ sessionId: _sessionId, ...event }: OrchestratorEvent): object {
  return event;
}

/** Exports `one` from a machine and imports it on another. */
async function carry(from: TransferHost, to: TransferHost, sessionId = "one") {
  const file = from.file(`${sessionId}.session`);
  const exported = await from.exporter.export({ sessionId, file });
  return { file, exported, imported: await to.importer().import({ file }) };
}

test("a session is on another machine what it was here, bound to no folder and told to come from elsewhere", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const events = await here.host.has("one", ...WHOLE);
  const { file, exported, imported } = await carry(here, there);
  const { size, mode } = await stat(file);
  expect(exported).toEqual({ sessionId: "one", file, bytes: size, events: 10, blobs: 0, withheld: 0 });
  expect(mode & 0o777).toBe(0o600);
  expect(imported).toEqual({ sessionId: "one", originalId: "one", events: 10, blobs: 0 });

  const [last, ...before] = (await there.host.events("one")).toReversed();
  expect(before.toReversed()).toEqual(events);
  expect(last).toMatchObject({
    type: "session_imported",
    seq: 11,
    epoch: 2,
    from: { sessionId: "one", exportedAt: "2026-01-01T00:00:00.000Z", program: "1.2.3" },
    sha256: JSON.parse((await linesIn(file)).at(-1) ?? "")["sha256"],
    taint: ["imported session one"],
  });
  const { sessions } = there.host;
  expect(await sessions.getSession("one")).toMatchObject({
    goal: "Write a report",
    status: "completed",
    folders: [],
    owner: null,
    epoch: 2,
    versions: 2,
    costUsd: 0.25,
  });
  const version2 = { sessionId: "one", versionId: "v2" };
  expect(await sessions.resumeSession(version2)).toEqual(await here.host.sessions.resumeSession(version2));
  expect(await sessions.listVersions("one")).toEqual(await here.host.sessions.listVersions("one"));
  const writer = await sessions.openForWriting("one");
  expect(writer).toMatchObject({ lease: { epoch: 3 }, lastSeq: 11 });
  await writer.close();
});

test("an id that is taken is not touched: the session gets a new one, and so do its events", async () => {
  await using here = await startTransferHost();
  const events = await here.host.has("one", ...WHOLE);
  expect((await carry(here, here)).imported).toMatchObject({ sessionId: "one_2", originalId: "one" });
  expect(await here.host.events("one")).toEqual(events);
  const copy = await here.host.events("one_2");
  expect(new Set(copy.map(({ sessionId }) => sessionId))).toEqual(new Set(["one_2"]));
  expect(copy.slice(0, -1).map(withoutPlace)).toEqual(events.map(withoutPlace));

  const file = here.file("one.session");
  expect((await here.importer().import({ file })).sessionId).toBe("one_3");
  const long = "x".repeat(64);
  await here.host.has(long, ...WHOLE);
  const { imported } = await carry(here, here, long);
  expect(imported.sessionId).toBe(`${"x".repeat(62)}_2`);
});

test("secrets stay: in words, keys, paths and contents, but no field of ours changes", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const secret = "hunter2-hunter2";
  for (const word of [secret, "running", "completed", "session_created"]) here.redactor.add(word);
  const [open, closed] = await here.blobs.put([Buffer.from("nothing to hide"), Buffer.from(`key=${secret}`)]);
  const call = { toolUseId: "t1", tool: "bash", isError: false, content: `the key is ${secret}` };
  const drafts: EventDraft[] = [
    created(`Use ${secret}`, { notes: { [secret]: [secret] } }),
    planned("a"),
    text(`It is ${secret}!`),
    { type: "tool_use", source: "agent", agentId: "w", toolUseId: "t1", tool: "bash", input: { command: secret } },
    {
      type: "turn_completed",
      source: "agent",
      agentId: "w",
      turn: 1,
      message: { role: "assistant", content: [{ type: "text", text: secret }] },
      stopReason: "end_turn",
      usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    },
    {
      type: "tool_result",
      source: "agent",
      agentId: "w",
      ...call,
      effects: [
        { path: `${secret}.md`, change: "created", after: open! },
        { path: "b.md", change: "created", after: closed! },
      ],
    },
    completed("a"),
  ];
  await here.host.has("one", ...drafts);
  const { file, exported } = await carry(here, there);
  expect(exported).toMatchObject({ blobs: 1, withheld: 1 });
  const written = (await linesIn(file)).join("\n");
  expect(written).not.toContain(secret);
  expect(written).not.toContain(Buffer.from(secret).toString("base64").slice(0, 16));
  const types = (await there.host.events("one")).map(({ type }) => type);
  expect(types).toEqual([...drafts.map(({ type }) => type), "session_imported"]);
  expect([...there.blobs.contents.keys()]).toEqual([open]);
});

test("contents come along, long ones in parts, each once", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const contents = [
    Buffer.alloc(0),
    Buffer.from("short"),
    Buffer.alloc(PART_BYTES * 2 + 5, "abc"),
    Buffer.alloc(PART_BYTES),
  ];
  const hashes = await here.blobs.put(contents);
  await here.blobs.put([Buffer.from("nobody names it")]);
  const call = { toolUseId: "t1", tool: "write", isError: false, content: "ok" };
  const effects = [...hashes, hashes[1], "0".repeat(64)].map((after, index) => ({
    path: `${index}`,
    change: "created" as const,
    after: after!,
  }));
  const preImages = [{ path: "x", before: hashes[0]! }];
  await here.host.has(
    "one",
    created(),
    { type: "tool_started", source: "agent", agentId: "w", toolUseId: "t1", tool: "write", preImages },
    { type: "tool_result", source: "agent", agentId: "w", ...call, effects },
  );
  const { imported } = await carry(here, there);
  expect(imported.blobs).toBe(4);
  expect([...there.blobs.contents.keys()]).toEqual(hashes);
  for (const [index, hash] of hashes.entries()) expect(there.blobs.contents.get(hash)).toEqual(contents[index]);
});

test("no permission comes along, and no process is pointed at", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const agent = { source: "agent", agentId: "w" };
  await here.host.has(
    "one",
    created(),
    { type: "tool_started", ...agent, toolUseId: "t", tool: "bash", processGroup: process.pid, processStartedAt: "1" },
    { type: "approval_resolved", ...agent, approvalId: "a1", decision: "allow_session", by: "user" },
    { type: "approval_resolved", ...agent, approvalId: "a2", decision: "deny", by: "user" },
  );
  await carry(here, there);
  const [, call, allowed, denied] = await there.host.events("one");
  expect(call).not.toHaveProperty("processGroup");
  expect(call).not.toHaveProperty("processStartedAt");
  expect([allowed, denied]).toMatchObject([{ decision: "allow" }, { decision: "deny" }]);
});

test("a session that runs is exported as it is, and what was under way is interrupted where it arrives", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const writer = await here.host.sessions.create({
    sessionId: "one",
    goal: "g",
    folders: [{ name: "app", path: "/app" }],
  });
  await here.host.commit(writer, created(), planned("a"), started("a"));
  await carry(here, there);
  await here.host.commit(writer, completed("a"));
  expect(await here.host.sessions.getSession("one")).toMatchObject({ effectiveStatus: "running", lastSeq: 4 });
  expect(await there.host.sessions.getSession("one")).toMatchObject({ effectiveStatus: "interrupted", lastSeq: 4 });
  await writer.close();
});

test("a file that is there is not overwritten, and an export that fails leaves none", async () => {
  await using here = await startTransferHost();
  await here.host.has("one", ...WHOLE);
  const file = here.file("one.session");
  await writeFile(file, "precious");
  const before = await here.host.home.files();
  await expect(here.exporter.export({ sessionId: "one", file })).rejects.toMatchObject({ code: "export.exists" });
  expect(await readFile(file, "utf8")).toBe("precious");
  const nowhere = here.file("none/one.session");
  await expect(here.exporter.export({ sessionId: "one", file: nowhere })).rejects.toMatchObject({
    code: "export.failed",
  });
  const unknown = { sessionId: "noone", file: here.file("x") };
  await expect(here.exporter.export(unknown)).rejects.toMatchObject({ code: "session.unknown" });
  expect(await here.host.home.files()).toEqual(before);
});

test("ten thousand events are carried without harm to what else is done meanwhile", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const many = Array.from({ length: 10_000 }, (_, index) => text(`word ${index}`));
  const events = await here.host.has("one", created(), ...many, workflowCompleted);
  await there.host.sessions.createSession({ sessionId: "other" });
  const carrying = carry(here, there);
  for (let number = 0; number < 5; number++) {
    await there.host.sessions.updateSession({ sessionId: "other", updates: { number } });
    expect((await there.host.sessions.listSessions({ limit: 5 })).map(({ sessionId }) => sessionId)).toEqual(["other"]);
  }
  await carrying;
  expect((await there.host.events("one")).slice(0, -1)).toEqual(events);
  expect(there.host.clock.pendingTimers).toBe(0);
});

test("an import whose process is killed leaves nothing that anybody sees", async () => {
  await using here = await startTransferHost();
  const many = Array.from({ length: 20_000 }, () => text("word ".repeat(100)));
  await here.host.has("one", created(), ...many);
  const file = here.file("one.session");
  await here.exporter.export({ sessionId: "one", file });
  await here.host.sessions.deleteSession("one");
  await using remote = await startRemote(new URL("./importProcess.ts", import.meta.url), here.host.home.path);
  expect(await remote.call("importHalf", file)).toBe("half of it is there");
  await remote.kill();
  expect(await here.host.sessions.listSessions({ limit: 5 })).toEqual([]);
  expect((await here.importer().import({ file })).sessionId).toBe("one");
  expect(await here.host.store.removeLeftovers()).toBe(0);
});

test("whatever a session holds is carried unchanged", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const word = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  const draft = fc.oneof(
    word.map((content) => text(content)),
    fc.dictionary(word, fc.jsonValue()).map(updated),
    fc.constantFrom(planned("a"), started("a"), completed("a"), workflowCompleted),
  );
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(draft, { maxLength: 12 }), async (drafts) => {
      const sessionId = `session_${(number += 1)}`;
      await here.host.has(sessionId, created(), ...drafts);
      await carry(here, there, sessionId);
      const sent = await here.host.events(sessionId);
      expect((await there.host.events(sessionId)).slice(0, -1)).toEqual(sent);
    }),
    { numRuns: 40, examples: [[[updated(JSON.parse('{"__proto__": {"mine": 1}}') as Record<string, unknown>)]]] },
  );
});

test("the file is what its description says", async () => {
  await using here = await startTransferHost();
  await here.host.has("one", created());
  const file = here.file("one.session");
  await here.exporter.export({ sessionId: "one", file });
  const lines = await linesIn(file);
  expect(JSON.parse(lines[0]!)).toEqual({
    format: "ai-orchestrator-session",
    version: 1,
    sessionId: "one",
    exportedAt: "2026-01-01T00:00:00.000Z",
    program: "1.2.3",
    events: 1,
    blobs: 0,
  });
  const [, hash, json = ""] = /^\{"sha256":"([0-9a-f]{64})","event":(.*)\}$/.exec(lines[1]!) ?? [];
  expect(hash).toBe(sha256(json));
  expect([JSON.parse(json)]).toEqual(await here.host.events("one"));
  const whole = sha256(`${lines[0]}\n${lines[1]}\n`);
  expect(lines.slice(2)).toEqual([`{"sha256":"${whole}","end":{"events":1,"blobs":0}}`]);
});

test("an export that is stopped leaves no file, and an import no session", async () => {
  await using here = await startTransferHost();
  await using there = await startTransferHost();
  const [hash = ""] = await here.blobs.put([Buffer.from("content")]);
  const call = { agentId: "w", toolUseId: "t1", tool: "write", isError: false, content: "" };
  const effects = [{ path: "a.txt", change: "created" as const, after: hash }];
  await here.host.has("one", ...WHOLE, { type: "tool_result", source: "agent", ...call, effects });
  const { file } = await carry(here, there);

  const stop = new AbortController();
  const get = here.blobs.get.bind(here.blobs);
  here.blobs.get = (wanted) => {
    stop.abort();
    return get(wanted);
  };
  const stopped = here.exporter.export({ sessionId: "one", file: here.file("stopped"), signal: stop.signal });
  await expect(stopped).rejects.toThrow(/abort/i);
  expect((await readdir(path.dirname(file))).filter((name) => name.startsWith("stopped"))).toEqual([]);

  const other = new AbortController();
  there.blobs.put = async () => {
    other.abort();
    return [];
  };
  await expect(there.importer().import({ file, signal: other.signal })).rejects.toThrow(/abort/i);
  expect((await there.host.sessions.listSessions({ limit: 9 })).map(({ sessionId }) => sessionId)).toEqual(["one"]);
});
