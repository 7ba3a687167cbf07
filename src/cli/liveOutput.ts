/** `--streaming` on a terminal: the live view, redrawn in place. */
import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { ErrorInfo, OrchestratorEvent } from "../core/events/event.ts";
import type { Clock } from "../core/ports.ts";
import type { Console, LiveRegion } from "./console.ts";
import { liveView } from "./liveView.ts";
import { resultText } from "./runOutput.ts";
import type { RunOutput } from "./runOutput.ts";
import { widthOf } from "./textWidth.ts";
import { EMPTY_VIEW } from "./viewModel.ts";
import type { RunView } from "./viewModel.ts";

/** 15 frames a second: smooth to read, and cheap. */
const FRAME_MILLISECONDS = 66;
/** Without events the elapsed times still go on. */
const TICK_MILLISECONDS = 1000;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** The part of `tty.WriteStream` that is needed. */
export interface TerminalStream extends Writable {
  readonly columns: number;
  readonly rows: number;
}

export interface LiveOutputOptions {
  readonly terminal: TerminalStream;
  readonly console: Console;
  readonly clock: Clock;
  readonly words: (error: ErrorInfo) => string;
  readonly environment: NodeJS.ProcessEnv;
  /** Registers what must be done even if the process ends at once. */
  readonly atExit: (callback: () => void) => Disposable;
}

export class LiveOutput implements RunOutput, LiveRegion {
  readonly #options: LiveOutputOptions;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #disposables: Disposable[] = [];
  #finished = false;
  readonly #reflows: boolean;
  #view: RunView = EMPTY_VIEW;
  #visible = true;
  #drawn: readonly string[] = [];
  #drawnAt = -Infinity;
  #timer: Disposable | undefined;

  constructor(options: LiveOutputOptions) {
    const { terminal, console, environment, atExit } = options;
    this.#options = options;
    this.#reflows = reflowsLines(environment);
    // The cursor is ours: log-update would hide it on standard error.
    this.#update = createLogUpdate(new SizedTerminal(terminal) as unknown as NodeJS.WritableStream, {
      showCursor: true,
    });
    const onResize = (): void => this.#resized();
    terminal.on("resize", onResize);
    terminal.write(HIDE_CURSOR);
    this.#disposables.push(
      { [Symbol.dispose]: () => terminal.off("resize", onResize) },
      atExit(() => terminal.write(SHOW_CURSOR)),
      console.useRegion(this),
    );
  }

  event(_event: OrchestratorEvent, view: RunView): void {
    this.#view = view;
    this.#drawSoon(FRAME_MILLISECONDS - (this.#options.clock.monotonic() - this.#drawnAt));
  }

  /** The last frame stays, whole, with the result below it. */
  async finish(view: RunView): Promise<void> {
    this.#view = view;
    this.#stopTimer();
    this.#erase();
    this.#visible = false;
    this.#finished = true;
    for (const disposable of this.#disposables) disposable[Symbol.dispose]();
    const { terminal, console } = this.#options;
    if (view.sessionId !== undefined) terminal.write(`${this.#frame(Infinity).join("\n")}\n`);
    terminal.write(SHOW_CURSOR);
    const text = resultText(view);
    if (text !== "") await console.print(`\n${text}`);
  }

  hide(): void {
    if (!this.#visible) return;
    this.#stopTimer();
    this.#erase();
    this.#visible = false;
    this.#options.terminal.write(SHOW_CURSOR);
  }

  show(): void {
    if (this.#visible || this.#finished) return;
    this.#visible = true;
    this.#options.terminal.write(HIDE_CURSOR);
    this.#draw();
  }

  #drawSoon(milliseconds: number): void {
    if (!this.#visible) return;
    if (milliseconds <= 0) {
      this.#draw();
      return;
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.setTimer(milliseconds, () => this.#draw());
  }

  #draw(): void {
    this.#stopTimer();
    if (this.#view.sessionId !== undefined) {
      // One row stays free for the cursor below the last line.
      this.#drawn = this.#frame(sizeOf(this.#options.terminal).rows - 1);
      this.#update(this.#drawn.join("\n"));
    }
    this.#drawnAt = this.#options.clock.monotonic();
    this.#timer = this.#options.clock.setTimer(TICK_MILLISECONDS, () => this.#draw());
  }

  #frame(rows: number): string[] {
    const { terminal, clock, words } = this.#options;
    const stream = terminal as unknown as NodeJS.WritableStream;
    return liveView(this.#view, {
      columns: sizeOf(terminal).columns,
      rows,
      now: clock.now(),
      paint: (style, text) => styleText(style, text, { stream }),
      words,
    });
  }

  #erase(): void {
    this.#update.clear();
    this.#drawn = [];
  }

  /** log-update erases as many rows as it wrote; a terminal that wraps lines anew made more of them. */
  #resized(): void {
    if (!this.#visible || this.#drawn.length === 0) return;
    const { terminal } = this.#options;
    const { columns } = sizeOf(terminal);
    const rows = this.#drawn.map((line) => (this.#reflows ? Math.max(1, Math.ceil(widthOf(line) / columns)) : 1));
    terminal.write(`\u001b[${rows.reduce((sum, count) => sum + count, 0)}A\r\u001b[J`);
    this.#update.done();
    this.#draw();
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

/** Some pseudo-terminals say they have no size at all. */
function sizeOf(terminal: TerminalStream): { columns: number; rows: number } {
  return { columns: terminal.columns || 80, rows: terminal.rows || 24 };
}

/** What log-update needs of a stream, with a size that is never zero. */
class SizedTerminal {
  readonly isTTY = true;
  readonly #terminal: TerminalStream;

  constructor(terminal: TerminalStream) {
    this.#terminal = terminal;
  }

  get columns(): number {
    return sizeOf(this.#terminal).columns;
  }

  get rows(): number {
    return sizeOf(this.#terminal).rows;
  }

  write(text: string): boolean {
    return this.#terminal.write(text);
  }
}

/**
 * Does the terminal wrap lines anew when its width changes? Those that name themselves here do; xterm and
 * the Linux console do not, and taking one for the other would erase lines that are not ours.
 */
function reflowsLines(environment: NodeJS.ProcessEnv): boolean {
  const names = [
    "VTE_VERSION",
    "WT_SESSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "TERM_PROGRAM",
    "TMUX",
  ];
  return names.some((name) => (environment[name] ?? "") !== "");
}
