/**
 * The port to the durable store of sessions: the only source of truth of the product.
 *
 * The implementation (sqlite/) keeps everything in `store.db` behind a worker thread, because the
 * database is synchronous and a lock wait must never stop the extension host.
 */
import type { OrchestratorEvent } from "../events/event.ts";

/** How a session ended, or that it has not: what the log says. */
export type LoggedStatus = "created" | "planning" | "running" | "completed" | "failed" | "interrupted";

/** What a reader sees: a session whose log says it runs while nobody does is `interrupted`. */
export type SessionStatus = LoggedStatus;

/** The columns derived from a session's events; rebuilt from them at any time. */
export interface SessionSummary {
  readonly goal: string;
  readonly title: string;
  readonly status: LoggedStatus;
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  readonly stepsTotal: number;
  readonly stepsCompleted: number;
  readonly agentsRunning: number;
  /** US dollars; unknown prices count as zero here and set `costIsPartial`. */
  readonly costUsd: number;
  readonly costIsPartial: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly lastCompletedStep: string | null;
  readonly versions: number;
  readonly demo: boolean;
  /** Words a person gave the session to find it by. */
  readonly tags: readonly string[];
  /** Where a fork comes from; the parent may be deleted by now. Null for a session of its own. */
  readonly parent: SessionParent | null;
}

/** The session and the version of it that another one was forked from. */
export interface SessionParent {
  readonly sessionId: string;
  readonly versionId: string;
}

export interface SessionRow extends SessionSummary {
  readonly sessionId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSeq: number;
  readonly epoch: number;
  /** The live owner, if one holds the lease and its process is there. */
  readonly owner: LeaseOwner | null;
  /**
   * `status` corrected by the lease: `interrupted` when the log says running and nobody runs it. A session
   * without folders, kept by a user of the API, has no runs and stays what it was said to be.
   */
  readonly effectiveStatus: SessionStatus;
}

/** Who may write: a process, identified so that a reused pid is not mistaken for it. */
export interface LeaseOwner {
  readonly machineId: string;
  readonly bootId: string;
  readonly pid: number;
  /** Start time of the process in a unit of the platform; only compared for equality. */
  readonly processStartedAt: string;
  /** For people: `terminal`, `VS Code`, `api`. */
  readonly host: string;
}

export interface Lease {
  readonly sessionId: string;
  readonly epoch: number;
}

export interface VersionRow {
  readonly versionId: string;
  readonly seq: number;
  readonly reason: string;
  readonly stepId: string | null;
  readonly createdAt: string;
  /** Names the folders with everything in them; null when they were not captured, or are no longer kept. */
  readonly manifest: string | null;
  /** Paths that differ from the version before; null where nobody looked. */
  readonly files: number | null;
  /** What a person calls it. */
  readonly label: string | null;
  /** Kept when space is short. */
  readonly isPinned: boolean;
  /** The folders are no longer kept. */
  readonly isRemoved: boolean;
}

export type CommandKind =
  | "stop"
  | "pause"
  | "continue"
  | "allow"
  | "allow_session"
  | "deny"
  | "answer"
  | "steer"
  | "retry"
  | "raise_limit"
  /** Make a version of the folders as they are; payload `{ label? }`. */
  | "snapshot";

/** A wish of another process, carried out once by the owner of the session. */
export interface CommandRow {
  readonly commandId: string;
  readonly sessionId: string;
  readonly epoch: number;
  readonly kind: CommandKind;
  readonly payload: unknown;
  readonly origin: string;
  readonly createdAt: string;
}

export interface CommandOutcome {
  readonly accepted: boolean;
  /** Message code and parameters of a refusal. */
  readonly refusal?: { readonly code: string; readonly params: Record<string, string | number | boolean> };
}

export interface AppendBatch {
  readonly lease: Lease;
  readonly events: readonly OrchestratorEvent[];
  readonly summary: SessionSummary;
  /** A state fold to keep at the last event, so that opening needs no full read. JSON. */
  readonly checkpoint?: string;
}

/** Which events of a log are read. */
export interface EventSelection {
  /** Leaves out the kinds that carry text for eyes, which no fold needs. */
  readonly withoutText?: boolean;
  /** Only those before this `seq`. */
  readonly beforeSeq?: number;
}

/** Rejects with OrchestratorError `session.fenced` when the lease's epoch is no longer the newest. */
export interface SessionStore {
  /** Creates the session row and takes its lease at epoch 1. Rejects with `session.exists`. */
  createSession(sessionId: string, summary: SessionSummary, createdAt: string, owner: LeaseOwner): Promise<Lease>;
  /** Takes the lease of a session nobody runs; the epoch grows by one. Rejects with `session.running` or `session.unknown`. */
  takeLease(sessionId: string, owner: LeaseOwner): Promise<Lease>;
  /** Extends the lease by 30 s. Rejects with `session.fenced`. */
  renewLease(lease: Lease): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;

  /** Commits the events in one transaction: FULL when any is a control event, NORMAL for text alone. */
  append(batch: AppendBatch): Promise<void>;
  /**
   * Commits events to a session that nobody runs, in the epoch after its newest: the lease is taken and given back
   * in the same transaction. False, and nothing is written, when somebody else wrote since the batch was made.
   * Rejects with `session.unknown` or `session.running`.
   */
  appendAlone(batch: AppendBatch, owner: LeaseOwner): Promise<boolean>;
  /**
   * Gives a session that was written under an id nobody sees (one with a colon) the id it shall have, and its
   * lease back at `epoch`, that of its last event. Rejects with `session.exists`.
   */
  publishSession(lease: Lease, as: { readonly sessionId: string; readonly epoch: number }): Promise<void>;
  /**
   * Removes a session that nobody runs, with all its rows. False, and nothing is removed, when its log no longer
   * ends at `lastSeq`. Rejects with `session.unknown` or `session.running`.
   */
  deleteSession(sessionId: string, expected?: { readonly lastSeq?: number }): Promise<boolean>;
  /**
   * Events with `seq > afterSeq` in order, at most `limit`; fewer when they are long, so only an empty page
   * is the end.
   */
  readEvents(sessionId: string, afterSeq: number, limit: number, which?: EventSelection): Promise<OrchestratorEvent[]>;
  /** The newest checkpoint at or before `seq` (default: any), with the seq it stands for. */
  readCheckpoint(sessionId: string, seq?: number): Promise<{ seq: number; state: string } | undefined>;

  getSession(sessionId: string): Promise<SessionRow | undefined>;
  /** Newest first. `before` is a `createdAt`/`sessionId` cursor of the last row of the page before. */
  listSessions(page: { limit: number; before?: { createdAt: string; sessionId: string } }): Promise<SessionRow[]>;
  listVersions(sessionId: string): Promise<VersionRow[]>;

  /** Adds a command for the session's owner; the caller waits with `commandOutcome`. */
  addCommand(command: Omit<CommandRow, "createdAt">): Promise<void>;
  /** Commands of the session that nobody has handled, oldest first. */
  pendingCommands(sessionId: string): Promise<CommandRow[]>;
  resolveCommand(commandId: string, outcome: CommandOutcome): Promise<void>;
  commandOutcome(commandId: string): Promise<CommandOutcome | undefined>;

  /** Calls `listener` when another process changed the store (looked for every 100 ms while anyone listens). */
  onDidChangeElsewhere(listener: () => void): Disposable;
  /** Waits for what is under way, checkpoints the WAL and ends the worker. */
  close(): Promise<void>;
}
