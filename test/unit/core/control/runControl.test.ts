import { afterEach, beforeEach, expect, test } from "vitest";
import { RunControl, type CommandHandler, type RunCommand } from "../../../../src/core/control/runControl.ts";
import { OrchestratorError } from "../../../../src/core/errors.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import type { LeaseOwner, SessionStore } from "../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createGate } from "../../../support/gate.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { startRemote, type RemoteProcess } from "../store/remoteProcess.ts";
import { openTestStore, silentLogger, summaryWith } from "../store/storeFixtures.ts";

const CREATED = "2026-01-01T00:00:00.000Z";
const runProcess = new URL("./runProcess.ts", import.meta.url);

/** A window or terminal with a store and a clock of its own. */
interface Host {
  readonly clock: FakeClock;
  readonly store: SessionStore;
  readonly control: RunControl;
}

let home: TemporaryFolder;
let me: LeaseOwner;
let hosts: Host[];
let processes: RemoteProcess[];
let runner: Host;
let sender: Host;
beforeEach(async () => {
  home = await createTemporaryFolder();
  me = await describeThisProcess({ home: home.path, host: "terminal" });
  hosts = [];
  processes = [];
  runner = await openHost("runner");
  sender = await openHost("sender");
});
afterEach(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await Promise.all(hosts.map((host) => host.store.close()));
  await home[Symbol.asyncDispose]();
});

/** Ids differ from host to host. The clock is far behind that of real processes, whose leases it sees as fresh. */
async function openHost(name: string): Promise<Host> {
  const clock = new FakeClock(0);
  const newId = clock.newId.bind(clock);
  clock.newId = (prefix) => `${newId(prefix)}_${name}`;
  const store = await openTestStore(home.path, clock);
  const host = { clock, store, control: new RunControl({ store, clock, logger: silentLogger }) };
  hosts.push(host);
  return host;
}

async function startProcess(): Promise<RemoteProcess> {
  const started = await startRemote(runProcess, home.path);
  processes.push(started);
  return started;
}

function create(sessionId = "one"): Promise<unknown> {
  return runner.store.createSession(sessionId, summaryWith(), CREATED, me);
}

/** Registers a handler that accepts everything and remembers it. */
function accept(host: Host, sessionId = "one"): { taken: RunCommand[]; registration: Disposable } {
  const taken: RunCommand[] = [];
  const handler: CommandHandler = async (command) => {
    taken.push(command);
    return { accepted: true };
  };
  return { taken, registration: host.control.register(sessionId, handler) };
}

/** Lets the sender's time pass, second by second and never while it is busy, until `outcome` is there. */
async function passTimeUntil(outcome: Promise<unknown>): Promise<void> {
  let there = false;
  const done = outcome.then(() => (there = true));
  while (!there) {
    await Promise.race([sender.clock.timersSet(), done]);
    if (!there) await sender.clock.advance(1_000);
  }
}

test("in the process that runs a session a command is a call", async () => {
  await create();
  const { taken } = accept(runner);
  expect(await runner.control.stop("one", "terminal")).toEqual({ accepted: true });
  expect(taken).toEqual([
    { commandId: "command_1_runner", sessionId: "one", kind: "stop", payload: null, origin: "terminal" },
  ]);
  expect(await runner.store.pendingCommands("one")).toEqual([]);
});

test("from elsewhere a command reaches the run once, and its outcome comes back", async () => {
  await create();
  const { taken } = accept(runner);
  expect(await sender.control.send("one", "steer", { text: "shorter" }, "VS Code")).toEqual({ accepted: true });
  expect(await sender.control.stop("one", "VS Code")).toEqual({ accepted: true });
  const from = { sessionId: "one", origin: "VS Code" };
  expect(taken).toEqual([
    { ...from, commandId: "command_1_sender", kind: "steer", payload: { text: "shorter" } },
    { ...from, commandId: "command_2_sender", kind: "stop", payload: null },
  ]);
  expect(sender.clock.pendingTimers).toBe(0);
});

test("a refusal is an outcome, also one that was thrown", async () => {
  await create();
  runner.control.register("one", async (command) => {
    if (command.kind === "stop") throw new OrchestratorError("session.fenced", { id: "one" });
    throw new Error("no");
  });
  const fenced = { accepted: false, refusal: { code: "session.fenced", params: { id: "one" } } };
  for (const { control } of [runner, sender]) {
    expect(await control.stop("one", "terminal")).toEqual(fenced);
    expect(await control.send("one", "pause", null, "terminal")).toEqual({
      accepted: false,
      refusal: { code: "internal", params: { detail: "no" } },
    });
  }
});

