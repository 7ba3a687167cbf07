/**
 * A model server for tests: real HTTP on 127.0.0.1 that speaks the Messages API and plays a script.
 *
 *     await using server = await startModelServer({ script: inTurn([say("Hello.")]) });
 *     new Anthropic({ apiKey: "key", baseURL: server.url });
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sendReply } from "./modelServerSending.ts";
import { asReply, type HttpErrorReply, httpError } from "./modelServerReplies.ts";
import { messagesOf, modelOf, type RecordedRequest } from "./modelServerRequests.ts";
import { brokenRule } from "./modelServerRules.ts";
import { type Script, ScriptError } from "./modelServerScripts.ts";
import { estimateTokens } from "./modelServerWire.ts";

export interface ModelServerOptions {
  /** Answers `POST /v1/messages`. Asked only for requests that keep the API's rules. */
  readonly script: Script;
  /** When given, only requests with this key (bearer or `x-api-key`) are served; others get 401. */
  readonly expectKey?: string;
  /** Models that exist; a request for another gets 404. Without the list every name is served. */
  readonly models?: readonly string[];
  /** Input tokens that `count_tokens` reports. Default: a quarter of the body's characters. */
  readonly countTokens?: (request: RecordedRequest) => number;
  /** Default: any free one. */
  readonly port?: number;
}

/** A rule of the API a request broke, or a request the script did not expect. */
export interface Violation {
  readonly order: number;
  readonly path: string;
  readonly message: string;
}

export interface ModelServer extends AsyncDisposable {
  /** Base URL without a trailing slash, as `ANTHROPIC_BASE_URL` takes it. */
  readonly url: string;
  /** Everything that arrived, in order; entries are there before they are answered. */
  readonly requests: readonly RecordedRequest[];
  /** The requests of `POST /v1/messages` alone. */
  readonly turns: readonly RecordedRequest[];
  /** What a test should find empty at its end. */
  readonly violations: readonly Violation[];
  /** TCP connections opened since the start. */
  readonly connections: number;
  /** The first request that fits, past or future. Rejects when the server is closed before. */
  waitForRequest(predicate: (request: RecordedRequest) => boolean): Promise<RecordedRequest>;
  /** Breaks all connections and frees the port. */
  close(): Promise<void>;
}

const DEFAULT_MODELS = ["claude-opus-5", "claude-sonnet-5-5", "claude-haiku-4-5"];

export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const server = new ScriptedModelServer(options);
  await server.listen(options.port ?? 0);
  return server;
}

