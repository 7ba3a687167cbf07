/**
 * One plugin from its files to its end: describes itself, is initialized, is called, crashes, is started
 * again, is given up.
 */
import type { AgentDefinition } from "../agents/agentDefinition.ts";
import { OrchestratorError, toOrchestratorError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { PluginCalls } from "./pluginCalls.ts";
import { PluginChannel } from "./pluginChannel.ts";
import { PluginCrashes } from "./pluginCrashes.ts";
import type { PluginLimits } from "./pluginLimits.ts";
import { PluginLog } from "./pluginLog.ts";
import type { CheckedMessage } from "./pluginMessages.ts";
import { faultsOf, pluginMetadataSchema, type KnownMetadata } from "./pluginMetadata.ts";
import { PluginRequests, takesItsTime, type PluginRequest } from "./pluginRequests.ts";
import { codeOf, provisionalName, type PluginSource } from "./pluginSource.ts";
import { NODE_RUNTIME } from "./permissions.ts";
import { PluginRights } from "./pluginRights.ts";
import type { GuestMethod } from "./process/guestMessages.ts";

export type PluginState =
  /** It has described itself and waits to be initialized. */
  | "described"
  | "running"
  /** Its process ended; it is started again soon. */
  | "restarting"
  | "stopped"
  | "failed";

/** A tool as the plugin registered it. */
export interface RegisteredTool {
  readonly name: string;
  readonly description: string;
  readonly jsonSchema: Record<string, unknown>;
}

export interface PluginOptions {
  readonly source: PluginSource;
  /** Where its files lie for the runtime `node`: a copy nobody else writes. */
  readonly folder: () => Promise<string>;
  readonly processUrl: URL;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: PluginLimits;
  readonly clock: Clock;
  /** Carries out what the plugin asks for, or refuses. */
  readonly perform: (plugin: Plugin, request: PluginRequest) => Promise<unknown>;
  /** Does what changes who runs when nothing else does: a new start after a crash waits for its turn like any other. */
  readonly alone: (work: () => Promise<void>) => Promise<void>;
  /** State, registrations or the last error changed. */
  readonly onChanged: (plugin: Plugin) => void;
  /** It crashed too often. */
  readonly onGivenUp: (plugin: Plugin, detail: string) => void;
}

export class Plugin {
  readonly source: PluginSource;
  readonly log: PluginLog;
  readonly tools = new Map<string, RegisteredTool>();
  readonly agentTypes = new Map<string, AgentDefinition>();
  readonly events = new Set<string>();
  readonly rights: PluginRights;
  /** Where content from outside has entered it; it may show in everything it does from then on. */
  readonly taint = new Set<string>();
  readonly #options: PluginOptions;
  readonly #calls: PluginCalls;
  readonly #requests: PluginRequests;
  readonly #crashes: PluginCrashes;
  #state: PluginState = "stopped";
  #metadata: KnownMetadata | undefined;
  #executes = false;
  #error: OrchestratorError | undefined;
  #channel: PluginChannel | undefined;
  #described: PromiseWithResolvers<void> | undefined;
  #config: Readonly<Record<string, unknown>> | undefined;
  #isInitializing = false;
  /** How often it was stopped: a start that began before does not go on. */
  #stops = 0;
  #restart: Disposable | undefined;

  constructor(options: PluginOptions) {
    this.#options = options;
    this.source = options.source;
    this.log = new PluginLog(() => options.clock.now());
    this.rights = new PluginRights({ name: () => this.name, permissions: () => this.#metadata?.permissions ?? [] });
    this.#calls = new PluginCalls({
      clock: options.clock,
      milliseconds: options.limits.callMilliseconds,
      onOverdue: () => this.#channel?.kill(`it did not answer within ${options.limits.callMilliseconds / 1000} s`),
    });
    this.#requests = new PluginRequests({
      maximum: options.limits.openRequests,
      isHeard: () => this.#isInitializing || this.#state === "running",
      perform: (request) => {
        const perform = (): Promise<unknown> => options.perform(this, request);
        return takesItsTime(request) ? this.#calls.whileHostWorks(perform) : perform();
      },
    });
    this.#crashes = new PluginCrashes(options.clock, options.limits);
  }

  get name(): string {
    return this.#metadata?.name ?? provisionalName(this.source.path);
  }

  get state(): PluginState {
    return this.#state;
  }

  /** Does `initialize` run, in which it registers what it has? */
  get isInitializing(): boolean {
    return this.#isInitializing;
  }

  /** What it was initialized with last, if it was. */
  get configuration(): Readonly<Record<string, unknown>> | undefined {
    return this.#config;
  }

  get metadata(): KnownMetadata | undefined {
    return this.#metadata;
  }

  /** Has it a function `execute`? */
  get executes(): boolean {
    return this.#executes;
  }

  get error(): OrchestratorError | undefined {
    return this.#error;
  }

  get pid(): number | undefined {
    return this.#channel?.pid;
  }

  /** What it asks for. */
  get wanted(): readonly string[] {
    const declared = this.#metadata?.permissions ?? [];
    return this.source.runtime === "node" ? [NODE_RUNTIME, ...declared] : declared;
  }

  /** Lets a plugin of the runtime `node` be known by its package.json: its code does not run to be looked at. */
  describeBy(metadata: unknown): void {
    const parsed = pluginMetadataSchema.safeParse(metadata);
    if (!parsed.success) throw this.#fail("plugin.invalid", faultsOf(parsed.error));
    this.#metadata = parsed.data;
  }

  /**
   * Starts its process and lets it describe itself.
   *
   * @throws OrchestratorError `plugin.invalid`, `plugin.failed`
   */
  async describe(): Promise<void> {
    const { source, limits, clock, processUrl, environment, folder } = this.#options;
    const stops = this.#stops;
    const isNode = source.runtime === "node";
    const place = isNode ? await folder() : "";
    if (stops !== this.#stops) throw this.#wasStopped();
    const described = Promise.withResolvers<void>();
    this.#described = described;
    this.#error = undefined;
    const channel: PluginChannel = new PluginChannel({
      processUrl,
      environment,
      limits,
      clock,
      load: {
        type: "load",
        runtime: source.runtime,
        entry: source.entry,
        files: isNode ? {} : codeOf(source.files),
        folder: place,
        limits: { cpuMilliseconds: limits.cpuMilliseconds, memoryMegabytes: limits.memoryMegabytes },
      },
      onMessage: (message) => this.#receive(message, channel),
      onPrinted: (text) => this.log.add("info", text.trimEnd()),
      onEnded: (detail) => this.#ended(channel, detail),
    });
    this.#channel = channel;
    using _ = clock.setTimer(limits.loadMilliseconds, () =>
      channel.kill(`it was not loaded within ${limits.loadMilliseconds / 1000} s`),
    );
    await described.promise;
  }

  /** Lets a described plugin register what it has. @throws OrchestratorError `plugin.failed` */
  async initialize(config: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#channel === undefined) throw this.#wasStopped();
    const stops = this.#stops;
    this.#config = config;
    this.tools.clear();
    this.agentTypes.clear();
    this.events.clear();
    // It reads what it likes, unseen.
    if (this.source.runtime === "node") this.taint.add(`plugin ${this.name}`);
    this.#isInitializing = true;
    try {
      await this.#send("initialize", undefined, { config });
    } catch (error) {
      const failure = toOrchestratorError(error);
      if (stops !== this.#stops) throw failure;
      this.#error = failure;
      await this.#end(failure.message);
      this.#become("failed");
      throw failure;
    } finally {
      this.#isInitializing = false;
    }
    this.#become("running");
  }

  /** Calls the running plugin. @throws OrchestratorError `plugin.failed`; the signal's reason */
  async call(
    method: Exclude<GuestMethod, "initialize">,
    scope: string | undefined,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (this.#state !== "running") {
      const detail = this.#state === "restarting" ? "it is being started again" : "it is not running";
      throw new OrchestratorError("plugin.failed", { plugin: this.name, detail });
    }
    return this.#send(method, scope, params, signal);
  }

  /** Gives it the chance to tidy up, then ends it. */
  async stop(): Promise<void> {
    this.#restart?.[Symbol.dispose]();
    this.#stops += 1;
    if (this.#state === "running") await this.#send("dispose", undefined, {}).catch(() => undefined);
    await this.#end("it was unloaded");
    if (this.#state !== "failed") this.#become("stopped");
  }

  /** Ends its process, and a start that has begun, at once and without a word. `detail` says why. */
  kill(detail: string): void {
    this.#restart?.[Symbol.dispose]();
    this.#stops += 1;
    this.#state = "stopped";
    this.#end(detail).catch(() => undefined);
  }

  #send(
    method: GuestMethod,
    scope: string | undefined,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const send = (id: number): void =>
      this.#channel?.send({ type: "call", id, method, params, ...(scope === undefined ? {} : { scope }) });
    // Nobody could end a start or an end that goes on for ever.
    return this.#calls.begin(send, { waits: method !== "initialize" && method !== "dispose", signal });
  }

  #receive(message: CheckedMessage, channel: PluginChannel): void {
    if (channel !== this.#channel) return;
    switch (message.type) {
      case "described":
        // Told once, and then known: a second time changes nothing.
        if (this.#described) this.#understand(this.#described, message.metadata, message.executes);
        this.#described = undefined;
        return;
      case "unloadable":
        if (this.#described === undefined) return;
        this.#described.reject(this.#fail("plugin.invalid", message.detail));
        this.#described = undefined;
        channel.kill(message.detail);
        return;
      case "result":
        if (message.error) this.#calls.fail(message.id, this.name, message.error.message);
        else this.#calls.resolve(message.id, message.value);
        return;
      case "request":
        void this.#requests.answer(message, channel);
        return;
      case "log":
        this.log.add(message.level, message.text);
        return;
      case "ended":
        return;
    }
  }

  #understand(described: PromiseWithResolvers<void>, metadata: unknown, executes: boolean): void {
    const parsed = pluginMetadataSchema.safeParse(metadata);
    const known = this.#metadata;
    if (!parsed.success) described.reject(this.#fail("plugin.invalid", `its metadata: ${faultsOf(parsed.error)}`));
    else if (known !== undefined && JSON.stringify(known) !== JSON.stringify(parsed.data))
      described.reject(
        this.#fail("plugin.invalid", "its metadata is not what it was before; package.json and class must agree"),
      );
    else {
      this.#metadata = parsed.data;
      this.#executes = executes;
      if (this.#state !== "restarting") this.#become("described");
      described.resolve();
      return;
    }
    this.#channel?.kill("its metadata cannot be used");
  }

  #ended(channel: PluginChannel, detail: string): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    const { clock, alone, onGivenUp } = this.#options;
    const failure = new OrchestratorError("plugin.failed", { plugin: this.name, detail });
    const wasRunning = this.#state === "running";
    if (this.#state !== "failed") this.#error = failure;
    this.#calls.failAll(failure);
    this.#described?.reject(failure);
    this.#described = undefined;
    this.log.add("error", detail);
    if (!wasRunning) {
      this.#become("failed");
      return;
    }
    const delay = this.#crashes.note();
    if (delay === undefined) {
      this.#become("failed");
      onGivenUp(this, detail);
      return;
    }
    this.#restart = clock.setTimer(delay, () => void alone(() => this.#startAgain()));
    this.#become("restarting");
  }

  async #startAgain(): Promise<void> {
    // While it waited for its turn it may have been stopped, or started by somebody else.
    if (this.#state !== "restarting") return;
    const stops = this.#stops;
    try {
      await this.describe();
      await this.initialize(this.#config ?? {});
    } catch (error) {
      if (stops !== this.#stops) return;
      this.#error = toOrchestratorError(error);
      this.#become("failed");
    }
  }

  async #end(detail: string): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    const failure = new OrchestratorError("plugin.failed", { plugin: this.name, detail });
    this.#calls.failAll(failure);
    this.#described?.reject(failure);
    this.#described = undefined;
    channel?.kill(detail);
    await channel?.stopped();
  }

  #wasStopped(): OrchestratorError {
    return new OrchestratorError("plugin.failed", { plugin: this.name, detail: "it was stopped while it started" });
  }

  #fail(code: "plugin.invalid" | "plugin.failed", detail: string): OrchestratorError {
    const error = new OrchestratorError(code, { plugin: this.name, detail });
    this.#error = error;
    this.#state = "failed";
    return error;
  }

  #become(state: PluginState): void {
    this.#state = state;
    this.#options.onChanged(this);
  }
}