test("a command that takes long holds up no other, and is not begun again", async () => {
  await create();
  const gate = createGate();
  const taken: string[] = [];
  runner.control.register("one", async (command) => {
    taken.push(command.kind);
    if (command.kind === "pause") await gate.pass();
    return { accepted: true };
  });
  const slow = sender.control.send("one", "pause", null, "terminal");
  await gate.reached();
  expect(await sender.control.stop("one", "terminal")).toEqual({ accepted: true });
  gate.open();
  expect(await slow).toEqual({ accepted: true });
  expect(taken).toEqual(["pause", "stop"]);
});

test("what was sent before the run could listen is carried out when it can", async () => {
  await create();
  const outcome = sender.control.stop("one", "terminal");
  await sender.clock.timersSet();
  const { taken } = accept(runner);
  expect(await outcome).toEqual({ accepted: true });
  expect(taken).toHaveLength(1);
});

test("a wish meant for the owner before is refused by the one after, and not carried out", async () => {
  const lease = { sessionId: "one", epoch: 1 };
  await create();
  const command = {
    commandId: "old",
    sessionId: "one",
    epoch: 1,
    kind: "stop",
    payload: null,
    origin: "terminal",
  } as const;
  await sender.store.addCommand(command);
  await runner.store.releaseLease(lease);
  await runner.store.takeLease("one", me);
  const { taken } = accept(runner);
  expect(await sender.control.stop("one", "terminal")).toEqual({ accepted: true });
  expect(await sender.store.commandOutcome("old")).toEqual({
    accepted: false,
    refusal: { code: "command.stale", params: { id: "one" } },
  });
  expect(taken.map((each) => each.commandId)).toEqual(["command_1_sender"]);
});

test("an owner that was replaced and does not know it yet leaves commands to the next", async () => {
  await create("one");
  await create("two");
  const old = accept(runner, "one");
  accept(runner, "two");
  // The answers to these say that the old owner has learnt its epoch, and later that it has looked again.
  await sender.control.stop("two", "terminal");
  const next = await openHost("next");
  await next.clock.advance(60_000);
  await next.store.takeLease("one", me);
  const outcome = sender.control.stop("one", "terminal");
  await sender.clock.timersSet();
  await sender.control.stop("two", "terminal");
  const fresh = accept(next, "one");
  expect(await outcome).toEqual({ accepted: true });
  expect(fresh.taken.map((command) => command.kind)).toEqual(["stop"]);
  expect(old.taken).toEqual([]);
});

test("a session that is unknown, or that nobody runs, is named", async () => {
  await create("report");
  await runner.store.releaseLease({ sessionId: "report", epoch: 1 });
  await expect(sender.control.stop("reprot", "terminal")).rejects.toMatchObject({
    code: "session.unknown",
    params: { id: "reprot", nearest: "report" },
  });
  await expect(sender.control.stop("report", "terminal")).rejects.toMatchObject({
    code: "session.notRunning",
    params: { id: "report", status: "interrupted" },
  });
});

test("once a run has ended nobody listens for it, and the process may end", async () => {
  await create("one");
  await create("two");
  const [one, two] = [accept(runner, "one"), accept(runner, "two")];
  one.registration[Symbol.dispose]();
  expect(await sender.control.stop("two", "terminal")).toEqual({ accepted: true });
  expect(one.taken).toEqual([]);
  two.registration[Symbol.dispose]();
  two.registration[Symbol.dispose]();
  await runner.store.releaseLease({ sessionId: "one", epoch: 1 });
  await expect(runner.control.stop("one", "terminal")).rejects.toMatchObject({ code: "session.notRunning" });
});

test("a run is stopped from another process", async () => {
  const [running, stopping] = await Promise.all([startProcess(), startProcess()]);
  await running.call("run", "one");
  expect(await stopping.call("stop", "one", "the other terminal")).toEqual({ accepted: true });
  expect(await running.call("stoppedBy")).toBe("the other terminal");
  expect(await sender.control.send("one", "pause", null, "VS Code")).toEqual({
    accepted: false,
    refusal: { code: "internal", params: { detail: "no pause here" } },
  });
});

test("an owner that dies before it answers is told as not running", async () => {
  const owner = await startProcess();
  await owner.call("ignore", "one");
  const error = sender.control.stop("one", "terminal").catch((reason: unknown) => reason);
  await sender.clock.timersSet();
  await owner.kill();
  await passTimeUntil(error);
  expect(await error).toMatchObject({ code: "session.notRunning", params: { id: "one", status: "interrupted" } });
});

test("an owner that lives and does not answer is waited for half a minute", async () => {
  const owner = await startProcess();
  await owner.call("ignore", "one");
  const error = sender.control.stop("one", "terminal").catch((reason: unknown) => reason);
  await passTimeUntil(error);
  expect(await error).toMatchObject({ code: "command.unanswered", params: { id: "one", seconds: 30 } });
  expect(sender.clock.monotonic()).toBe(30_000);
});
