/**
 * One plugin from its files to its end: describes itself, is initialized, is called, crashes, is started
 * again, is given up.
 */
import type { AgentDefinition } from "../agents/agentDefinition.ts";
import { OrchestratorError, toOrchestratorError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { PluginCalls } from "./pluginCalls.ts";
import { PluginChannel } from "./pluginChannel.ts";
import type { PluginLimits } from "./pluginLimits.ts";
import { PluginLog } from "./pluginLog.ts";
import type { CheckedMessage } from "./pluginMessages.ts";
import { faultsOf, pluginMetadataSchema, type KnownMetadata } from "./pluginMetadata.ts";
import { codeOf, provisionalName, type PluginSource } from "./pluginSource.ts";
import { coveringPermission, NODE_RUNTIME, permissionText, readPermissions, type Permission } from "./permissions.ts";
import { toldToPlugin } from "./pluginWords.ts";
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

export interface PluginRequest {
  readonly scope: string | undefined;
  readonly method: string;
  readonly params: unknown;
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
  /** How often each permission was used. */
  readonly used = new Map<string, number>();
  /** Where content from outside has entered it; it may show in everything it does from then on. */
  readonly taint = new Set<string>();
  readonly #options: PluginOptions;
  readonly #calls: PluginCalls;
  #state: PluginState = "stopped";
  #metadata: KnownMetadata | undefined;
  #executes = false;
  #error: OrchestratorError | undefined;
  #channel: PluginChannel | undefined;
  #described: PromiseWithResolvers<void> | undefined;
  #config: Readonly<Record<string, unknown>> = {};
  #openRequests = 0;
  #crashes: number[] = [];
  #restart: Disposable | undefined;

  constructor(options: PluginOptions) {
    this.#options = options;
    this.source = options.source;
    this.log = new PluginLog(() => options.clock.now());
    this.#calls = new PluginCalls({
      clock: options.clock,
      milliseconds: options.limits.callMilliseconds,
      onOverdue: () => this.#channel?.kill(`it did not answer within ${options.limits.callMilliseconds / 1000} s`),
    });
  }

  get name(): string {
    return this.#metadata?.name ?? provisionalName(this.source.path);
  }

  get state(): PluginState {
    return this.#state;
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

  get permissions(): ReadonlyMap<string, Permission> {
    return readPermissions(this.#metadata?.permissions ?? []);
  }

  /** Is a wish covered by what was granted? */
  may(wish: Permission): boolean {
    return coveringPermission(this.permissions, wish) !== undefined;
  }

  /** Notes that a permission is used. @throws OrchestratorError `plugin.denied` when it was not granted */
  use(wish: Permission, counts = true): void {
    const permission = coveringPermission(this.permissions, wish);
    if (permission === undefined)
      throw new OrchestratorError("plugin.denied", { plugin: this.name, permission: permissionText(wish) });
    if (counts) this.used.set(permission, (this.used.get(permission) ?? 0) + 1);
  }

  /** @throws OrchestratorError `plugin.denied` when it has no permission of this kind at all */
  useAny(kind: Permission["kind"]): void {
    if ([...this.permissions.values()].some((permission) => permission.kind === kind)) return;
    throw new OrchestratorError("plugin.denied", { plugin: this.name, permission: kind });
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
    const described = Promise.withResolvers<void>();
    this.#described = described;
    this.#error = undefined;
    const isNode = source.runtime === "node";
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
        folder: isNode ? await folder() : "",
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
    this.#config = config;
    this.tools.clear();
    this.agentTypes.clear();
    this.events.clear();
    try {
      await this.#send("initialize", undefined, { config });
    } catch (error) {
      this.#error = toOrchestratorError(error);
      await this.#end(this.#error.message);
      this.#become("failed");
      throw this.#error;
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
    if (this.#state === "running") await this.#send("dispose", undefined, {}).catch(() => undefined);
    await this.#end("it was unloaded");
    if (this.#state !== "failed") this.#become("stopped");
  }

  /** Ends its process without a word, when the program itself ends. */
  kill(): void {
    this.#restart?.[Symbol.dispose]();
    this.#end("the program ended").catch(() => undefined);
  }

  #send(
    method: GuestMethod,
    scope: string | undefined,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const send = (id: number): void =>
      this.#channel?.send({ type: "call", id, method, params, ...(scope === undefined ? {} : { scope }) });
    return this.#calls.begin(scope, send, signal);
  }

  #receive(message: CheckedMessage, channel: PluginChannel): void {
    if (channel !== this.#channel) return;
    switch (message.type) {
      case "described":
        this.#understand(message.metadata, message.executes);
        return;
      case "unloadable":
        this.#described?.reject(this.#fail("plugin.invalid", message.detail));
        channel.kill(message.detail);
        return;
      case "result":
        if (message.error) this.#calls.fail(message.id, this.name, message.error.message);
        else this.#calls.resolve(message.id, message.value);
        return;
      case "request":
        void this.#answer(message, channel);
        return;
      case "log":
        this.log.add(message.level, message.text);
        return;
      case "ended":
        return;
    }
  }

  #understand(metadata: unknown, executes: boolean): void {
    const parsed = pluginMetadataSchema.safeParse(metadata);
    const known = this.#metadata;
    if (!parsed.success)
      this.#described?.reject(this.#fail("plugin.invalid", `its metadata: ${faultsOf(parsed.error)}`));
    else if (known !== undefined && JSON.stringify(known) !== JSON.stringify(parsed.data))
      this.#described?.reject(
        this.#fail("plugin.invalid", "its metadata is not what it was before; package.json and class must agree"),
      );
    else {
      this.#metadata = parsed.data;
      this.#executes = executes;
      this.#become("described");
      this.#described?.resolve();
      return;
    }
    this.#channel?.kill("its metadata cannot be used");
  }

  async #answer(message: Extract<CheckedMessage, { type: "request" }>, channel: PluginChannel): Promise<void> {
    const { id, scope, method, params } = message;
    const { limits, perform } = this.#options;
    if (this.#openRequests >= limits.openRequests) {
      channel.send({ type: "answer", id, error: { message: `more than ${limits.openRequests} requests at once` } });
      return;
    }
    this.#openRequests += 1;
    try {
      const value = await this.#calls.whileHostWorks(() => perform(this, { scope, method, params }));
      channel.send({ type: "answer", id, ...(value === undefined ? {} : { value }) });
    } catch (error) {
      channel.send({ type: "answer", id, error: { message: toldToPlugin(method, error) } });
    } finally {
      this.#openRequests -= 1;
    }
  }

  #ended(channel: PluginChannel, detail: string): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    const { clock, limits, onGivenUp } = this.#options;
    const failure = new OrchestratorError("plugin.failed", { plugin: this.name, detail });
    const wasRunning = this.#state === "running";
    if (this.#state !== "failed") this.#error = failure;
    this.#calls.failAll(failure);
    this.#described?.reject(failure);
    this.log.add("error", detail);
    if (!wasRunning) {
      this.#become("failed");
      return;
    }
    const now = clock.monotonic();
    this.#crashes = [...this.#crashes.filter((time) => now - time < limits.crashWindowMilliseconds), now];
    if (this.#crashes.length >= limits.crashes) {
      this.#become("failed");
      onGivenUp(this, detail);
      return;
    }
    const delay = limits.restartMilliseconds * 4 ** (this.#crashes.length - 1);
    this.#restart = clock.setTimer(delay, () => void this.#startAgain());
    this.#become("restarting");
  }

  async #startAgain(): Promise<void> {
    try {
      await this.describe();
      await this.initialize(this.#config);
    } catch (error) {
      this.#error = toOrchestratorError(error);
      this.#become("failed");
    }
  }

  async #end(detail: string): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#calls.failAll(new OrchestratorError("plugin.failed", { plugin: this.name, detail }));
    channel?.kill(detail);
    await channel?.stopped();
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
