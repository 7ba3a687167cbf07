import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventDraft } from "../../../../../src/core/events/event.ts";
import { encodeBatch } from "../../../../../src/core/store/sqlite/encodedBatch.ts";
import { openDatabase, type OpenedDatabase } from "../../../../../src/core/store/sqlite/openDatabase.ts";
import type { StoreMessage } from "../../../../../src/core/store/sqlite/storeProtocol.ts";
import { StoreServer } from "../../../../../src/core/store/sqlite/storeServer.ts";
import { Transactions } from "../../../../../src/core/store/sqlite/transactions.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { ELSEWHERE, eventsFrom, summaryWith, text, updated } from "../storeFixtures.ts";

const [NORMAL, FULL] = [1, 2];

let home: TemporaryFolder;
let opened: OpenedDatabase;
beforeEach(async () => {
  home = await createTemporaryFolder();
  opened = await openDatabase({ home: home.path, now: 0 });
});
afterEach(async () => {
  opened.database.close();
  await home[Symbol.asyncDispose]();
});

/** How durable commits are at this moment (sqlite.org/pragma.html#pragma_synchronous). */
function durability(): unknown {
  return opened.database.prepare("PRAGMA synchronous").get()?.["synchronous"];
}

test("a commit is as durable as asked", () => {
  const transactions = new Transactions(opened);
  expect(transactions.write("full", durability)).toBe(FULL);
  expect(transactions.write("normal", durability)).toBe(NORMAL);
  expect(transactions.write("full", durability)).toBe(FULL);
});

test("with a rollback journal every commit is fully durable", () => {
  const transactions = new Transactions({ ...opened, journal: "rollback" });
  expect(transactions.write("normal", durability)).toBe(FULL);
});

test("a transaction that fails leaves nothing, and the next one works", () => {
  const transactions = new Transactions(opened);
  const insert = opened.database.prepare("INSERT INTO meta VALUES (?, '')");
  const failing = (): void => {
    insert.run("half");
    throw new Error("no");
  };
  expect(() => transactions.write("full", failing)).toThrow("no");
  transactions.write("full", () => insert.run("whole"));
  expect(opened.database.prepare("SELECT key FROM meta WHERE value = ''").all()).toEqual([{ key: "whole" }]);
});

test("text alone may be lost with the power, a batch with a control event in it never", () => {
  const messages: StoreMessage[] = [];
  const server = new StoreServer({
    home: home.path,
    transactions: new Transactions(opened),
    here: ELSEWHERE,
    say: (message) => messages.push(message),
  });
  const session = { sessionId: "one", summary: summaryWith(), createdAt: "2026-01-01T00:00:00.000Z", owner: ELSEWHERE };
  server.handle([{ id: 1, name: "createSession", argument: session, now: 0 }]);
  let firstSeq = 1;
  const durabilityOf = (...batches: EventDraft[][]): unknown => {
    const requests = batches.map((drafts) => {
      const events = eventsFrom(drafts, { sessionId: "one", firstSeq });
      firstSeq += drafts.length;
      const argument = encodeBatch({ lease: { sessionId: "one", epoch: 1 }, events, summary: summaryWith() });
      return { id: firstSeq, name: "append", argument, now: 0 } as const;
    });
    server.handle(requests);
    return durability();
  };
  expect(durabilityOf([text("a"), text("b")])).toBe(NORMAL);
  expect(durabilityOf([text("a"), updated({}), text("b")])).toBe(FULL);
  expect(durabilityOf([text("a")])).toBe(NORMAL);
  // Both share one commit.
  expect(durabilityOf([text("a")], [updated({})])).toBe(FULL);
  const replies = messages.flatMap((message) => (message.type === "replies" ? message.replies : []));
  expect(replies.filter((reply) => reply.error)).toEqual([]);
  expect(firstSeq).toBe(9);
});
