/**
 * The side of the plugin API that runs beside the plugin's code: inside the sandbox, or in a Node process of
 * the runtime `node`. It knows no API of Node and of a browser.
 *
 * A plugin can tamper with everything here. That gains it nothing: every line it sends is checked by the host.
 */
import { Validator } from "@cfworker/json-schema";
import type { PluginContext, PluginEvent, PluginTool } from "../api/pluginTypes.ts";
import type { FromGuest, GuestError, LogLevel, ToGuest } from "./guestMessages.ts";

export interface GuestPort {
  send(message: FromGuest): void;
  /** Asks for a `timer` message after some milliseconds. */
  startTimer(id: number, milliseconds: number): void;
  /** The plugin's module. */
  importPlugin(): Promise<{ readonly default?: unknown }>;
}

interface Instance {
  readonly metadata?: unknown;
  initialize?(config: unknown, context: PluginContext): unknown;
  execute?(input: unknown, context: PluginContext): unknown;
  dispose?(): unknown;
}

type Handler = (event: PluginEvent, context: PluginContext) => unknown;
type Check = (input: unknown) => Promise<unknown>;

export class Guest {
  readonly #port: GuestPort;
  readonly #tools = new Map<string, { readonly tool: PluginTool; readonly check: Check }>();
  readonly #handlers = new Map<string, Handler[]>();
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #timers = new Map<number, () => void>();
  #registrations: Promise<unknown>[] = [];
  #instance: Instance = {};
  #checkConfig: Check | undefined;
  #lastId = 0;

  constructor(port: GuestPort) {
    this.#port = port;
  }

  /** Loads the plugin and describes it, or says why it cannot be. */
  async load(): Promise<void> {
    try {
      const { default: Plugin } = await this.#port.importPlugin();
      if (typeof Plugin !== "function")
        throw new TypeError(
          "it has no default export that is a class; write `export default class … extends BasePlugin`",
        );
      this.#instance = new (Plugin as new () => Instance)();
      const { metadata } = this.#instance;
      if (typeof metadata !== "object" || metadata === null)
        throw new TypeError("its class has no `metadata` with name, version and description");
      const { configSchema, ...described } = metadata as Record<string, unknown>;
      if (configSchema !== undefined) this.#checkConfig = checkOf(configSchema).check;
      this.#port.send({
        type: "described",
        metadata: described,
        executes: typeof this.#instance.execute === "function",
      });
    } catch (error) {
      this.#port.send({ type: "unloadable", detail: describe(error).message + place(error) });
    }
  }

  receive(message: ToGuest): void {
    switch (message.type) {
      case "call":
        void this.#call(message);
        return;
      case "answer": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error) waiting?.reject(new Error(message.error.message));
        else waiting?.resolve(message.value);
        return;
      }
      case "timer": {
        const run = this.#timers.get(message.id);
        this.#timers.delete(message.id);
        run?.();
        return;
      }
    }
  }

  log(level: LogLevel, values: readonly unknown[]): void {
    this.#port.send({ type: "log", level, text: values.map(show).join(" ") });
  }

  setTimer(run: () => void, milliseconds: number): number {
    const id = ++this.#lastId;
    this.#timers.set(id, run);
    this.#port.startTimer(id, Math.max(0, milliseconds || 0));
    return id;
  }

  clearTimer(id: number): void {
    this.#timers.delete(id);
  }

  async #call({ id, method, scope, params }: Extract<ToGuest, { type: "call" }>): Promise<void> {
    try {
      const value = await this.#perform(method, scope, params);
      this.#port.send({ type: "result", id, ...(value === undefined ? {} : { value }) });
    } catch (error) {
      this.log("error", [error]);
      this.#port.send({ type: "result", id, error: describe(error) });
    }
  }

  async #perform(
    method: Extract<ToGuest, { type: "call" }>["method"],
    scope: string | undefined,
    params: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    switch (method) {
      case "initialize": {
        const config = this.#checkConfig ? await this.#checkConfig(params["config"]) : params["config"];
        await this.#instance.initialize?.(config, this.#context(undefined, true));
        await Promise.all(this.#registrations);
        this.#registrations = [];
        return undefined;
      }
      case "execute":
        return this.#instance.execute?.(params["input"], this.#context(scope));
      case "tool": {
        const registered = this.#tools.get(String(params["tool"]));
        if (!registered) throw new Error(`it has no tool ${String(params["tool"])}`);
        const input = await registered.check(params["input"]);
        return registered.tool.run(input, this.#context(scope));
      }
      case "event": {
        const event = params["event"] as PluginEvent;
        const handlers = [...(this.#handlers.get(event.type) ?? []), ...(this.#handlers.get("*") ?? [])];
        for (const handler of handlers) await handler(event, this.#context(scope));
        return undefined;
      }
      case "dispose":
        return this.#instance.dispose?.();
    }
  }

  #request(scope: string | undefined, method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.send({ type: "request", id, method, params, ...(scope === undefined ? {} : { scope }) });
    });
  }

  #context(scope: string | undefined, initializing = false): PluginContext {
    const ask = (method: string, params: unknown): Promise<never> =>
      this.#request(scope, method, params) as Promise<never>;
    const register = (method: string, params: unknown): void => {
      if (!initializing) throw new Error("tools, agent types and handlers are registered in initialize only");
      const registration = ask(method, params);
      // Told when initialize ends; until then it is nobody's failure.
      registration.catch(() => undefined);
      this.#registrations.push(registration);
    };
    return {
      ...(scope === undefined ? {} : { sessionId: scope }),
      registerTool: (tool) => {
        const { check, jsonSchema } = checkOf(tool.inputSchema);
        if (typeof tool.run !== "function") throw new TypeError(`the tool ${tool.name} has no function \`run\``);
        register("register.tool", { name: tool.name, description: tool.description, inputSchema: jsonSchema });
        this.#tools.set(tool.name, { tool, check });
      },
      registerAgentType: (agentType) => register("register.agentType", agentType),
      onEvent: (type, handler) => {
        if (typeof handler !== "function") throw new TypeError(`the handler of ${type} is no function`);
        register("register.event", { type });
        this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
      },
      state: {
        get: async (key) => (await ask("state.get", { key })) ?? undefined,
        set: (key, value) => ask("state.set", { key, value }),
        delete: (key) => ask("state.delete", { key }),
      },
      logger: {
        debug: (message) => this.log("debug", [message]),
        info: (message) => this.log("info", [message]),
        warn: (message) => this.log("warn", [message]),
        error: (message) => this.log("error", [message]),
      },
      workspace: {
        read: (path) => ask("workspace.read", { path }),
        write: (path, content) => ask("workspace.write", { path, content }),
        list: (pattern) => ask("workspace.list", { pattern }),
      },
      fetch: (url, request = {}) => ask("fetch", { ...request, url }),
      run: (argv) => ask("run", { argv }),
      spawnAgent: (request) => ask("spawnAgent", request),
      usePlugin: (name, input) => ask("usePlugin", { name, input }),
    };
  }
}

