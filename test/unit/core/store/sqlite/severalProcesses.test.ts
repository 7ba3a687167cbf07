import { execFile } from "node:child_process";
import { chmod, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import type { SessionStore } from "../../../../../src/core/store/sessionStore.ts";
import { SystemClock } from "../../../../../src/core/systemClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { startRemote, type RemoteProcess } from "../remoteProcess.ts";
import { openTestStore } from "../storeFixtures.ts";

const storeProcess = new URL("../storeProcess.ts", import.meta.url);

let home: TemporaryFolder;
let processes: RemoteProcess[];
beforeEach(async () => {
  home = await createTemporaryFolder();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  await home[Symbol.asyncDispose]();
});

/** Starts so many processes at the same time, each with a store in the home. */
async function start(count: number): Promise<RemoteProcess[]> {
  const started = await Promise.all(Array.from({ length: count }, () => startRemote(storeProcess, home.path)));
  processes.push(...started);
  return started;
}

async function withStore<Result>(use: (store: SessionStore) => Promise<Result>): Promise<Result> {
  const store = await openTestStore(home.path, new SystemClock());
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** What the script openStore.ts prints. Fails when it does not end well. */
async function runOpenStore(
  values: string[],
  options: { cwd?: string; uid?: number; gid?: number } = {},
): Promise<string> {
  const script = fileURLToPath(new URL("../openStore.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...values], options);
  return stdout;
}

test("of processes that want one session, exactly one gets it", async () => {
  await withStore(async (store) => {
    const me = await describeThisProcess({ home: home.path, host: "test" });
    const started = await start(4);
    for (let round = 1; round <= 10; round++) {
      const sessionId = `session_${round}`;
      const lease = await (started[round % 4] as RemoteProcess)
        .call("create", sessionId)
        .then(() => ({ sessionId, epoch: 1 }));
      await store.releaseLease(lease);
      const outcomes = await Promise.allSettled(started.map((one) => one.call("take", sessionId)));
      const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
      expect(taken.map((outcome) => outcome.value)).toEqual([{ sessionId, epoch: 2 }]);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "session.running" });
      }
      await expect(store.takeLease(sessionId, me)).rejects.toMatchObject({ code: "session.running" });
    }
  });
});

test("of processes that create one session, exactly one does", async () => {
  const started = await start(3);
  const outcomes = await Promise.allSettled(started.map((one) => one.call("create", "mine")));
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "session.exists" });
  }
});

test("the session of a killed process is interrupted at once and can be taken", async () => {
  const [owner] = (await start(1)) as [RemoteProcess];
  await owner.call("create", "one");
  await withStore(async (store) => {
    const me = await describeThisProcess({ home: home.path, host: "test" });
    expect(await store.getSession("one")).toMatchObject({ owner: { pid: owner.pid }, effectiveStatus: "running" });
    await expect(store.takeLease("one", me)).rejects.toMatchObject({ code: "session.running" });
    await owner.kill();
    expect(await store.getSession("one")).toMatchObject({ owner: null, effectiveStatus: "interrupted" });
    expect(await store.takeLease("one", me)).toEqual({ sessionId: "one", epoch: 2 });
  });
});

test("four processes that create the store together and write at the same time lose no commit", async () => {
  const started = await start(4);
  const batches = 100;
  await Promise.all(started.map((one, index) => one.call("write", `session_${index}`, batches)));
  await withStore(async (store) => {
    for (const index of started.keys()) {
      const events = await store.readEvents(`session_${index}`, 0, 1_000);
      expect(events.map((event) => event.seq)).toEqual(Array.from({ length: batches * 3 }, (_, seq) => seq + 1));
      expect(events.filter((event) => event.type === "session_updated").map((event) => event.patch["batch"])).toEqual([
        ...Array(batches).keys(),
      ]);
      expect(await store.getSession(`session_${index}`)).toMatchObject({ lastSeq: batches * 3 });
    }
  });
});

test("what a killed process had committed is there", async () => {
  const [writer] = (await start(1)) as [RemoteProcess];
  await writer.call("write", "one", 20);
  const unfinished = writer.call("write", "two", 1_000_000).catch(() => "killed");
  await withStore(async (store) => {
    while (((await store.getSession("two"))?.lastSeq ?? 0) === 0) await new Promise(setImmediate);
    await writer.kill();
    expect(await unfinished).toBe("killed");
    expect(await store.getSession("one")).toMatchObject({ lastSeq: 60 });
    const { lastSeq = 0 } = (await store.getSession("two")) ?? {};
    expect(lastSeq % 3).toBe(0);
    expect(await store.readEvents("two", lastSeq - 1, 10)).toHaveLength(1);
  });
});

test("a store that nobody uses does not keep its process alive, and what was asked is still answered", async () => {
  expect(await runOpenStore([home.path, "idle"])).toBe("0\n");
});

test("closing a store waits for what was asked, and leaves no log behind", async () => {
  expect(await runOpenStore([home.path])).toBe("0\n");
  expect(await home.files()).toEqual(["store.db"]);
});

test("a home that cannot be written is refused, and nothing is left in it", async () => {
  // Root may write everywhere.
  const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  await using theirs = await createTemporaryFolder(other.uid === undefined ? {} : { owner: other.uid });
  await chmod(theirs.path, 0o500);
  for (const path of [theirs.path, theirs.join("below")]) {
    const printed = await runOpenStore([path], { cwd: "/", ...other });
    expect(JSON.parse(printed)).toMatchObject({ code: "home.notWritable", params: { home: path } });
  }
  expect(await theirs.files()).toEqual([]);
});

test("a home that is a file is refused", async () => {
  await home.write({ file: "mine" });
  await expect(openTestStore(home.join("file"), new SystemClock())).rejects.toMatchObject({ code: "home.notWritable" });
  expect(await home.read("file")).toBe("mine");
});

test("a missing home is created for its owner alone", async () => {
  const path = home.join("deep", "home");
  const store = await openTestStore(path, new SystemClock());
  await store.close();
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});
