/** The store's port on a connection to its worker. */
import type { OrchestratorEvent } from "../../events/event.ts";
import type { Clock } from "../../ports.ts";
import type {
  AppendBatch,
  CommandOutcome,
  CommandRow,
  EventSelection,
  Lease,
  LeaseOwner,
  SessionRow,
  SessionStore,
  SessionSummary,
  VersionRow,
} from "../sessionStore.ts";
import type {
  DerivedRows,
  EventCount,
  FreedLease,
  NamedContentPage,
  StoreInspection,
  StoreMaintenance,
} from "../storeMaintenance.ts";
import { encodeBatch, transferablesOf } from "./encodedBatch.ts";
import type { StoreConnection } from "./storeConnection.ts";
import type { StoreArgument, StoreCallName, StoreCalls, StoreResult } from "./storeProtocol.ts";

export class SqliteSessionStore implements SessionStore, StoreMaintenance {
  readonly #connection: StoreConnection<StoreCalls>;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #closing: Promise<void> | undefined;

  constructor(connection: StoreConnection<StoreCalls>, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  createSession(sessionId: string, summary: SessionSummary, createdAt: string, owner: LeaseOwner): Promise<Lease> {
    return this.#call("createSession", { sessionId, summary, createdAt, owner });
  }

  takeLease(sessionId: string, owner: LeaseOwner): Promise<Lease> {
    return this.#call("takeLease", { sessionId, owner });
  }

  renewLease(lease: Lease): Promise<void> {
    return this.#call("renewLease", lease);
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.#call("releaseLease", lease);
  }

  async append(batch: AppendBatch): Promise<void> {
    if (batch.events.length === 0) return;
    const encoded = encodeBatch(batch);
    await this.#connection.request("append", encoded, this.#clock.now(), { transfer: transferablesOf(encoded) });
  }

  appendAlone(batch: AppendBatch, owner: LeaseOwner): Promise<boolean> {
    const encoded = encodeBatch(batch);
    const request = { batch: encoded, owner };
    return this.#connection.request("appendAlone", request, this.#clock.now(), { transfer: transferablesOf(encoded) });
  }

  publishSession(lease: Lease, as: { readonly sessionId: string; readonly epoch: number }): Promise<void> {
    return this.#call("publishSession", { lease, ...as });
  }

  deleteSession(sessionId: string, expected: { readonly lastSeq?: number } = {}): Promise<boolean> {
    return this.#call("deleteSession", { sessionId, ...expected });
  }

  inspect(): Promise<StoreInspection> {
    return this.#call("inspect", null);
  }

  countEvents(sessionId: string): Promise<EventCount> {
    return this.#call("countEvents", sessionId);
  }

  replaceDerived(sessionId: string, rows: DerivedRows): Promise<boolean> {
    return this.#call("replaceDerived", { sessionId, rows });
  }

  freeDeadLeases(): Promise<FreedLease[]> {
    return this.#call("freeDeadLeases", null);
  }

  removeLeftovers(): Promise<number> {
    return this.#call("removeLeftovers", null);
  }

  namedContents(request: { readonly after: number; readonly sessionId?: string }): Promise<NamedContentPage> {
    return this.#call("namedContents", request);
  }

  async readEvents(
    sessionId: string,
    afterSeq: number,
    limit: number,
    which: EventSelection = {},
  ): Promise<OrchestratorEvent[]> {
    const json = await this.#call("readEvents", { sessionId, afterSeq, limit, which });
    const events = eventsIn(json);
    const last = events?.at(-1);
    if (!events || (last && !(last.seq > afterSeq))) await this.#call("reportDamage", "events that are none");
    return events ?? [];
  }

  readCheckpoint(
    sessionId: string,
    seq = Number.MAX_SAFE_INTEGER,
  ): Promise<{ seq: number; state: string } | undefined> {
    return this.#call("readCheckpoint", { sessionId, seq });
  }

  getSession(sessionId: string): Promise<SessionRow | undefined> {
    return this.#call("getSession", sessionId);
  }

  listSessions(page: { limit: number; before?: { createdAt: string; sessionId: string } }): Promise<SessionRow[]> {
    return this.#call("listSessions", page);
  }

  listVersions(sessionId: string): Promise<VersionRow[]> {
    return this.#call("listVersions", sessionId);
  }

  addCommand(command: Omit<CommandRow, "createdAt">): Promise<void> {
    return this.#call("addCommand", command);
  }

  pendingCommands(sessionId: string): Promise<CommandRow[]> {
    return this.#call("pendingCommands", sessionId);
  }

  resolveCommand(commandId: string, outcome: CommandOutcome): Promise<void> {
    return this.#call("resolveCommand", { commandId, outcome });
  }

  commandOutcome(commandId: string): Promise<CommandOutcome | undefined> {
    return this.#call("commandOutcome", commandId);
  }

  onDidChangeElsewhere(listener: () => void): Disposable {
    // A listener of its own for every call, so that the same function may listen twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#watch(true);
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#watch(false);
      },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#connection.close();
    return this.#closing;
  }

  #watch(on: boolean): void {
    const tellAll = (): void => {
      for (const listener of [...this.#listeners]) listener();
    };
    this.#connection.onChange(on ? tellAll : undefined);
    this.#call("watch", on).catch(() => {
      // The worker is gone: whoever waits for a change also makes calls, which tell.
    });
  }

  #call<Name extends StoreCallName>(name: Name, argument: StoreArgument<Name>): Promise<StoreResult<Name>> {
    return this.#connection.request(name, argument, this.#clock.now());
  }
}

function eventsIn(json: string): OrchestratorEvent[] | undefined {
  try {
    return JSON.parse(json) as OrchestratorEvent[];
  } catch {
    return undefined;
  }
}
