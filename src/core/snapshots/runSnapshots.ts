/**
 * The snapshots of one run: the folders as it found them, what each of its commands changed, and the folders at
 * each of its versions.
 *
 * The run starts at once. Whoever changes a file has its content stored first; a command waits until the folders
 * as they were found are stored.
 */
import { isOrchestratorError, messageOf, toErrorInfo, toOrchestratorError } from "../errors.ts";
import type { Effect, EventDraft, EventOf, NotCovered } from "../events/event.ts";
import type { Clock, Logger } from "../ports.ts";
import { recoverySuggestions } from "../recovery/recoverySuggestions.ts";
import type { ChangeKeeper, CommandCaller, WatchedCommand } from "../tools/changeKeeper.ts";
import type { BaselineCapture } from "./baselineCapture.ts";
import { ChangeGate } from "./changeGate.ts";
import { CommandWindow } from "./commandWindow.ts";
import { foundStates } from "./foundStates.ts";
import { effectOf, OwnWrites } from "./ownWrites.ts";
import type { RunPast } from "./runPast.ts";
import type { EntryChange } from "./snapshotWork.ts";
import type { WorkspaceCapture, WorkspaceSnapshots } from "./workspaceSnapshots.ts";

const SOURCE = "snapshots";
/** Left-out paths named in a question. */
const NAMED_PATHS = 5;

export interface RunSnapshotsOptions {
  readonly open: () => Promise<WorkspaceSnapshots>;
  /** Resolves when the event is committed. */
  readonly emit: (draft: EventDraft) => Promise<void>;
  /** Names of others than this run who may have changed the folders since a time. */
  readonly othersSince: (milliseconds: number) => Promise<readonly string[]>;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** What becomes a version, once its number is known. */
export type VersionDraft = Pick<
  EventOf<"snapshot_created">,
  "reason" | "stepId" | "agentId" | "toolUseId" | "label" | "commandId"
>;

/** Errors of contents that were stored once. */
const LOST: ReadonlySet<string> = new Set(["blob.missing", "blob.corrupted"]);

type AssignedField = "id" | "seq" | "epoch" | "timestamp" | "sessionId";

export class RunSnapshots implements ChangeKeeper {
  readonly #options: RunSnapshotsOptions;
  readonly #gate = new ChangeGate();
  readonly #writes = new OwnWrites();
  readonly #windows = new Set<CommandWindow>();
  /** Paths our tools wrote: captured whatever the rules say. */
  readonly #written = new Set<string>();
  /** Those of them since the last capture. */
  readonly #dirty = new Set<string>();
  readonly #closing = new AbortController();
  #snapshots: Promise<WorkspaceSnapshots> | undefined;
  #baseline: Promise<BaselineCapture> | undefined;
  /** The folders as they were found. Never rejects. */
  #found: Promise<WorkspaceCapture | undefined> | undefined;
  /** When everything was looked at the last time. */
  #lookedAt = "";
  #current = "";
  #lastVersion = "";
  #versions = 0;
  #failure: unknown;

  constructor(options: RunSnapshotsOptions) {
    this.#options = options;
  }