class ScriptedModelServer implements ModelServer {
  readonly requests: RecordedRequest[] = [];
  readonly violations: Violation[] = [];
  connections = 0;
  url = "";
  readonly #options: ModelServerOptions;
  readonly #http = createServer((incoming, response) => void this.#receive(incoming, response));
  readonly #connectionIds = new WeakMap<object, number>();
  readonly #pausedContents = new Set<string>();
  #waiting: {
    predicate: (request: RecordedRequest) => boolean;
    resolve: (request: RecordedRequest) => void;
    reject: (error: Error) => void;
  }[] = [];
  #toolUses = 0;
  #closing: Promise<void> | undefined;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    // An idle connection that the server ends races with the client's next request; tests decide when one breaks.
    this.#http.keepAliveTimeout = 0;
    this.#http.on("connection", (socket) => {
      this.connections += 1;
      this.#connectionIds.set(socket, this.connections);
    });
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, "127.0.0.1", resolve);
    });
    const address = this.#http.address() as AddressInfo;
    this.url = `http://127.0.0.1:${address.port}`;
  }

  get turns(): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.method === "POST" && request.path === "/v1/messages");
  }

  waitForRequest(predicate: (request: RecordedRequest) => boolean): Promise<RecordedRequest> {
    const arrived = this.requests.find(predicate);
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ predicate, resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
      for (const waiter of this.#waiting)
        waiter.reject(new Error("The model server was closed before such a request came"));
      this.#waiting = [];
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let rawBody = "";
    try {
      for await (const chunk of incoming.setEncoding("utf8")) rawBody += chunk as string;
    } catch {
      // The client went away while it was still sending: there is no request to record or to answer.
      return;
    }
    const request = this.#record(incoming, rawBody);
    response.on("close", () => {
      if (request.outcome === "pending") request.outcome = response.writableFinished ? "answered" : "abandoned";
    });
    this.#announce(request);
    await this.#answer(request, response);
  }

  #record(incoming: IncomingMessage, rawBody: string): RecordedRequest {
    const url = new URL(incoming.url ?? "/", this.url);
    const request: RecordedRequest = {
      order: this.requests.length + 1,
      connectionId: this.#connectionIds.get(incoming.socket) ?? 0,
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      rawBody,
      body: parseJson(rawBody),
      outcome: "pending",
    };
    this.requests.push(request);
    return request;
  }

  #announce(request: RecordedRequest): void {
    const served = this.#waiting.filter((waiter) => waiter.predicate(request));
    this.#waiting = this.#waiting.filter((waiter) => !served.includes(waiter));
    for (const waiter of served) waiter.resolve(request);
  }

  async #answer(request: RecordedRequest, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return await this.#send(request, response, refusal);
    const route = `${request.method} ${request.path}`;
    if (route === "GET /v1/models") return sendJson(request, response, modelPage(this.#models()));
    if (route.startsWith("GET /v1/models/"))
      return sendJson(request, response, modelInfo(decodeURIComponent(request.path.slice("/v1/models/".length))));
    if (route === "POST /v1/messages/count_tokens") {
      const count = this.#options.countTokens?.(request) ?? estimateTokens(request.rawBody.length);
      return sendJson(request, response, { input_tokens: count, context_management: null });
    }
    try {
      await this.#send(request, response, asReply(await this.#options.script(request)));
    } catch (error) {
      // Whatever a script throws is a fault of the test, told as a violation and answered with a status nobody retries.
      const message = error instanceof ScriptError ? error.message : `the script failed: ${String(error)}`;
      await this.#send(request, response, this.#violation(request, message));
    }
  }

  /** The error the API itself would answer, before any script is asked. */
  #refusal(request: RecordedRequest): HttpErrorReply | undefined {
    const key = this.#options.expectKey;
    if (
      key !== undefined &&
      request.headers.authorization !== `Bearer ${key}` &&
      request.headers["x-api-key"] !== key
    ) {
      return httpError(401, { message: "invalid x-api-key" });
    }
    const isCreate = request.path === "/v1/messages" && request.method === "POST";
    const isCount = request.path === "/v1/messages/count_tokens" && request.method === "POST";
    const isModels = /^\/v1\/models(\/|$)/.test(request.path) && request.method === "GET";
    if (!isCreate && !isCount && !isModels)
      return httpError(404, { message: `Not found: ${request.method} ${request.path}` });
    if (request.headers["anthropic-version"] === undefined)
      return this.#violation(request, "anthropic-version: header is required");
    if (isModels)
      return this.#unknownModel(
        request.path === "/v1/models" ? undefined : decodeURIComponent(request.path.slice("/v1/models/".length)),
      );
    if (request.body === undefined) return this.#violation(request, "The request body is not valid JSON");
    const broken = brokenRule(request.body, {
      purpose: isCreate ? "create" : "count",
      wasPaused: (content) => this.#pausedContents.has(JSON.stringify(content)),
    });
    return broken === undefined ? this.#unknownModel(modelOf(request)) : this.#violation(request, broken);
  }

  #unknownModel(model: string | undefined): HttpErrorReply | undefined {
    const models = this.#options.models;
    return models === undefined || model === undefined || models.includes(model)
      ? undefined
      : httpError(404, { message: `model: ${model}` });
  }

  #violation(request: RecordedRequest, message: string): HttpErrorReply {
    this.violations.push({ order: request.order, path: request.path, message });
    return httpError(400, { message });
  }

  async #send(
    request: RecordedRequest,
    response: ServerResponse,
    reply: Parameters<typeof sendReply>[2],
  ): Promise<void> {
    await sendReply(request, response, reply, {
      messageId: `msg_${String(request.order).padStart(6, "0")}`,
      model: modelOf(request) ?? "",
      requestCharacters: messagesOf(request).length === 0 ? 0 : request.rawBody.length,
      newToolUseId: () => `toolu_${String((this.#toolUses += 1)).padStart(6, "0")}`,
      paused: (content) => this.#pausedContents.add(JSON.stringify(content)),
    });
  }

  #models(): readonly string[] {
    return this.#options.models ?? DEFAULT_MODELS;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function sendJson(request: RecordedRequest, response: ServerResponse, body: unknown): void {
  request.status = 200;
  response.writeHead(200, { "content-type": "application/json", "request-id": `req_${request.order}` });
  response.end(JSON.stringify(body));
}

function modelPage(models: readonly string[]) {
  return { data: models.map(modelInfo), has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
}

function modelInfo(id: string) {
  return {
    type: "model",
    id,
    display_name: id,
    created_at: "2026-01-01T00:00:00Z",
    lifecycle: "active",
    line: null,
    capabilities: null,
    deprecated_at: null,
    retires_at: null,
    allowed_fallback_models: [],
    max_input_tokens: 200_000,
    max_tokens: 64_000,
  };
}
