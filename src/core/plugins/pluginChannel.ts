/**
 * One plugin's child process and the line protocol with it, held to its limits: too long a line, too many of
 * them, something that is no message, and the process is gone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Clock } from "../ports.ts";
import type { PluginLimits } from "./pluginLimits.ts";
import { fromGuestSchema, type CheckedMessage } from "./pluginMessages.ts";
import type { LoadMessage, ToGuest } from "./process/guestMessages.ts";

/** What the interpreter and our own code need besides the plugin's memory. */
const OWN_MEGABYTES = 96;
/** A Node plugin has the rights of the user; its heap is bounded all the same, by what is usual. */
const NODE_MEGABYTES = 1024;
/** What a process may print past the protocol in a second; more waits. */
const PRINTED_BYTES_PER_SECOND = 64 * 1024;

export interface PluginChannelOptions {
  /** The bundled process. */
  readonly processUrl: URL;
  readonly load: LoadMessage;
  /** For the runtime `node`; the sandbox's process gets none. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: PluginLimits;
  readonly clock: Clock;
  readonly onMessage: (message: CheckedMessage) => void;
  /** What it printed past the protocol. */
  readonly onPrinted: (text: string) => void;
  /** Called once. `detail` says why, for people. */
  readonly onEnded: (detail: string) => void;
}

export class PluginChannel {
  readonly #options: PluginChannelOptions;
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #watched: Duplex | undefined;
  readonly #decoder = new TextDecoder();
  readonly #exited = Promise.withResolvers<void>();
  #partial: string[] = [];
  #partialLength = 0;
  #second = { began: 0, messages: 0 };
  #ending: string | undefined;
  #isOver = false;

  constructor(options: PluginChannelOptions) {
    this.#options = options;
    const { load, processUrl, limits, environment } = options;
    const isNode = load.runtime === "node";
    const heap = isNode ? NODE_MEGABYTES : limits.memoryMegabytes + OWN_MEGABYTES;
    // Inside VS Code the program is Electron, which is Node when this is set.
    const asNode = process.versions["electron"] === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" };
    this.#child = spawn(process.execPath, [`--max-old-space-size=${heap}`, fileURLToPath(processUrl)], {
      cwd: isNode ? load.folder : fileURLToPath(new URL(".", processUrl)),
      env: { ...(isNode ? environment : {}), ...asNode },
      stdio: ["ignore", "pipe", "pipe", "pipe", ...(isNode ? (["pipe"] as const) : [])],
      windowsHide: true,
    });
    this.#pipe = this.#child.stdio[3] as Duplex;
    this.#pipe.on("error", () => undefined);
    // Only there to be closed when this process ends: see hostWatch.ts.
    this.#watched = this.#child.stdio[4] as Duplex | undefined;
    this.#watched?.on("error", () => undefined);
    this.#pipe.on("data", (bytes: Buffer) => this.#receive(bytes));
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#listen(stream);
    this.#child.once("error", (error) => this.#over(`its process could not be started: ${error.message}`));
    this.#child.once("exit", (code, signal) => {
      this.#exited.resolve();
      this.#over(signal === null ? `its process ended with code ${code}` : `its process was ended by ${signal}`);
    });
    this.send(load);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: LoadMessage | ToGuest): void {
    if (!this.#isOver) this.#pipe.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the process at once. `detail` is what `onEnded` tells. */
  kill(detail: string): void {
    this.#ending ??= detail;
    this.#child.kill("SIGKILL");
  }

  /** Resolves when the process is gone. */
  async stopped(): Promise<void> {
    if (this.#child.pid !== undefined) await this.#exited.promise;
  }

  #receive(bytes: Buffer): void {
    if (this.#isOver || this.#ending !== undefined) return;
    const pieces = this.#decoder.decode(bytes, { stream: true }).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      const line = [...this.#partial, piece].join("");
      this.#partial = [];
      this.#partialLength = 0;
      this.#take(line);
      if (this.#ending !== undefined) return;
    }
    this.#partial.push(last);
    this.#partialLength += last.length;
    if (this.#partialLength > this.#options.limits.messageBytes)
      this.kill(`it sent more than ${this.#options.limits.messageBytes} bytes at once`);
  }

  #take(line: string): void {
    const { limits, clock, onMessage } = this.#options;
    if (line.length > limits.messageBytes) {
      this.kill(`it sent more than ${limits.messageBytes} bytes at once`);
      return;
    }
    const now = clock.monotonic();
    if (now - this.#second.began >= 1000) this.#second = { began: now, messages: 0 };
    if (++this.#second.messages > limits.messagesPerSecond) {
      this.kill(`it sent more than ${limits.messagesPerSecond} messages in a second`);
      return;
    }
    const message = fromGuestSchema.safeParse(parse(line));
    if (!message.success) {
      this.kill("it sent something that is no message");
      return;
    }
    if (message.data.type === "ended") this.#ending ??= endingOf(message.data.reason, message.data.detail);
    else onMessage(message.data);
  }

  #listen(stream: NodeJS.ReadableStream | null): void {
    let budget = PRINTED_BYTES_PER_SECOND;
    stream?.on("data", (bytes: Buffer) => {
      this.#options.onPrinted(bytes.toString("utf8"));
      budget -= bytes.length;
      if (budget > 0) return;
      stream.pause();
      this.#options.clock.setTimer(1000, () => {
        budget = PRINTED_BYTES_PER_SECOND;
        stream.resume();
      });
    });
  }

  #over(detail: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pipe.destroy();
    this.#watched?.destroy();
    this.#options.onEnded(this.#ending ?? detail);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function endingOf(reason: "cpu" | "memory" | "internal", detail: string): string {
  return reason === "memory" ? `it used up its memory (${detail})` : detail;
}