interface StandardSchema {
  readonly "~standard"?: {
    validate(value: unknown): StandardResult | Promise<StandardResult>;
    readonly jsonSchema?: { input(options: { target: string }): unknown };
  };
}

interface StandardResult {
  readonly value?: unknown;
  readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
}

/** A schema as JSON for the model, and the check the input passes before it reaches the plugin. */
function checkOf(schema: unknown): { readonly jsonSchema: unknown; readonly check: Check } {
  if (typeof schema !== "object" || schema === null)
    throw new TypeError("a schema must be a JSON schema or a schema of zod");
  const standard = (schema as StandardSchema)["~standard"];
  if (standard === undefined) {
    const validator = new Validator(schema, "2020-12", false);
    return {
      jsonSchema: schema,
      check: async (input) => {
        const { valid, errors } = validator.validate(input);
        if (valid) return input;
        throw new Error(errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`).join(" "));
      },
    };
  }
  if (standard.jsonSchema === undefined)
    throw new TypeError("this schema cannot be made a JSON schema; use zod 4.2 or newer, or a JSON schema");
  return {
    jsonSchema: standard.jsonSchema.input({ target: "draft-2020-12" }),
    check: async (input) => {
      const { issues, value } = await standard.validate(input);
      if (issues === undefined) return value;
      throw new Error(issues.map(({ path = [], message }) => `${path.map(nameOf).join(".")}: ${message}`).join("; "));
    },
  };
}

function nameOf(segment: unknown): string {
  return String(typeof segment === "object" && segment !== null && "key" in segment ? segment.key : segment);
}

/** What plugin authors look for and where it is. */
const INSTEAD: Readonly<Record<string, string>> = {
  process: "there is no `process` in the sandbox",
  require: "use `import`; packages must lie in the plugin's folder",
  fetch: "use `context.fetch`",
  XMLHttpRequest: "use `context.fetch`",
  WebSocket: "there are no sockets in the sandbox",
  Buffer: "use Uint8Array and strings",
  URL: "there is no `URL` in the sandbox; pass the URL as text",
};

function describe(error: unknown): GuestError {
  const message = error instanceof Error ? error.message || error.name : show(error);
  const missing = /^'?(\w+)'? is not defined$/.exec(message)?.[1] ?? "";
  const hint = Object.hasOwn(INSTEAD, missing) ? ` (${INSTEAD[missing]}, or ask for "runtime": "node")` : "";
  return { message: message + hint };
}

/** Where in the plugin it went wrong, as far as the stack tells. */
function place(error: unknown): string {
  const [, found] = /plugin:([^\s)]+)/.exec(error instanceof Error ? (error.stack ?? "") : "") ?? [];
  return found === undefined ? "" : ` (${found})`;
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ? `${value.name}: ${value.message}\n${value.stack}` : String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