  /** Begins to store the folders as they are now. `past`: what a session that goes on did before. */
  begin(past: RunPast): void {
    this.#versions = past.versions;
    this.#lastVersion = past.lastManifest ?? "";
    for (const path of past.written.keys()) this.#written.add(path);
    this.#snapshots = this.#options.open();
    const { signal } = this.#closing;
    const include = [...this.#written];
    this.#baseline = this.#snapshots.then((snapshots) => snapshots.baseline({ signal, include }));
    // Whoever needs it hears of it.
    this.#baseline.catch(() => undefined);
    this.#found = this.#finishBaseline(past);
  }

  /** Stores what is at the paths before they are changed. See ChangeKeeper. */
  async preserve(paths: readonly string[], held?: Disposable): Promise<Disposable> {
    const changing = held ?? (await this.#gate.write());
    try {
      const baseline = await this.#baseline;
      for (const path of paths) await baseline?.preserve(path);
      return changing;
    } catch (error) {
      changing[Symbol.dispose]();
      throw error;
    }
  }

  changed(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.#writes.note(effect);
      this.#written.add(effect.path);
      this.#dirty.add(effect.path);
    }
  }

  async watch(
    caller: CommandCaller,
    { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
  ): Promise<WatchedCommand> {
    if (!(await this.#isFound(signal, onProgress))) throw this.#failure;
    const window = new CommandWindow(caller, this.#options.clock.now());
    const manifest = await this.#gate.look(async () => {
      await this.#lookAround(signal);
      this.#windows.add(window);
      return this.#current;
    });
    return {
      manifest,
      cancel: () => void this.#windows.delete(window),
      end: () => this.#gate.look(() => this.#end(window)),
    };
  }

  async notCovered(signal: AbortSignal): Promise<NotCovered> {
    await this.#isFound(signal, () => undefined);
    const found = await this.#found;
    if (!found) return { outside: true };
    const { leftOutCounts: counts, leftOut } = found;
    const named = leftOut.filter(({ reason }) => reason !== "ignored").map(({ path }) => path);
    return { outside: true, counts, ...(named.length > 0 ? { paths: named.slice(0, NAMED_PATHS) } : {}) };
  }

  /**
   * A version of the folders as they are now, made when it is written into the log, so that numbers follow its order.
   * Without a manifest where they cannot be stored: the session goes on, and says so.
   */
  async version(draft: VersionDraft): Promise<() => EventDraft> {
    if (!(await this.#found)) return () => this.#number(draft);
    try {
      return await this.#gate.look(async () => {
        await this.#lookAgain();
        return await this.#versionOf(draft);
      });
    } catch (error) {
      await this.#fail(error);
      return () => this.#number(draft);
    }
  }

  /** A version that a person wants now: of everything as it is, whoever changed it. */
  async requested(request: Pick<VersionDraft, "label" | "commandId">): Promise<() => EventDraft> {
    if (!(await this.#found)) throw this.#failure;
    return this.#gate.look(async () => {
      await this.#lookAround();
      return await this.#versionOf({ reason: "requested", ...request });
    });
  }

  /**
   * What a command of a process before this one has changed, as far as the folders tell. `since`: what our tools
   * wrote after it had begun, by path, null for what they deleted.
   */
  async effectsSince(manifest: string, since: ReadonlyMap<string, string | null>): Promise<readonly Effect[]> {
    const [found, snapshots] = [await this.#found, await this.#snapshots];
    if (!found || !snapshots) return [];
    const changes = await this.#changesBetween(snapshots, manifest, this.#lookedAt);
    if (!changes) return [];
    return changes.map(effectOf).filter(({ path, after }) => !since.has(path) || since.get(path) !== (after ?? null));
  }

  /** To be awaited before the run ends: waits for the first snapshot, or gives it up where nothing was changed. */
  async close(): Promise<void> {
    if (this.#written.size === 0) this.#closing.abort();
    await this.#found;
  }

  async #finishBaseline(past: RunPast): Promise<WorkspaceCapture | undefined> {
    try {
      const [snapshots, baseline] = [await this.#snapshots, await this.#baseline];
      if (!snapshots || !baseline) return undefined;
      const found = await baseline.done;
      this.#lookedAt = found.manifest;
      this.#current = found.manifest;
      if (past.needsFirst) {
        const manifest = await snapshots.amend(found.manifest, await foundStates(past, found.manifest, snapshots));
        await this.#emitCaptured({ ...found, manifest });
        this.#lastVersion ||= manifest;
      }
      return found;
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#fail(error);
      this.#failure ??= error;
      return undefined;
    }
  }

  #emitCaptured({ manifest, files, bytes, leftOutCounts: leftOut }: WorkspaceCapture): Promise<void> {
    const captured = { versionId: "v1", manifest, files, bytes, leftOut };
    return this.#options.emit({ type: "snapshot_captured", source: SOURCE, ...captured });
  }

  async #isFound(signal: AbortSignal, onProgress: (text: string) => void): Promise<boolean> {
    const found = this.#found;
    if (!found) return false;
    signal.throwIfAborted();
    const stopped = Promise.withResolvers<never>();
    stopped.promise.catch(() => undefined);
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      const isReady = await Promise.race([found, stopped.promise, Promise.resolve("waiting" as const)]);
      if (isReady === "waiting")
        onProgress("[waiting until the folder is stored, so that the command can be undone]\n");
      return (await Promise.race([found, stopped.promise])) !== undefined;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #end(window: CommandWindow): Promise<{ effects: readonly Effect[]; events: readonly (() => EventDraft)[] }> {
    try {
      await this.#lookAround();
    } finally {
      this.#windows.delete(window);
    }
    const effects = window.effects(await this.#options.othersSince(window.since));
    for (const { path } of effects) this.#written.add(path);
    if (effects.length === 0) return { effects, events: [] };
    const { agentId, stepId, toolUseId } = window.caller;
    const draft = { reason: "command", agentId, toolUseId, ...(stepId === undefined ? {} : { stepId }) };
    return { effects, events: [await this.#versionOf(draft)] };
  }

  /** Everything may have changed while a command runs; without one, only what our own tools wrote. */
  async #lookAgain(): Promise<void> {
    if (this.#windows.size > 0) return this.#lookAround();
    if (this.#dirty.size === 0) return;
    const knownPaths = [...this.#dirty];
    const { manifest } = await (await this.#own()).capture({ knownPaths, include: [...this.#written] });
    this.#dirty.clear();
    this.#current = manifest;
  }

  /** Looks at everything, and attributes what others than our tools did since the last time. */
  async #lookAround(signal?: AbortSignal): Promise<void> {
    const snapshots = await this.#own();
    const { manifest } = await snapshots.capture({ include: [...this.#written], ...(signal ? { signal } : {}) });
    const changes = await this.#changesBetween(snapshots, this.#lookedAt, manifest);
    const effects = changes ? await this.#writes.takeOthers(changes, (path) => snapshots.find(manifest, path)) : [];
    if (!changes) this.#writes.clear();
    this.#dirty.clear();
    this.#lookedAt = manifest;
    this.#current = manifest;
    const running = [...this.#windows];
    for (const effect of effects) {
      for (const window of running) {
        const others = running.filter((other) => other !== window).map(({ caller }) => caller.agentId);
        window.add(effect, others);
      }
    }
  }

  /** Of the folders as they were just looked at. */
  async #versionOf(draft: VersionDraft): Promise<() => EventDraft> {
    const [before, manifest] = [this.#lastVersion, this.#current];
    this.#lastVersion = manifest;
    const isSame = before === "" || before === manifest;
    const changes = isSame ? [] : await this.#changesBetween(await this.#own(), before, manifest);
    return () => this.#number({ ...draft, manifest, ...(changes ? { files: changes.length } : {}) });
  }

  /** Undefined where what was stored is not there any more or damaged: the run goes on without it, and says so. */
  async #changesBetween(
    snapshots: WorkspaceSnapshots,
    before: string,
    after: string,
  ): Promise<readonly EntryChange[] | undefined> {
    try {
      return await snapshots.compare(before, after);
    } catch (error) {
      if (!isOrchestratorError(error) || !LOST.has(error.code)) throw error;
      await this.#fail(error);
      return undefined;
    }
  }

  #number(draft: Omit<EventOf<"snapshot_created">, AssignedField | "type" | "source" | "versionId">): EventDraft {
    this.#versions += 1;
    return { type: "snapshot_created", source: SOURCE, versionId: `v${this.#versions}`, ...draft };
  }

  async #own(): Promise<WorkspaceSnapshots> {
    const snapshots = await this.#snapshots;
    if (!snapshots) throw new TypeError("the run has not begun");
    return snapshots;
  }

  async #fail(error: unknown): Promise<void> {
    const known = toOrchestratorError(error);
    this.#options.logger.warn("the folders could not be stored", { error: messageOf(error) });
    const failed = { error: toErrorInfo(known), suggestions: recoverySuggestions(known) };
    try {
      await this.#options.emit({ type: "snapshot_failed", source: SOURCE, ...failed });
    } catch {
      // A log that takes no event ends the run by itself.
    }
  }
}
