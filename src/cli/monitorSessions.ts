/** `--monitor [SESSION]`: what runs, in every window and terminal. On a terminal it stays; elsewhere it looks once. */
import { styleText } from "node:util";
import type { SampleSource } from "../core/monitoring/resourceSampler.ts";
import { News } from "../core/news.ts";
import type { Clock } from "../core/ports.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import type { Interruption } from "./interruption.ts";
import type { TerminalStream } from "./liveOutput.ts";
import { monitorTable, watchedObject, type TableFrame } from "./monitorTable.ts";
import { SessionWatch, type WatchedSession } from "./sessionWatch.ts";
import { plainPaint } from "./styledLine.ts";

export interface MonitorOptions {
  readonly sessions: Pick<SessionManager, "getSession" | "listSessions" | "readEvents">;
  readonly sessionId?: string;
  readonly json: boolean;
  readonly console: Console;
  readonly clock: Clock;
  /** Where the table is drawn anew; undefined where it is printed once. */
  readonly terminal: TerminalStream | undefined;
  readonly machine: SampleSource;
  readonly interruption: Interruption;
  readonly onDidChange: (listener: () => void) => Disposable;
  /** Registers what must be done even if the process ends at once. */
  readonly atExit: (callback: () => void) => Disposable;
}

/** Without changes the elapsed times still go on. */
const TICK_MILLISECONDS = 1_000;
/** Most often it is drawn. */
const FRAME_MILLISECONDS = 200;
/** The terminal's other screen, where nothing scrolls and what was there before comes back. */
const OPEN_SCREEN = "\u001b[?1049h\u001b[?25l";
const CLOSE_SCREEN = "\u001b[?25h\u001b[?1049l";

/** @throws OrchestratorError `session.unknown`, `session.invalidId` */
export async function monitorSessions(options: MonitorOptions): Promise<ExitCode> {
  const { sessions, sessionId, clock, json, console, terminal } = options;
  const watch = new SessionWatch({
    sessions,
    monotonic: () => clock.monotonic(),
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  // Before anything is drawn, so that a session that is not there is told of plainly.
  const watched = await watch.look();
  if (json) {
    for (const session of watched) await console.printJson(watchedObject(session));
    return ExitCode.COMPLETED;
  }
  if (!terminal) {
    await console.print(monitorTable(watched, printedFrame(clock.now())).join("\n"));
    return ExitCode.COMPLETED;
  }
  return await stay(watch, watched, terminal, options);
}

function printedFrame(now: number): TableFrame {
  return { columns: Infinity, rows: Infinity, now, paint: plainPaint };
}

/** Draws until it is interrupted, or the one session of interest has ended. */
async function stay(
  watch: SessionWatch,
  first: readonly WatchedSession[],
  terminal: TerminalStream,
  options: MonitorOptions,
): Promise<ExitCode> {
  const { sessionId, clock, console, interruption, machine, onDidChange, atExit } = options;
  let watched = first;
  let load: TableFrame["machine"];
  const news = new News();
  const close = (): void => void terminal.write(CLOSE_SCREEN);
  const onResize = (): void => news.tell();
  const watching = [
    onDidChange(() => news.tell()),
    machine.watch((sample) => {
      load = sample;
    }),
    atExit(close),
  ];
  terminal.write(OPEN_SCREEN);
  terminal.on("resize", onResize);
  try {
    for (;;) {
      draw(terminal, watched, { now: clock.now(), ...(load ? { machine: load } : {}) });
      const hasEnded = sessionId !== undefined && watched.every(({ row }) => row.owner === null);
      if (interruption.signal.aborted || console.readerGone.aborted || hasEnded) break;
      await pause(clock, news, interruption.signal);
      watched = await watch.look();
    }
  } finally {
    terminal.off("resize", onResize);
    for (const disposable of watching) disposable[Symbol.dispose]();
    close();
  }
  // What was seen last stays.
  const lines = monitorTable(watched, { ...sizeOf(terminal), rows: Infinity, now: clock.now(), paint: plainPaint });
  await console.print(lines.join("\n"));
  return interruption.exitCode ?? ExitCode.COMPLETED;
}

function draw(terminal: TerminalStream, watched: readonly WatchedSession[], more: Pick<TableFrame, "now" | "machine">) {
  const stream = terminal as unknown as NodeJS.WritableStream;
  const paint: TableFrame["paint"] = (style, text) => styleText(style, text, { stream });
  const lines = monitorTable(watched, { ...sizeOf(terminal), ...more, paint });
  // Each line is cleared to its end, and what is below; nothing flickers.
  terminal.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`);
}

/** Until something changed, at most a tick and at least a frame. */
async function pause(clock: Clock, news: News, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(FRAME_MILLISECONDS, signal);
    const rest = clock.setTimer(TICK_MILLISECONDS - FRAME_MILLISECONDS, () => news.tell());
    const stop = (): void => news.tell();
    signal.addEventListener("abort", stop, { once: true });
    await news.next();
    signal.removeEventListener("abort", stop);
    rest[Symbol.dispose]();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Some pseudo-terminals say they have no size at all. */
function sizeOf(terminal: TerminalStream): { columns: number; rows: number } {
  return { columns: terminal.columns || 80, rows: terminal.rows || 24 };
}
