/**
 * First module in the sandbox: gives the guest its port and the plugin the few globals it has.
 *
 * Bundled into one file of its own (pluginGuest.js), which imports nothing but the plugin.
 */
import { host } from "./sandboxGlobals.ts";
import { Guest } from "./guest.ts";
import type { FromGuest, ToGuest } from "./guestMessages.ts";

interface SandboxGlobals {
  setTimeout?: unknown;
  clearTimeout?: unknown;
  console?: unknown;
  queueMicrotask?: unknown;
}

const globals = globalThis as unknown as SandboxGlobals;
const { parse, stringify } = JSON;

const guest = new Guest({
  send: (message: FromGuest) => host.send?.(stringify(message)),
  startTimer: (id, milliseconds) => host.startTimer?.(id, milliseconds),
  // @ts-expect-error -- the sandbox's loader resolves it to the plugin's first module
  importPlugin: () => import("ai-orchestrator:plugin-entry") as Promise<{ default?: unknown }>,
});

globals.setTimeout = (run: (...values: unknown[]) => void, milliseconds: number, ...values: unknown[]) =>
  guest.setTimer(() => run(...values), milliseconds);
globals.clearTimeout = (id: number) => guest.clearTimer(id);
globals.queueMicrotask = (run: () => void) => void Promise.resolve().then(run);
globals.console = {
  debug: (...values: unknown[]) => guest.log("debug", values),
  log: (...values: unknown[]) => guest.log("info", values),
  info: (...values: unknown[]) => guest.log("info", values),
  warn: (...values: unknown[]) => guest.log("warn", values),
  error: (...values: unknown[]) => guest.log("error", values),
};

export function load(): void {
  void guest.load();
}

export function receive(message: string): void {
  guest.receive(parse(message) as ToGuest);
}
