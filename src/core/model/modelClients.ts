/**
 * The one place that builds SDK clients. Every request of the product goes through the pipeline here:
 * limiter → request announced → HTTP → usage recorded. Budget and recording join it as further stages.
 */
import type * as Sdk from "@anthropic-ai/sdk";
import type { Anthropic, Middleware } from "@anthropic-ai/sdk";
import type { EventDraft, TokenUsage } from "../events/event.ts";
import type { Clock, Logger, SecretSource } from "../ports.ts";
import { tracesWanted } from "../monitoring/tracesWanted.ts";
import type { ProviderName } from "../settings/providers.ts";
import type { Settings } from "../settings/settings.ts";
import { ANTHROPIC_BASE_URL, resolveModelAccess, type ModelAccess } from "./modelAccess.ts";
import { costOf, priceOf } from "./prices.ts";
import { RequestLedger, type AnnouncedRequest } from "./requestLedger.ts";
import { RequestLimiter } from "./requestLimiter.ts";
import { meterUsage } from "./usageMeter.ts";

export interface ModelClientsOptions {
  readonly settings: Settings;
  readonly secrets: SecretSource;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells every key that was read, so that it can be filtered from outputs. */
  readonly onSecret: (value: string) => void;
}

export interface ModelClientRequest {
  readonly access: ModelAccess;
  /** `planner`, `agent`, … : what the tokens were spent on. */
  readonly purpose: string;
  readonly agentId?: string;
  readonly stepId?: string;
  /** Records in the session's log; awaited before the request counts as finished. */
  readonly emit: (draft: EventDraft) => Promise<void>;
  /** Current attempt of the agent, for `retry_scheduled`. */
  readonly attempt: () => number;
}

export interface ModelClient {
  readonly anthropic: Anthropic;
  readonly sdk: typeof Sdk;
  /**
   * What the last complete answer cost, for whoever puts its turn into the log: both belong into one transaction,
   * so that no turn is without its cost and no cost without its turn.
   */
  takeUsage(): EventDraft | undefined;
  /** Resolves when the usage of every answer that has ended is in the log; what nobody took was wasted. */
  settled(): Promise<void>;
}

/** Statuses the SDK sends again by itself. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 409, 429, 500, 502, 503, 504, 529]);
/** The SDK's own back-off: 0.5 s doubled per attempt, at most 8 s, minus up to a quarter of jitter. */
const SDK_FIRST_DELAY_MILLISECONDS = 500;
const SDK_MAX_DELAY_MILLISECONDS = 8_000;

export class ModelClients {
  readonly #options: ModelClientsOptions;
  readonly #limiter: RequestLimiter;
  #sdk: Promise<typeof Sdk> | undefined;
  #demoFetch: Promise<typeof fetch> | undefined;

  constructor(options: ModelClientsOptions) {
    this.#options = options;
    this.#limiter = new RequestLimiter(options.clock);
  }

