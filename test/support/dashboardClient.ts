/** A dashboard under test, and clients that talk to it over real HTTP: with manners, and without. */
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream";
import { catalogueFor } from "../../src/cli/catalogue.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import type { DashboardEngine } from "../../src/dashboard/dashboardEngine.ts";
import { DashboardServer, type DashboardServerOptions } from "../../src/dashboard/dashboardServer.ts";
import type { Attention } from "../../src/protocol/dashboardMessage.ts";
import type { UiMessage } from "../../src/protocol/uiMessage.ts";

export const BUILT_PAGES = new URL("../../dist/webview/", import.meta.url);

export function dashboardOf(
  engine: DashboardEngine,
  options: Partial<Pick<DashboardServerOptions, "port" | "control" | "patience" | "assets">> = {},
): DashboardServer {
  return new DashboardServer({
    port: 0,
    engine: async () => engine,
    catalogue: catalogueFor("ai-orchestrator"),
    assets: BUILT_PAGES,
    clock: new SystemClock(),
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    ...options,
  });
}

export interface StreamedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Record<string, unknown>;
}

/** One open stream of events. */
export class DashboardStream implements Disposable {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<EventSourceMessage>;
  readonly #aborting: AbortController;
  lastId: string | undefined;

  constructor(response: Response, aborting: AbortController) {
    this.response = response;
    this.#aborting = aborting;
    if (!response.body) throw new Error("The answer has no body.");
    this.#reader = response.body
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
      .pipeThrough(new EventSourceParserStream())
      .getReader();
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<StreamedEvent | undefined> {
    const { done, value } = await this.#reader.read();
    if (done) return undefined;
    this.lastId = value.id ?? this.lastId;
    return { id: value.id, event: value.event, data: JSON.parse(value.data) as Record<string, unknown> };
  }

  /** The next event that fits; what comes before is skipped. */
  async until(fits: (event: StreamedEvent) => boolean): Promise<StreamedEvent> {
    for (;;) {
      const event = await this.next();
      if (!event) throw new Error("The stream ended before.");
      if (fits(event)) return event;
    }
  }

  [Symbol.dispose](): void {
    this.#aborting.abort();
  }
}

/** What the page's script does. */
export class DashboardClient {
  readonly origin: string;
  readonly key: string;

  constructor(link: string) {
    const { origin, hash } = new URL(link);
    this.origin = origin;
    this.key = hash.slice(1);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.origin + path, { headers: { authorization: `Bearer ${this.key}`, ...headers } });
  }

  async open(path: string, headers: Record<string, string> = {}): Promise<DashboardStream> {
    const aborting = new AbortController();
    const response = await fetch(this.origin + path, {
      headers: { authorization: `Bearer ${this.key}`, ...headers },
      signal: aborting.signal,
    });
    return new DashboardStream(response, aborting);
  }

  /** Opens a session's monitor, says that it is ready, and waits for the first it is shown. */
  async watch(sessionId: string): Promise<{ stream: DashboardStream; feedId: string; first: StreamedEvent }> {
    const stream = await this.open(`/api/sessions/${sessionId}/monitor`);
    const feed = await stream.until(({ event }) => event === "feed");
    const feedId = String(feed.data["feedId"]);
    await this.say(feedId, [{ type: "ready" }]);
    return { stream, feedId, first: await stream.until(({ event }) => event === undefined) };
  }

  say(feedId: string, messages: readonly UiMessage[], attention: Attention = "visible"): Promise<Response> {
    return this.post(`/api/feeds/${feedId}`, JSON.stringify({ attention, messages }));
  }

  post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.origin + path, {
      method: "POST",
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json", ...headers },
      body,
    });
  }

  /** A connection on which anything can be said. */
  async connect(): Promise<Socket> {
    const { hostname, port } = new URL(this.origin);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return socket;
  }

  /** Sends exactly this and gives all that is answered until the connection ends. */
  async raw(bytes: string): Promise<string> {
    const socket = await this.connect();
    socket.write(bytes);
    return text(socket).catch(() => "");
  }
}
