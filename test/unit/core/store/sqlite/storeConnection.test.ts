import { afterEach, beforeEach, expect, test } from "vitest";
import { openSessionStore } from "../../../../../src/core/store/sqlite/openSessionStore.ts";
import type { SessionStore } from "../../../../../src/core/store/sessionStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { openTestStore, silentLogger } from "../storeFixtures.ts";

let home: TemporaryFolder;
beforeEach(async () => {
  home = await createTemporaryFolder();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

function openWith(worker: string): Promise<SessionStore> {
  const workerUrl = new URL(worker, import.meta.url);
  return openSessionStore({ home: home.path, workerUrl, clock: new FakeClock(), logger: silentLogger });
}

test("when the worker ends, everything that waits for it is told, and everything that comes later", async () => {
  const store = await openWith("./dyingWorker.ts");
  const outcomes: PromiseSettledResult<unknown>[] = await Promise.allSettled([
    store.listSessions({ limit: 1 }),
    store.getSession("one"),
    store.pendingCommands("one"),
  ]);
  outcomes.push(...(await Promise.allSettled([store.readEvents("one", 0, 1)])));
  expect(outcomes).toHaveLength(4);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "store.failed" } });
  }
  store.onDidChangeElsewhere(() => {})[Symbol.dispose]();
  await store.close();
});

test("a fault in the worker is told with its words", async () => {
  const store = await openWith("./dyingWorker.ts");
  await expect(store.listVersions("one")).rejects.toMatchObject({
    code: "store.failed",
    params: { detail: "a fault in the worker" },
  });
  await store.close();
});

test("a worker that cannot be started is an error, not a wait", async () => {
  await expect(openWith("./no such worker.ts")).rejects.toMatchObject({ code: "store.failed" });
});

test("a closed store says so, and is closed once", async () => {
  const store = await openTestStore(home.path, new FakeClock());
  const answered = store.listSessions({ limit: 1 });
  await Promise.all([store.close(), store.close()]);
  expect(await answered).toEqual([]);
  await expect(store.getSession("one")).rejects.toMatchObject({
    code: "store.failed",
    params: { detail: "the store is closed" },
  });
});