  /** Where requests would go now. @throws OrchestratorError `model.noKey` and others of resolveModelAccess */
  access(provider?: ProviderName): Promise<ModelAccess> {
    return resolveModelAccess(this.#options, provider);
  }

  /** A client whose every request is limited, metered and recorded for one agent. */
  async for(request: ModelClientRequest): Promise<ModelClient> {
    const { environment, settings, logger } = this.#options;
    const { access } = request;
    // The SDK costs tens of milliseconds to load; nothing but a run needs it.
    this.#sdk ??= import("@anthropic-ai/sdk");
    const sdk = await this.#sdk;
    const { agentId, stepId, purpose, emit } = request;
    const ledger = new RequestLedger({
      identity: { ...(agentId ? { agentId } : {}), ...(stepId ? { stepId } : {}), purpose },
      emit,
      costOf: (model, usage) => this.costOf(model, usage),
      clock: this.#options.clock,
      logger,
    });
    const transport = access.demo ? { fetch: await this.#loadDemo() } : {};
    const anthropic = new sdk.Anthropic({
      baseURL: access.baseUrl,
      apiKey: () => this.#key(access),
      maxRetries: settings.get("maxRetries"),
      defaultHeaders: this.#withheldHeaders(access),
      // A redirect could carry the key to an origin it was not entered for.
      fetchOptions: { redirect: "error" },
      middleware: [this.#pipeline(request, ledger)],
      // Said here in full, or the SDK would take from the environment that spans carry prompts and answers.
      openTelemetry: tracesWanted(environment, settings) && {
        traces: { contentMode: "metadata_only" },
        propagation: false,
      },
      logger: {
        debug: (message: string) => logger.debug(message),
        info: (message: string) => logger.info(message),
        warn: (message: string) => logger.warn(message),
        error: (message: string) => logger.error(message),
      },
      logLevel: "warn",
      ...transport,
    });
    return {
      anthropic,
      sdk,
      takeUsage: () => ledger.takeUsage(),
      settled: () => ledger.settled(),
    };
  }

  /** US dollars for the usage of one request; null when the model's price is unknown. */
  costOf(model: string, usage: TokenUsage): number | null {
    const price = priceOf(model, this.#options.settings.get("prices"));
    return price ? costOf(usage, price) : null;
  }

  async #key(access: ModelAccess): Promise<string> {
    if (access.demo) return "demo";
    const key = await this.#options.secrets.apiKey(access.origin);
    if (!key) return "none";
    this.#options.onSecret(key);
    return key;
  }

  /**
   * The SDK adds `ANTHROPIC_CUSTOM_HEADERS` to every request. They may hold credentials of the server the
   * environment names, so another server does not get them.
   */
  #withheldHeaders(access: ModelAccess): Record<string, null> {
    const { environment } = this.#options;
    const meant = URL.parse(environment["ANTHROPIC_BASE_URL"] || ANTHROPIC_BASE_URL)?.origin;
    if (access.origin === meant) return {};
    const names = (process.env["ANTHROPIC_CUSTOM_HEADERS"] ?? "")
      .split("\n")
      .map((line) => line.split(":", 1)[0]?.trim() ?? "");
    return Object.fromEntries(names.filter(Boolean).map((name) => [name, null]));
  }

  #loadDemo(): Promise<typeof fetch> {
    this.#demoFetch ??= import("./demo/demoFetch.ts").then((demo) => demo.createDemoFetch());
    return this.#demoFetch;
  }

  #pipeline(request: ModelClientRequest, ledger: RequestLedger): Middleware {
    const { origin } = request.access;
    const { clock } = this.#options;
    // The SDK gives the same options when it sends a request again.
    const announced = new WeakMap<object, AnnouncedRequest>();
    return async (httpRequest, next, { options }) => {
      const { model } = (options?.body ?? {}) as { model?: string };
      const isPaid = httpRequest.url.includes("/v1/messages") && !httpRequest.url.includes("count_tokens");
      const queuedAt = clock.monotonic();
      const release = await this.#limiter.acquire(origin, options?.signal);
      const queuedMs = clock.monotonic() - queuedAt;
      let entry: AnnouncedRequest | undefined;
      let response: Response;
      try {
        if (options && model && isPaid) {
          entry = announced.get(options) ?? (await ledger.announce(model, lengthOf(httpRequest.body), queuedMs));
          announced.set(options, entry);
        }
        response = await next(httpRequest);
      } catch (error) {
        release();
        if (options?.signal?.aborted === true) entry?.abandoned();
        throw error;
      }
      if (!response.ok || !entry) {
        release();
        if (RETRIED_STATUSES.has(response.status)) await this.#noteRetry(request, httpRequest.headers, response);
        return response;
      }
      const end = entry.answered();
      return meterUsage(response, (metered) => {
        release();
        end(metered);
      });
    };
  }

  /** Says that the SDK will send the request again, and holds the others back when the server asked for it. */
  async #noteRetry(request: ModelClientRequest, headers: Headers, response: Response): Promise<void> {
    const retries = Number(headers.get("x-stainless-retry-count") ?? 0);
    if (retries >= this.#options.settings.get("maxRetries") || !request.agentId) return;
    const asked = retryAfterMilliseconds(response.headers, this.#options.clock.now());
    if (asked !== undefined) this.#limiter.pause(request.access.origin, asked);
    await request.emit({
      type: "retry_scheduled",
      source: "model",
      agentId: request.agentId,
      ...(request.stepId ? { stepId: request.stepId } : {}),
      attempt: request.attempt(),
      delayMs: asked ?? Math.min(SDK_FIRST_DELAY_MILLISECONDS * 2 ** retries, SDK_MAX_DELAY_MILLISECONDS),
      reason: `HTTP ${response.status}`,
    });
  }
}

/** Characters of a body as the SDK hands it over: text. */
function lengthOf(body: unknown): number {
  return typeof body === "string" ? body.length : 0;
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date; undefined when the server did not say. */
function retryAfterMilliseconds(headers: Headers, now: number): number | undefined {
  const milliseconds = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (milliseconds >= 0) return milliseconds;
  const value = headers.get("retry-after");
  if (!value) return undefined;
  const seconds = Number.parseFloat(value);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
