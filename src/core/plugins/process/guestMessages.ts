/**
 * What a plugin's process and its host tell each other: one JSON object per line on descriptor 3.
 *
 * The process holds no authority. Whatever it sends is a wish that the host checks (pluginMessages.ts), so
 * these types describe what a well-behaved one sends, and nothing relies on it.
 */

/** How much a plugin may take. */
export interface GuestLimits {
  /** Milliseconds its code may run without giving back control. */
  readonly cpuMilliseconds: number;
  readonly memoryMegabytes: number;
}

/** First message to a process: what to run. */
export interface LoadMessage {
  readonly type: "load";
  readonly runtime: "sandbox" | "node";
  /** Path of the first module, within the plugin, with `/`. */
  readonly entry: string;
  /** Text of every module by path, for the sandbox. */
  readonly files: Readonly<Record<string, string>>;
  /** Folder the files lie in, for the runtime `node`. */
  readonly folder: string;
  readonly limits: GuestLimits;
}

export type GuestMethod = "initialize" | "execute" | "tool" | "event" | "dispose";

/** To the plugin, after it was loaded. */
export type ToGuest =
  | {
      readonly type: "call";
      readonly id: number;
      readonly method: GuestMethod;
      /** Stands for the session of this call in every request made from it; absent outside one. */
      readonly scope?: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "answer"; readonly id: number; readonly value?: unknown; readonly error?: GuestError }
  /** A timer the plugin had set is due. */
  | { readonly type: "timer"; readonly id: number };

export interface GuestError {
  readonly message: string;
  readonly name?: string;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** From the plugin. */
export type FromGuest =
  | { readonly type: "described"; readonly metadata: unknown; readonly executes: boolean }
  /** It cannot be loaded. */
  | { readonly type: "unloadable"; readonly detail: string }
  | { readonly type: "result"; readonly id: number; readonly value?: unknown; readonly error?: GuestError }
  | {
      readonly type: "request";
      readonly id: number;
      readonly scope?: string;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly type: "log"; readonly level: LogLevel; readonly text: string }
  /** Sent by the process around the plugin right before it ends itself. */
  | { readonly type: "ended"; readonly reason: "cpu" | "memory" | "internal"; readonly detail: string };
