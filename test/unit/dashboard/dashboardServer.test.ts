import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DashboardServer } from "../../../src/dashboard/dashboardServer.ts";
import { hostMessageSchema } from "../../../src/protocol/hostMessage.ts";
import { sessionListSchema } from "../../../src/protocol/dashboardMessage.ts";
import { DashboardClient, dashboardOf, type StreamedEvent } from "../../support/dashboardClient.ts";
import { createGate } from "../../support/gate.ts";
import { oneStep } from "../../support/goalScenarios.ts";
import { say, slow, useTool } from "../../support/modelServerReplies.ts";
import { TestEngine } from "../../support/testEngine.ts";

let gate = createGate();
let test: TestEngine;
const servers: DashboardServer[] = [];

beforeEach(async () => {
  gate = createGate();
  test = await TestEngine.start({
    script: oneStep([useTool("glob", { pattern: "*" }), slow({ hold: gate }, say("Done."))]),
  });
});

afterEach(async () => {
  gate.open();
  for (const server of servers.splice(0)) await server.stop();
  await test[Symbol.asyncDispose]();
});

async function serve(options: Parameters<typeof dashboardOf>[1] = {}) {
  const server = dashboardOf(test.engine, options);
  servers.push(server);
  return { server, client: new DashboardClient(await server.start()) };
}

/** A run that waits for its second answer. */
async function startHeld() {
  const running = await test.engine.orchestrator.start({
    goal: "Goal",
    sessionId: "session_test",
    workspaceFolders: test.folders,
  });
  await gate.reached();
  return running;
}

const isMessage = (type: string) => (event: StreamedEvent) => event.data["type"] === type;
const statusIn = (event: StreamedEvent, status: string): boolean => JSON.stringify(event.data).includes(status);

describe("the list of sessions", () => {
  it("shows every session and follows what changes, only what changed", async () => {
    const { client } = await serve();
    using list = await client.open("/api/sessions");
    expect(sessionListSchema.parse((await list.next())?.data)).toMatchObject({ order: [], sessions: [] });
    const running = await startHeld();
    const at = await list.until(({ data }) => statusIn({ id: "", event: "", data }, '"stepsTotal":1'));
    expect(sessionListSchema.parse(at.data).sessions).toMatchObject([
      { sessionId: "session_test", title: "Goal", owner: { host: "test" }, folders: [test.workspace.path] },
    ]);
    gate.open();
    await running.ended;
    const last = await list.until((event) => statusIn(event, '"completed"'));
    expect(sessionListSchema.parse(last.data).order).toEqual(["session_test"]);
  });

  it("is cut to what was asked for, says that there is more, and takes nonsense for the first page", async () => {
    for (const sessionId of ["one", "two", "three"]) await test.engine.sessions.createSession({ sessionId });
    const { client } = await serve();
    const lengths: [number, boolean][] = [];
    for (const limit of ["2", "3", "-1", "1e9", "x", ""]) {
      using list = await client.open(`/api/sessions?limit=${limit}`);
      const { order, hasMore } = sessionListSchema.parse((await list.next())?.data);
      lengths.push([order.length, hasMore]);
    }
    expect(lengths).toEqual([[2, true], ...Array.from({ length: 5 }, () => [3, false])]);
  });
});

describe("a session's monitor", () => {
  it("speaks the monitor's own protocol", async () => {
    const running = await startHeld();
    const { client } = await serve();
    const { stream, feedId, first } = await client.watch("session_test");
    using _ = stream;
    const snapshot = hostMessageSchema.parse(first.data);
    expect(snapshot).toMatchObject({ type: "snapshot", readOnly: true, content: { header: { goal: "Goal" } } });
    const filter = { group: "all", text: "" } as const;
    await client.say(feedId, [{ type: "readLog", requestId: 7, filter, direction: "after", seq: 0, limit: 5 }]);
    const page = await stream.until(isMessage("logPage"));
    expect(hostMessageSchema.parse(page.data)).toMatchObject({ requestId: 7, rows: { length: 5 } });
    gate.open();
    await running.ended;
    const last = await stream.until((event) => statusIn(event, '"status":"completed"'));
    expect(hostMessageSchema.parse(last.data)).toMatchObject({ type: "delta" });
  });

  it("goes on where the connection broke, without a gap and without a repetition", async () => {
    const running = await startHeld();
    const { client } = await serve();
    const { stream, feedId, first } = await client.watch("session_test");
    stream[Symbol.dispose]();
    gate.open();
    await running.ended;
    using again = await client.open("/api/sessions/session_test/monitor", { "last-event-id": first.id ?? "" });
    const feed = await again.until(({ event }) => event === "feed");
    expect(feed.data).toEqual({ feedId, control: false });
    let sequence = Number(first.data["sequence"]);
    for (;;) {
      const event = await again.until(isMessage("delta"));
      expect(event.data["sequence"]).toBe(++sequence);
      if (statusIn(event, '"status":"completed"')) break;
    }
  });

  it("begins anew for a page that comes back to a server that does not know it", async () => {
    await startHeld();
    const { client } = await serve();
    using stream = await client.open("/api/sessions/session_test/monitor", { "last-event-id": "another.12" });
    const feed = await stream.until(({ event }) => event === "feed");
    await client.say(String(feed.data["feedId"]), [{ type: "ready" }]);
    expect((await stream.until(isMessage("snapshot"))).data).toMatchObject({ type: "snapshot" });
  });

  it("shows everything anew to a page that says it has what was never sent", async () => {
    await startHeld();
    const { client } = await serve();
    const { stream, feedId } = await client.watch("session_test");
    stream[Symbol.dispose]();
    for (const number of ["999", "-1", "x", ""]) {
      using again = await client.open("/api/sessions/session_test/monitor", { "last-event-id": `${feedId}.${number}` });
      expect((await again.until(isMessage("snapshot"))).data).toMatchObject({ content: { header: { goal: "Goal" } } });
    }
  });

  it("sends nothing to a page nobody sees, and what changed when it is seen again", async () => {
    const running = await startHeld();
    const { client } = await serve();
    const { stream, feedId } = await client.watch("session_test");
    using _ = stream;
    await client.say(feedId, [], "hidden");
    gate.open();
    await running.ended;
    await client.say(feedId, [], "visible");
    const delta = await stream.until(isMessage("delta"));
    expect(statusIn(delta, '"status":"completed"')).toBe(true);
  });

  it("says so when there is no such session, and when it is deleted while it is watched", async () => {
    const { client } = await serve();
    const nowhere = await client.watch("no_such_session");
    expect(nowhere.first.data).toEqual({ type: "sessionMissing" });
    nowhere.stream[Symbol.dispose]();
    await test.engine.sessions.createSession({ sessionId: "kept" });
    const { stream } = await client.watch("kept");
    using _ = stream;
    await test.engine.sessions.deleteSession("kept");
    await stream.until(isMessage("sessionMissing"));
  });
});

