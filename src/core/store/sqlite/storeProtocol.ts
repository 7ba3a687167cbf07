/** What the store's two sides say to each other: requests to the worker, messages back. */
import type { Message, MessageCode, MessageParameters } from "../../messages.ts";
import type {
  CommandOutcome,
  CommandRow,
  EventSelection,
  Lease,
  LeaseOwner,
  SessionRow,
  SessionSummary,
  VersionRow,
} from "../sessionStore.ts";
import type { DerivedRows, EventCount, FreedLease, NamedContentPage, StoreInspection } from "../storeMaintenance.ts";
import type { HereAndNow } from "../processIdentity.ts";
import type { BusyLimits } from "./busy.ts";
import type { EncodedBatch } from "./encodedBatch.ts";

/** What the worker is started with. */
export interface StoreWorkerData {
  readonly home: string;
  readonly now: number;
  readonly here: HereAndNow;
  readonly busy?: BusyLimits;
}

/** What a worker can be asked: functions of an argument. Every one also has `close`. */
export type CallTable<Calls> = { readonly [Name in keyof Calls]: (argument: never, now: number) => unknown };

/** Every call: its argument and what it gives. `now` is the caller's clock in milliseconds since the epoch. */
export interface StoreCalls {
  createSession(
    request: { sessionId: string; summary: SessionSummary; createdAt: string; owner: LeaseOwner },
    now: number,
  ): Lease;
  takeLease(request: { sessionId: string; owner: LeaseOwner }, now: number): Lease;
  renewLease(lease: Lease, now: number): void;
  releaseLease(lease: Lease, now: number): void;
  append(batch: EncodedBatch, now: number): void;
  /** False when somebody else wrote since the batch was made. */
  appendAlone(request: { batch: EncodedBatch; owner: LeaseOwner }, now: number): boolean;
  publishSession(request: { lease: Lease; sessionId: string; epoch: number }, now: number): void;
  /** False when the log no longer ends at `lastSeq`. */
  deleteSession(request: { sessionId: string; lastSeq?: number }, now: number): boolean;
  inspect(request: null, now: number): StoreInspection;
  countEvents(sessionId: string, now: number): EventCount;
  /** False when the log no longer ends where the rows do. */
  replaceDerived(request: { sessionId: string; rows: DerivedRows }, now: number): boolean;
  freeDeadLeases(request: null, now: number): FreedLease[];
  removeLeftovers(request: null, now: number): number;
  namedContents(request: { after: number; sessionId?: string }, now: number): NamedContentPage;
  /** The events as the text of one JSON array. */
  readEvents(
    request: { sessionId: string; afterSeq: number; limit: number; which: EventSelection },
    now: number,
  ): string;
  readCheckpoint(request: { sessionId: string; seq: number }, now: number): { seq: number; state: string } | undefined;
  getSession(sessionId: string, now: number): SessionRow | undefined;
  listSessions(page: { limit: number; before?: { createdAt: string; sessionId: string } }, now: number): SessionRow[];
  listVersions(sessionId: string, now: number): VersionRow[];
  addCommand(command: Omit<CommandRow, "createdAt">, now: number): void;
  pendingCommands(sessionId: string, now: number): CommandRow[];
  resolveCommand(request: { commandId: string; outcome: CommandOutcome }, now: number): void;
  commandOutcome(commandId: string, now: number): CommandOutcome | undefined;
  /** Rejects with `store.damaged`, and remembers it: what was read cannot have been written. */
  reportDamage(detail: string, now: number): void;
  /** Starts or stops looking for changes made elsewhere. */
  watch(on: boolean, now: number): void;
  close(request: null, now: number): void;
}

export type StoreCallName = keyof StoreCalls;
export type StoreArgument<Name extends StoreCallName> = Parameters<StoreCalls[Name]>[0];
export type StoreResult<Name extends StoreCallName> = ReturnType<StoreCalls[Name]>;

/** One request; a union of all, so that the argument is known once `name` is. */
export type StoreRequest = {
  [Name in StoreCallName]: {
    readonly id: number;
    readonly name: Name;
    readonly argument: StoreArgument<Name>;
    readonly now: number;
  };
}[StoreCallName];

/** An error crosses the boundary as its code and parameters. */
export interface StoreError {
  readonly code: MessageCode;
  readonly params: MessageParameters[MessageCode];
}

export interface StoreReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: StoreError;
}

/** How far the request `id` is; what it says depends on the call. */
export interface StoreNote {
  readonly type: "note";
  readonly id: number;
  readonly note: unknown;
}

/** What a person should know of the store, although nobody asked. */
export type StoreNotice = Message<"store.salvaged"> | Message<"store.damaged"> | Message<"store.backupFailed">;

export type StoreMessage =
  | {
      readonly type: "opened";
      readonly journal: "wal" | "rollback";
      readonly migrated?: { readonly from: number; readonly backup?: string };
      /** The store had been damaged. */
      readonly salvaged?: Message<"store.salvaged">;
    }
  | { readonly type: "refused"; readonly error: StoreError }
  | { readonly type: "replies"; readonly replies: readonly StoreReply[] }
  | StoreNote
  | { readonly type: "notice"; readonly notice: StoreNotice }
  | { readonly type: "changed" };
