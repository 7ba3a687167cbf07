/** What a tool needs around it when it is called without the door. */
import { createHash } from "node:crypto";
import type { Effect } from "../../../../src/core/events/event.ts";
import type { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import type { Clock, WorkspaceFolder } from "../../../../src/core/ports.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import type { AgentTool, ToolCallContext, ToolOutcome } from "../../../../src/core/tools/tool.ts";

type Intent = Parameters<ToolCallContext["begin"]>[0];

/** Real time, but timers go off when the test says so. */
export class ClockWithHeldTimers extends SystemClock implements Clock {
  readonly timers = new Set<{ readonly milliseconds: number; readonly callback: () => void }>();

  override setTimer(milliseconds: number, callback: () => void): Disposable {
    const timer = { milliseconds, callback };
    this.timers.add(timer);
    return { [Symbol.dispose]: () => void this.timers.delete(timer) };
  }

  fireTimers(): void {
    for (const timer of this.timers) {
      this.timers.delete(timer);
      timer.callback();
    }
  }
}

/** A call as the door would make it, with what it said on the way. */
export class Call {
  readonly output: string[] = [];
  readonly begun: Intent[] = [];
  readonly #controller = new AbortController();
  readonly #watchers: { text: string; resolve: () => void }[] = [];
  readonly #guard: PathGuard;
  /** Runs while the intent is being committed. */
  onBegin: (intent: Intent) => void | Promise<void> = () => undefined;

  constructor(guard: PathGuard) {
    this.#guard = guard;
  }

  get folders(): readonly WorkspaceFolder[] {
    return this.#guard.folders;
  }

  /** Validates, resolves the paths and runs, without asking anybody. */
  async run<Input>(tool: AgentTool<Input>, input: unknown): Promise<ToolOutcome> {
    const parsed = tool.inputSchema.parse(input);
    const intent = tool.intent(parsed, this.folders);
    const access = intent.access === "write" ? "write" : "read";
    const paths = await Promise.all((intent.paths ?? []).map((path) => this.#guard.resolve(path, access)));
    return tool.run(parsed, {
      sessionId: "session_1",
      agentId: "coder_1",
      toolUseId: "toolu_1",
      folders: this.folders,
      signal: this.#controller.signal,
      paths,
      taint: [],
      output: (text) => this.#receive(text),
      begin: async (begun) => {
        this.begun.push(begun);
        await this.onBegin(begun);
      },
    });
  }

  stop(reason: Error = new Error("stopped")): void {
    this.#controller.abort(reason);
  }

  /** Resolves when the live output holds `text`. */
  async shown(text: string): Promise<void> {
    if (this.output.join("").includes(text)) return;
    await new Promise<void>((resolve) => this.#watchers.push({ text, resolve }));
  }

  #receive(text: string): void {
    this.output.push(text);
    const all = this.output.join("");
    for (const watcher of this.#watchers) if (all.includes(watcher.text)) watcher.resolve();
  }
}

/** How an effect tells the content that was in a file, when the file has the mode every new file gets. */
export function was(text: string): Pick<Effect, "before" | "beforeEntry"> {
  return { before: sha256(text), beforeEntry: newFile(text) };
}

/** The same of the content that is there now. */
export function is(text: string): Pick<Effect, "after" | "afterEntry"> {
  return { after: sha256(text), afterEntry: newFile(text) };
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function newFile(text: string): NonNullable<Effect["afterEntry"]> {
  return { kind: "file", mode: 0o666 & ~process.umask(), size: Buffer.byteLength(text) };
}