describe("control", () => {
  it("is refused to a page of a dashboard that only shows", async () => {
    const running = await startHeld();
    const { client } = await serve();
    const { stream, feedId } = await client.watch("session_test");
    using _ = stream;
    expect((await client.say(feedId, [{ type: "stop" }, { type: "pause" }])).status).toBe(204);
    gate.open();
    await running.ended;
    const events = await Array.fromAsync(running.events());
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed" });
    expect(events.some(({ type }) => type === "pool_paused")).toBe(false);
  });

  it("stops a session where it was started with control, and says what could not be done", async () => {
    const running = await startHeld();
    const { client } = await serve({ control: true });
    const { stream, feedId, first } = await client.watch("session_test");
    using _ = stream;
    expect(first.data).toMatchObject({ readOnly: false, canRetry: false });
    await client.say(feedId, [{ type: "continue" }]);
    const refused = await stream.until(isMessage("refused"));
    expect(refused.data).toMatchObject({ request: "continue" });
    expect(String(refused.data["message"])).toMatch(/^[A-Z].* /);
    await client.say(feedId, [{ type: "stop" }]);
    await running.ended;
    const events = await Array.fromAsync(running.events());
    expect(events.at(-1)).toMatchObject({ type: "workflow_interrupted", by: "dashboard" });
  });

  it("opens no files", async () => {
    test = await replaced(oneStep([useTool("write", { file_path: "a.md", content: "A" }), say("Done.")]));
    await test.run("Goal");
    const { client } = await serve({ control: true });
    const { stream, feedId } = await client.watch("session_test");
    using _ = stream;
    await client.say(feedId, [{ type: "ready" }]);
    const { data } = await stream.until(isMessage("snapshot"));
    expect(data).toMatchObject({ opensFiles: false });
  });
});

describe("start and stop", () => {
  it("is started once and stopped for good, however quickly one follows the other", async () => {
    const server = dashboardOf(test.engine);
    servers.push(server);
    const [first, second] = await Promise.all([server.start(), server.start()]);
    expect(second).toBe(first);
    await Promise.all([server.stop(), server.start(), server.stop()]);
    expect(server.isRunning).toBe(false);
    await expect(fetch(new URL(first).origin)).rejects.toThrow();
    expect(await server.start()).toBe(first);
  });

  it("names the port that is taken", async () => {
    const { client } = await serve();
    const port = Number(new URL(client.origin).port);
    await expect(serve({ port })).rejects.toMatchObject({ code: "dashboard.portTaken", params: { port } });
  });

  it("names the pages that are not built", async () => {
    const assets = new URL("file:///nowhere/at/all/");
    await expect(serve({ assets })).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("ends every page when it stops, and knows them by the same key when it starts again", async () => {
    const { server, client } = await serve();
    const port = Number(new URL(client.origin).port);
    const { stream } = await client.watch("any");
    const list = await client.open("/api/sessions");
    await list.next();
    await server.stop();
    expect([await ended(stream), await ended(list)]).toEqual([true, true]);
    await expect(client.get("/")).rejects.toThrow();
    expect(server.link).toBeUndefined();
    const again = dashboardOf(test.engine, { port });
    servers.push(again);
    expect(new DashboardClient(await again.start()).key).not.toBe(client.key);
    await again.stop();
    const link = await server.start();
    expect(new DashboardClient(link)).toMatchObject({ origin: client.origin, key: client.key });
    expect(await server.start()).toBe(link);
  });
});

async function replaced(script: Parameters<typeof TestEngine.start>[0]["script"]): Promise<TestEngine> {
  await test[Symbol.asyncDispose]();
  return TestEngine.start({ script });
}

async function ended(stream: { next(): Promise<StreamedEvent | undefined> }): Promise<boolean> {
  try {
    while (await stream.next());
  } catch {
    // Cut off is ended, too.
  }
  return true;
}
