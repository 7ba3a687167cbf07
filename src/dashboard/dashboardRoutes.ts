/** What the dashboard answers to which request. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, Logger } from "../core/ports.ts";
import { pageMessagesSchema } from "../protocol/dashboardMessage.ts";
import { uiMessageSchema } from "../protocol/uiMessage.ts";
import type { DashboardEngine, DashboardWords } from "./dashboardEngine.ts";
import { dashboardPage, ICON, type PageName } from "./dashboardPages.ts";
import { EventStream } from "./eventStream.ts";
import type { PageAssets } from "./pageAssets.ts";
import { PageFeed } from "./pageFeed.ts";
import { readBody } from "./readBody.ts";
import type { RequestGuard } from "./requestGuard.ts";
import { listLimit, SessionListFeed } from "./sessionListFeed.ts";

export interface DashboardRoutesOptions {
  readonly guard: RequestGuard;
  readonly assets: PageAssets;
  readonly engine: DashboardEngine;
  readonly words: DashboardWords;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly control: boolean;
}

interface Route {
  readonly path: RegExp;
  readonly methods: readonly string[];
  /** Everything about sessions needs the key; pages and what they are made of do not. */
  readonly needsKey: boolean;
  readonly answer: (exchange: Exchange) => Promise<void> | void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the path's group matched. */
  readonly name: string;
  readonly search: URLSearchParams;
}

/** Pages that are open at the same time, or were a minute ago. */
const MOST_FEEDS = 64;
const READING = ["GET", "HEAD"];

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

export class DashboardRoutes implements Disposable {
  readonly #options: DashboardRoutesOptions;
  readonly #feeds = new Map<string, PageFeed>();
  readonly #lists = new Set<SessionListFeed>();
  readonly #routes: readonly Route[];

