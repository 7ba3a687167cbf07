/**
 * Runs a plugin in QuickJS: an interpreter in WebAssembly whose world holds the language and nothing else.
 *
 * Every entry from outside has a deadline. What runs past it, or what breaks the interpreter, ends the
 * process: a half-run plugin cannot be trusted to go on.
 */
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from "quickjs-emscripten-core";
import type { FromGuest, LoadMessage, ToGuest } from "./guestMessages.ts";
import { PluginModules } from "./pluginModules.ts";

/** Enough for any honest recursion, and less than what WebAssembly has. */
const STACK_BYTES = 512 * 1024;
/** Timers a plugin may have at once. */
const MAXIMUM_TIMERS = 1000;
/** Lines of its log in a second. */
const LOGGED_LINES = 500;

const COMMONJS = `
const modules = new Map();
const { hostResolve, hostCommonJs } = globalThis;
delete globalThis.hostResolve; delete globalThis.hostCommonJs;
export function requireModule(path) {
  const known = modules.get(path);
  if (known) return known.exports;
  const module = { exports: {} };
  modules.set(path, module);
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
  const require = (specifier) => requireModule(hostResolve(specifier, path));
  new Function("exports", "require", "module", "__filename", "__dirname", hostCommonJs(path)).call(
    module.exports, module.exports, require, module, path, folder);
  return module.exports;
}
`;

export interface SandboxOptions {
  readonly load: LoadMessage;
  /** Bundles beside this process's own, by the names below. */
  readonly bundles: { readonly wasm: Uint8Array; guest(): string; plugin(): string; zod(): string };
  readonly send: (message: string) => void;
  /** The interpreter can no longer be used. */
  readonly onEnded: (reason: Extract<FromGuest, { type: "ended" }>["reason"], detail: string) => void;
}

