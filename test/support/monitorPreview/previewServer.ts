/**
 * Serves the built monitor on loopback the way VS Code shows it: the very page and policy in a frame, with
 * VS Code's API and theme put before it, and a host that plays a scenario.
 *
 * `/` lists what there is; `/panel?scenario=running&theme=dark` shows one. `reduceMotion=true` as VS Code says it.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { monitorHtml } from "../../../src/protocol/monitorPage.ts";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import { PreviewFeed } from "./previewFeed.ts";
import { isPreviewTheme, PREVIEW_THEMES, readTheme } from "./previewThemes.ts";
import { SCENARIOS } from "./scenarios.ts";

const DIST = new URL("../../../dist/webview/", import.meta.url);
const PAGE = new URL("page/", import.meta.url);
/** The file's own names, so that a request can ask for nothing else. */
const SERVED =
  /^\/(?:dist\/(?<dist>monitor\.js|monitor\.css|codicon-\w+\.ttf)|page\/(?<page>webviewShim\.js|previewHost\.js))$/;
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  css: "text/css",
  ttf: "font/ttf",
  html: "text/html",
};

export interface PreviewPlace {
  readonly scenario: string;
  readonly theme: string;
  readonly reduceMotion?: boolean;
}

/** The host of one open page. */
export interface PreviewHost extends Disposable {
  receive(message: unknown): void;
}

/** Opens the host of a page that listens to `post`. */
export type OpenFeed = (post: (message: HostMessage) => void) => PreviewHost;

export class PreviewServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #more: Readonly<Record<string, OpenFeed>>;
  readonly #feeds = new Map<string, PreviewHost>();

  private constructor(server: Server, more: Readonly<Record<string, OpenFeed>>) {
    this.#server = server;
    this.#more = more;
    server.on("request", (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  /**
   * @param port 0 for one that is free
   * @param more scenarios besides the preview's own
   */
  static async start(port = 0, more: Readonly<Record<string, OpenFeed>> = {}): Promise<PreviewServer> {
    const server = createServer();
    const preview = new PreviewServer(server, more);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return preview;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  urlOf({ scenario, theme, reduceMotion }: PreviewPlace): string {
    const search = new URLSearchParams({ scenario, theme, ...(reduceMotion ? { reduceMotion: "true" } : {}) });
    return `${this.origin}/panel?${search.toString()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const feed of this.#feeds.values()) feed[Symbol.dispose]();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    const scenario = url.searchParams.get("scenario") ?? "running";
    const theme = url.searchParams.get("theme") ?? "dark";
    const served = SERVED.exec(url.pathname)?.groups;
    if (served) {
      const name = served["dist"] ?? served["page"] ?? "";
      const body = await readFile(fileURLToPath(new URL(name, served["dist"] ? DIST : PAGE)));
      response.writeHead(200, { "content-type": TYPES[name.split(".").at(-1) ?? ""], "cache-control": "no-store" });
      response.end(body);
    } else if (url.pathname === "/said") {
      this.#feeds.get(url.searchParams.get("feed") ?? "")?.receive(JSON.parse(await text(request)));
      response.writeHead(204).end();
    } else if (!(Object.hasOwn(SCENARIOS, scenario) || Object.hasOwn(this.#more, scenario)) || !isPreviewTheme(theme)) {
      response.writeHead(404).end("There is no such scenario or theme.");
    } else if (url.pathname === "/feed") {
      this.#openFeed(scenario, request, response);
    } else {
      const html = {
        "/": listPage,
        "/panel": () => panelPage(url.search),
        "/monitor": () => this.#monitorPage(theme, url),
      }[url.pathname];
      response.writeHead(html ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(await html?.());
    }
  }

  #openFeed(scenario: string, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const id = randomUUID();
    const post = (message: HostMessage): void => void response.write(`data: ${JSON.stringify(message)}\n\n`);
    const played = SCENARIOS[scenario]?.(Date.now()) ?? { events: [] };
    const feed = this.#more[scenario]?.(post) ?? new PreviewFeed(played, post);
    this.#feeds.set(id, feed);
    request.on("close", () => {
      feed[Symbol.dispose]();
      this.#feeds.delete(id);
    });
    response.write(`event: feed\ndata: ${id}\n\n`);
  }

  /** The page a host gives VS Code, with what VS Code puts before it. */
  async #monitorPage(theme: (typeof PREVIEW_THEMES)[number], url: URL): Promise<string> {
    const html = monitorHtml({
      cspSource: this.origin,
      nonce: randomUUID(),
      scriptUri: `${this.origin}/dist/monitor.js`,
      styleUri: `${this.origin}/dist/monitor.css`,
    });
    const values = JSON.stringify(await readTheme(theme))
      .replaceAll("&", "&amp;")
      .replaceAll("'", "&#39;");
    const motion = url.searchParams.get("reduceMotion") === "true";
    const shim = `<script src="/page/webviewShim.js" data-theme='${values}' data-reduce-motion="${String(motion)}"></script>`;
    return html.replace("<head>", `<head>\n<style>${DEFAULT_STYLES}</style>\n${shim}`);
  }
}

/** The defaults VS Code gives every webview, as far as the monitor could inherit them. */
const DEFAULT_STYLES = `@layer vscode-default {
html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family);
  font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
code { font-family: var(--monaco-monospace-font); color: var(--vscode-textPreformat-foreground);
  background-color: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 4px; }
}`;

function listPage(): string {
  const rows = Object.keys(SCENARIOS).map((scenario) => {
    const links = PREVIEW_THEMES.map((theme) => `<a href="/panel?scenario=${scenario}&theme=${theme}">${theme}</a>`);
    return `<li>${scenario}: ${links.join(" ")}</li>`;
  });
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Monitor preview</title><h1>Monitor preview</h1><ul>${rows.join("")}</ul></html>`;
}

function panelPage(search: string): string {
  const frame = `/monitor${search}`.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Monitor preview</title><link rel="icon" href="data:,">
<style>html, body, iframe { margin: 0; width: 100%; height: 100%; border: 0; display: block; }</style>
<iframe title="Monitor" src="${frame}"></iframe><script src="/page/previewHost.js"></script></html>`;
}
