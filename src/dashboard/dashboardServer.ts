/**
 * The dashboard: the monitor in a browser, for every session of the store, whichever process runs it.
 *
 * It listens on 127.0.0.1 alone. Pages and their scripts hold no secret; everything about sessions needs the key that
 * is in the link. Nothing can be changed unless it was started with control.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf, OrchestratorError } from "../core/errors.ts";
import { InTurn } from "../core/inTurn.ts";
import type { Catalogue } from "../core/messages.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { dashboardWords, type DashboardEngine } from "./dashboardEngine.ts";
import { DashboardRoutes } from "./dashboardRoutes.ts";
import { PageAssets } from "./pageAssets.ts";
import { RequestGuard } from "./requestGuard.ts";

export interface DashboardServerOptions {
  /** Default 8080; 0 takes one that is free. */
  readonly port?: number;
  /** May sessions be held, stopped and answered from the page? Default false. */
  readonly control?: boolean;
  /** Opened with the server. */
  readonly engine: () => Promise<DashboardEngine>;
  readonly catalogue: Catalogue;
  /** The built pages, `dist/webview/`. */
  readonly assets: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly patience?: Patience;
}

/** How long a request may take to come; who sends it drop by drop is shut out. */
export interface Patience {
  /** Its head, in milliseconds. */
  readonly head: number;
  /** All of it. */
  readonly request: number;
  /** Between two looks at who is late. */
  readonly check: number;
}

export const DEFAULT_PORT = 8080;
const LOOPBACK = "127.0.0.1";
const PATIENCE: Patience = { head: 10_000, request: 20_000, check: 2_000 };
/** Connections at the same time; more are closed at once, so that file handles remain for the sessions. */
const MOST_CONNECTIONS = 2_000;

export class DashboardServer implements AsyncDisposable {
  readonly #options: DashboardServerOptions;
  /** Stays the same when it is stopped and started, so that pages which are open find back. */
  readonly #guard = new RequestGuard();
  /** Starts and stops: each finds what the one before has left. */
  readonly #changes = new InTurn();
  #running: { readonly server: Server; readonly routes: DashboardRoutes } | undefined;
  /** The free port it took; it stays the same, too. */
  #port: number | undefined;

  constructor(options: DashboardServerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** `http://127.0.0.1:8080`; undefined while it does not run. */
  get origin(): string | undefined {
    if (!this.#running) return undefined;
    return `http://${LOOPBACK}:${(this.#running.server.address() as AddressInfo).port}`;
  }

  /** The link to open, with the key. Whoever has it sees every session. */
  get link(): string | undefined {
    return this.origin && `${this.origin}/#${this.#guard.token}`;
  }

  /**
   * Begins to listen, and gives the link to open.
   *
   * @throws OrchestratorError `dashboard.portTaken`, `dashboard.portNotAllowed`, and what keeps the store from opening
   */
  start(): Promise<string> {
    return this.#changes.run(async () => {
      if (!this.#running) await this.#start();
      return this.link ?? "";
    });
  }

  /** Ends every connection. */
  stop(): Promise<void> {
    return this.#changes.run(() => this.#stop());
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    running.routes[Symbol.dispose]();
    running.server.closeAllConnections();
    running.server.close();
    if (running.server.listening) await once(running.server, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    const { control = false, clock, logger, catalogue, patience = PATIENCE } = this.#options;
    const port = this.#port ?? this.#options.port ?? DEFAULT_PORT;
    const assets = new PageAssets(this.#options.assets);
    await assets.load();
    const engine = await this.#options.engine();
    const words = dashboardWords(catalogue);
    const routes = new DashboardRoutes({ guard: this.#guard, assets, engine, words, clock, logger, control });
    const server = createServer({
      requestTimeout: patience.request,
      headersTimeout: patience.head,
      connectionsCheckingInterval: patience.check,
    });
    server.maxConnections = MOST_CONNECTIONS;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      void answer(routes, request, response, logger);
    });
    // Answers to what is no HTTP, or comes too slowly, are Node's own.
    server.on("upgrade", (_request, socket: Duplex) => socket.destroy());
    server.on("connect", (_request, socket: Duplex) => socket.destroy());
    await listen(server, port);
    server.on("error", (error) => logger.warn("the dashboard's server", { error: error.message }));
    this.#running = { server, routes };
    this.#port = (server.address() as AddressInfo).port;
  }
}

async function answer(
  routes: DashboardRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  // A page that is closed in the middle of an answer is no fault.
  response.on("error", () => {});
  request.on("error", () => {});
  try {
    await routes.answer(request, response);
  } catch (error) {
    if (!request.destroyed) logger.warn("the dashboard could not answer", { error: messageOf(error) });
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { connection: "close" }).end();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    server.listen({ port, host: LOOPBACK, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new OrchestratorError("dashboard.portTaken", { port }, { cause: error });
    if (code === "EACCES") throw new OrchestratorError("dashboard.portNotAllowed", { port }, { cause: error });
    throw error;
  }
}
