/** A store with sessions in it, closed, and ways to damage its file. */
import { open, readFile, stat, writeFile } from "node:fs/promises";
import type { OrchestratorEvent } from "../../../../../src/core/events/event.ts";
import type { Message } from "../../../../../src/core/messages.ts";
import { SessionManager } from "../../../../../src/core/sessions/sessionManager.ts";
import { describeThisProcess } from "../../../../../src/core/store/processIdentity.ts";
import { openSessionStore } from "../../../../../src/core/store/sqlite/openSessionStore.ts";
import { FakeClock } from "../../../../support/fakeClock.ts";
import type { TemporaryFolder } from "../../../../support/temporaryFolder.ts";
import { completed, created, planned, started } from "../../sessions/sessionEvents.ts";
import { eventsFrom, silentLogger, storeWorkerUrl, text, version } from "../storeFixtures.ts";

export const PAGE = 4096;

export interface OpenedHome {
  readonly store: Awaited<ReturnType<typeof openSessionStore>>;
  readonly sessions: SessionManager;
  readonly notices: readonly Message[];
}

/** Opens the store of a home, with what it has to say. Times out of a lock after a moment. */
export async function openHome(home: TemporaryFolder, clock = new FakeClock()): Promise<OpenedHome> {
  const notices: Message[] = [];
  const store = await openSessionStore({
    home: home.path,
    workerUrl: storeWorkerUrl,
    clock,
    logger: silentLogger,
    onNotice: (notice) => notices.push(notice),
  });
  const owner = await describeThisProcess({ home: home.path, host: "terminal" });
  return { store, notices, sessions: new SessionManager({ store, clock, owner, logger: silentLogger }) };
}

/** Sessions `one`, `two`, … each with so many events, as the log holds them. */
export async function createSessions(
  home: TemporaryFolder,
  sessions: Readonly<Record<string, number>>,
): Promise<Record<string, OrchestratorEvent[]>> {
  const { store, sessions: manager } = await openHome(home);
  const logs: Record<string, OrchestratorEvent[]> = {};
  for (const [sessionId, count] of Object.entries(sessions)) {
    const writer = await manager.create({ sessionId, goal: sessionId, folders: [{ name: "app", path: "/app" }] });
    const beginning = [created(sessionId), version("v1"), planned("a"), started("a")];
    const texts = Array.from({ length: count - 6 }, (_, index) => text(`${sessionId} ${index} ${"word ".repeat(40)}`));
    const events = eventsFrom([...beginning, ...texts, completed("a"), version("v2", "a")], { sessionId });
    await writer.commit(events);
    await writer.close();
    logs[sessionId] = events;
  }
  await store.close();
  return logs;
}

/** Overwrites bytes of a file in place. */
export async function overwrite(file: string, position: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

/** The number of a page whose bytes hold `needle`, other than the first. */
export async function pageWith(file: string, needle: string): Promise<number> {
  const bytes = await readFile(file);
  const at = bytes.indexOf(needle, PAGE);
  if (at === -1) throw new Error(`${needle} is in no page`);
  return Math.floor(at / PAGE);
}

export async function cutTo(file: string, bytes: number): Promise<void> {
  await writeFile(file, (await readFile(file)).subarray(0, bytes));
}

export async function pagesOf(file: string): Promise<number> {
  return (await stat(file)).size / PAGE;
}

/** Everything that can be read of every session. */
export async function readLogs({ sessions }: OpenedHome): Promise<Record<string, OrchestratorEvent[]>> {
  const logs: Record<string, OrchestratorEvent[]> = {};
  for (const { sessionId } of await sessions.listSessions({ limit: 100 })) {
    logs[sessionId] = await Array.fromAsync(sessions.readEvents(sessionId));
  }
  return logs;
}