export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #modules: PluginModules;
  #receive: QuickJSHandle | undefined;
  #entered = { at: 0, cpu: process.cpuUsage() };
  #isPastDeadline = false;
  /** Calls of the host that wait for a result: only while there is one does the plugin's code run at all. */
  readonly #calls = new Set<number>();
  readonly #timers = new Set<number>();
  /** Timers that are due and answers, while no call is open. */
  #waiting: ToGuest[] = [];
  #logged = { since: 0, lines: 0 };

  private constructor(options: SandboxOptions, modules: PluginModules, runtime: QuickJSRuntime) {
    this.#options = options;
    this.#runtime = runtime;
    this.#modules = modules;
    runtime.setMemoryLimit(options.load.limits.memoryMegabytes * 1024 * 1024);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => (this.#isPastDeadline = this.#hasUsedItsTime()));
    runtime.setModuleLoader(
      (path) => this.#source(path),
      (base, specifier) => this.#resolve(specifier, base),
    );
    this.#context = runtime.newContext();
  }

  static async create(options: SandboxOptions): Promise<Sandbox> {
    const modules = new PluginModules(options.load.files);
    await modules.prepare();
    const { wasm } = options.bundles;
    // A copy of exactly these bytes: a Buffer may be a window into a larger one.
    const wasmBinary = new Uint8Array(wasm).buffer;
    const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmBinary }));
    return new Sandbox(options, modules, module.newRuntime());
  }

  /** Loads the guest and through it the plugin, which describes itself. */
  load(): void {
    this.#enter(() => {
      const context = this.#context;
      this.#offer("hostSend", (message) => this.#sendFromGuest(context.getString(message)));
      this.#offer("hostTimer", (id, milliseconds) =>
        this.#startTimer(context.getNumber(id), context.getNumber(milliseconds)),
      );
      this.#offer("hostUrl", (text, base) =>
        context.newString(urlParts(context.getString(text), context.getString(base))),
      );
      this.#offer("hostResolve", (specifier, importer) =>
        context.newString(this.#modules.resolve(context.getString(specifier), context.getString(importer))),
      );
      this.#offer("hostCommonJs", (path) => context.newString(this.#modules.commonJsSource(context.getString(path))));
      context.unwrapResult(context.evalCode(COMMONJS, "ai-orchestrator:commonjs-first", { type: "module" })).dispose();
      const guest = context.unwrapResult(
        context.evalCode('export * from "ai-orchestrator:guest"', "ai-orchestrator:main", { type: "module" }),
      );
      this.#receive = context.getProp(guest, "receive");
      const load = context.getProp(guest, "load");
      guest.dispose();
      context.unwrapResult(context.callFunction(load, context.undefined)).dispose();
      load.dispose();
    });
  }

  receive(message: ToGuest): void {
    if (message.type === "call") {
      this.#calls.add(message.id);
      for (const earlier of this.#waiting.splice(0)) this.#deliver(earlier);
    }
    this.#deliverInCall(message);
  }

  /** Between two calls a plugin could otherwise go on asking, and burn a processor, for ever. */
  #deliverInCall(message: ToGuest): void {
    if (this.#calls.size > 0) this.#deliver(message);
    else this.#waiting.push(message);
  }

  #deliver(message: ToGuest): void {
    this.#enter(() => {
      const context = this.#context;
      const receive = this.#receive;
      if (receive === undefined) return;
      using text = context.newString(JSON.stringify(message));
      context.unwrapResult(context.callFunction(receive, context.undefined, text)).dispose();
    });
  }

  /** Runs code of the plugin, and what it left to be done, until it gives back control or its time is over. */
  #enter(run: () => void): void {
    this.#entered = { at: performance.now(), cpu: process.cpuUsage() };
    try {
      run();
      while (this.#runtime.hasPendingJob()) {
        const done = this.#runtime.executePendingJobs(1);
        if (done.error) done.error.dispose();
        if (this.#isPastDeadline) break;
      }
    } catch (error) {
      if (!this.#isPastDeadline) {
        const detail = error instanceof Error ? error.message : String(error);
        this.#options.onEnded(/out of memory|memory access|unreachable/i.test(detail) ? "memory" : "internal", detail);
        return;
      }
    }
    if (this.#isPastDeadline)
      this.#options.onEnded("cpu", `it did not give back control for ${this.#options.load.limits.cpuMilliseconds} ms`);
  }

  /** Work counts, not waiting: on a busy machine an honest plugin is slow and not to blame. */
  #hasUsedItsTime(): boolean {
    const { cpuMilliseconds } = this.#options.load.limits;
    if (performance.now() - this.#entered.at < cpuMilliseconds) return false;
    const { user, system } = process.cpuUsage(this.#entered.cpu);
    return (user + system) / 1000 >= cpuMilliseconds;
  }

  #offer(name: string, run: (...values: QuickJSHandle[]) => QuickJSHandle | void): void {
    using handle = this.#context.newFunction(name, run);
    this.#context.setProp(this.#context.global, name, handle);
  }

  #sendFromGuest(text: string): void {
    let message: Partial<FromGuest>;
    try {
      message = JSON.parse(text) as Partial<FromGuest>;
    } catch {
      return;
    }
    if (message.type === "log" && !this.#mayLog()) return;
    if (message.type === "result" && message.id !== undefined) this.#calls.delete(message.id);
    this.#options.send(text);
  }

  /** Lines beyond what a person could read are left out. */
  #mayLog(): boolean {
    const now = performance.now();
    if (now - this.#logged.since > 1000) this.#logged = { since: now, lines: 0 };
    if (++this.#logged.lines === LOGGED_LINES)
      this.#options.send(
        JSON.stringify({
          type: "log",
          level: "warn",
          text: "it prints too much; lines were left out",
        } satisfies FromGuest),
      );
    return this.#logged.lines < LOGGED_LINES;
  }

  #startTimer(id: number, milliseconds: number): void {
    if (this.#timers.size >= MAXIMUM_TIMERS) throw new Error(`more than ${MAXIMUM_TIMERS} timers`);
    this.#timers.add(id);
    setTimeout(
      () => {
        this.#timers.delete(id);
        this.#deliverInCall({ type: "timer", id });
      },
      Math.min(milliseconds, 0x7fffffff),
    );
  }

  #resolve(specifier: string, base: string): string {
    if (specifier === "ai-orchestrator:plugin-entry") return `plugin:${this.#options.load.entry}`;
    if (!base.startsWith("plugin:")) return specifier;
    if (specifier === "ai-orchestrator:commonjs") return specifier;
    try {
      const path = this.#modules.resolve(specifier, base.slice("plugin:".length));
      return path.startsWith("provided:") ? path : `plugin:${path}`;
    } catch (error) {
      // What is thrown here is lost; what the loader gives for the name is not.
      return `missing:${(error as Error).message}`;
    }
  }

  #source(path: string): string | { error: Error } {
    const { bundles } = this.#options;
    if (path.startsWith("missing:")) return { error: new Error(path.slice("missing:".length)) };
    try {
      switch (path) {
        case "ai-orchestrator:guest":
          return bundles.guest();
        case "ai-orchestrator:commonjs":
          return 'export { requireModule } from "ai-orchestrator:commonjs-first"';
        case "provided:plugin":
          return bundles.plugin();
        case "provided:zod":
          return bundles.zod();
        default:
          return this.#modules.source(path.slice("plugin:".length));
      }
    } catch (error) {
      return { error: error as Error };
    }
  }
}

/** Parts of a URL as JSON, or "" when it is none. */
function urlParts(text: string, base: string): string {
  const url = URL.parse(text, base === "" ? undefined : base);
  if (url === null) return "";
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  return JSON.stringify({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash });
}