  constructor(options: DashboardRoutesOptions) {
    this.#options = options;
    const page = (path: RegExp, name: PageName): Route => ({
      ...{ path, methods: READING, needsKey: false },
      answer: ({ response }) => sendPage(response, name),
    });
    this.#routes = [
      page(/^\/()$/, "sessions"),
      page(/^\/sessions\/([\w-]{1,64})$/, "session"),
      {
        ...{ path: /^\/assets\/([\w.-]{1,100})$/, methods: READING, needsKey: false },
        answer: (exchange) => this.#sendAsset(exchange),
      },
      {
        ...{ path: /^\/favicon\.(?:svg|ico)()$/, methods: READING, needsKey: false },
        answer: ({ response }) => send(response, 200, ICON, "image/svg+xml"),
      },
      {
        ...{ path: /^\/api\/sessions()$/, methods: ["GET"], needsKey: true },
        answer: (exchange) => this.#openList(exchange),
      },
      {
        ...{ path: /^\/api\/sessions\/([\w-]{1,64})\/monitor$/, methods: ["GET"], needsKey: true },
        answer: (exchange) => this.#openFeed(exchange),
      },
      {
        ...{ path: /^\/api\/feeds\/([\w-]{1,64})$/, methods: ["POST"], needsKey: true },
        answer: (exchange) => this.#receive(exchange),
      },
    ];
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard } = this.#options;
    const foreign = guard.judgeOrigin(request);
    if (foreign) return refuse(response, foreign.status, foreign.reason);
    // Compared as it is, undecoded: whatever else it could mean, no route has it.
    const [path = "", search = ""] = (request.url ?? "").split("?", 2);
    const matches = this.#routes.flatMap((route) => {
      const name = route.path.exec(path)?.[1];
      return name === undefined ? [] : [{ route, name }];
    });
    const [match] = matches;
    if (!match) return refuse(response, 404, "There is no such page.");
    const { route, name } = match;
    if (!route.methods.includes(request.method ?? "")) {
      response.setHeader("allow", route.methods.join(", "));
      return refuse(response, 405, "That cannot be done here.");
    }
    const stranger = route.needsKey ? guard.judgeKey(request) : undefined;
    if (stranger) {
      response.setHeader("www-authenticate", "Bearer");
      return refuse(response, stranger.status, stranger.reason);
    }
    await route.answer({ request, response, name, search: new URLSearchParams(search) });
  }

  [Symbol.dispose](): void {
    for (const feed of this.#feeds.values()) feed[Symbol.dispose]();
    for (const list of this.#lists) list[Symbol.dispose]();
    this.#feeds.clear();
    this.#lists.clear();
  }

  async #sendAsset({ response, name }: Exchange): Promise<void> {
    const asset = await this.#options.assets.get(name);
    if (asset) send(response, 200, asset.content, asset.type);
    else refuse(response, 404, "There is no such file.");
  }

  #openList({ response, search }: Exchange): void {
    if (this.#lists.size >= MOST_FEEDS) return refuse(response, 429, "Too many pages are open.");
    const { engine, clock, logger } = this.#options;
    const stream = new EventStream(response, streamHeaders());
    const list = new SessionListFeed({ stream, limit: listLimit(search.get("limit")), engine, clock, logger });
    this.#lists.add(list);
    stream.onClose(() => this.#lists.delete(list));
  }

  /** A page that comes back names, as `Last-Event-ID`, the last message it has. */
  #openFeed({ request, response, name: sessionId }: Exchange): void {
    const [feedId = "", number] = String(request.headers["last-event-id"] ?? "").split(".");
    const known = this.#feeds.get(feedId);
    if (known?.sessionId === sessionId) {
      known.attach(new EventStream(response, streamHeaders()), Number(number));
      return;
    }
    if (this.#feeds.size >= MOST_FEEDS) return refuse(response, 429, "Too many pages are open.");
    const feed = this.#createFeed(sessionId);
    feed.attach(new EventStream(response, streamHeaders()));
  }

  #createFeed(sessionId: string): PageFeed {
    const { engine, words, clock, logger, control } = this.#options;
    const feedId = randomBytes(18).toString("base64url");
    const feed = new PageFeed({
      ...{ feedId, sessionId, engine, words, clock, logger, control },
      onAbandoned: () => {
        this.#feeds.delete(feedId);
        feed[Symbol.dispose]();
      },
    });
    this.#feeds.set(feedId, feed);
    return feed;
  }

  async #receive({ request, response, name }: Exchange): Promise<void> {
    const feed = this.#feeds.get(name);
    if (!feed) return refuse(response, 404, "This page is not known any more. Load it again.");
    if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
      return refuse(response, 415, "Messages are JSON.");
    const body = await readBody(request);
    if (body === "tooLong") return refuse(response, 413, "That is too much at a time.");
    const parsed = pageMessagesSchema.safeParse(body === "invalid" ? undefined : body.json);
    if (!parsed.success || parsed.data.messages.some((message) => !uiMessageSchema.safeParse(message).success))
      return refuse(response, 400, "That does not fit the protocol.");
    feed.receive(parsed.data.attention, parsed.data.messages);
    response.writeHead(204, HEADERS).end();
  }
}

function sendPage(response: ServerResponse, name: PageName): void {
  const { html, policy } = dashboardPage(name);
  send(response, 200, html, "text/html; charset=utf-8", policy);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  // What the body would still bring is not read.
  response.setHeader("connection", "close");
  send(response, status, `${reason}\n`, "text/plain; charset=utf-8");
}

function send(
  response: ServerResponse,
  status: number,
  content: string | Uint8Array,
  type: string,
  policy = NOTHING_RUNS,
): void {
  const length = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  const headers = { ...HEADERS, "content-security-policy": policy, "content-type": type, "content-length": length };
  // Node leaves the content out of an answer to HEAD.
  response.writeHead(status, headers).end(content);
}

function streamHeaders(): Record<string, string> {
  return { ...HEADERS, "content-security-policy": NOTHING_RUNS };
}
