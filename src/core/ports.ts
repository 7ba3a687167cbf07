/**
 * What the engine needs from outside, as small interfaces named for what they do.
 *
 * A port exists only where hosts or tests really differ. Hosts build these once (extension.ts, api.ts,
 * cli/main.ts) and pass them to `createEngine` (engine.ts).
 */
import type { NotCovered } from "./events/event.ts";

/** Time and ids, so that a test can replay a run exactly. */
export interface Clock {
  /** Milliseconds since the epoch. May jump backwards; never use it to measure a duration. */
  now(): number;
  /** Milliseconds on a clock that only grows. */
  monotonic(): number;
  /** A new unique id that matches `[A-Za-z0-9_-]{1,64}` and begins with `prefix_`. */
  newId(prefix: string): string;
  /** Resolves after `milliseconds`, or rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `milliseconds`, unless disposed before. */
  setTimer(milliseconds: number, callback: () => void): Disposable;
}

/** Diagnostics for people who look for a fault; never shown as a message. Secrets are filtered before. */
export interface Logger {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
}

/** Where an API key comes from. Read per request; the key of one origin is never given for another. */
export interface SecretSource {
  /** The key entered for `origin` (such as `https://api.anthropic.com`), or undefined when there is none. */
  apiKey(origin: string): Promise<string | undefined>;
}

/** One folder agents may work in. Names are unique within a session. */
export interface WorkspaceFolder {
  readonly name: string;
  /** Absolute path as the person gave it; PathGuard resolves symbolic links. */
  readonly path: string;
}

/** What the host knows about the folders that the disk does not tell. */
export interface WorkspaceState {
  /** May the folder bring its own agents, plugins and instruction files? */
  isTrusted(folder: WorkspaceFolder): boolean;
}

export interface ApprovalRequest {
  readonly approvalId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly tool: string;
  readonly input: unknown;
  /** Message code saying why a person is asked. */
  readonly reason: string;
  /** What exactly would happen: an argv, a shell line or a path. */
  readonly subject: string;
  /** Protected paths and tainted calls are never allowed by a blanket yes. */
  readonly severity: "normal" | "protected" | "tainted";
  readonly taint: readonly string[];
  /** What could not be undone afterwards, for the person to know. */
  readonly notCovered?: NotCovered;
}

export interface ApprovalAnswer {
  readonly decision: "allow" | "allow_session" | "deny";
  /** Who answered: `user`, `--approve all`, `no terminal`, `timeout`, … */
  readonly by: string;
  /** Told to the agent when denied. */
  readonly reason?: string;
}

/** Asks a person. Rejects only when `signal` aborts. */
export interface Approver {
  request(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>;
}

export interface QuestionRequest {
  readonly questionId: string;
  readonly sessionId: string;
  readonly agentId: string;
  /** The agent's words. */
  readonly question: string;
  /** Answers the agent suggests; any other text is an answer as well. */
  readonly options: readonly string[];
}

export interface QuestionAnswer {
  readonly answer: string;
  readonly by: string;
}

/** Puts an agent's question to a person. Rejects only when `signal` aborts: it needs no answer any more. */
export interface Questioner {
  ask(request: QuestionRequest, signal: AbortSignal): Promise<QuestionAnswer>;
}
