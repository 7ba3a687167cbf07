/** Whatever comes over the wire, nobody without the key learns of a session, and the server stays healthy. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DashboardServer } from "../../../src/dashboard/dashboardServer.ts";
import { DashboardClient, dashboardOf } from "../../support/dashboardClient.ts";
import { oneStep } from "../../support/goalScenarios.ts";
import { say } from "../../support/modelServerReplies.ts";
import { TestEngine } from "../../support/testEngine.ts";

const SECRET_GOAL = "A goal nobody else may read";
const PATIENCE = { head: 300, request: 600, check: 50 };

let test: TestEngine;
let server: DashboardServer;
let client: DashboardClient;

beforeAll(async () => {
  test = await TestEngine.start({ script: oneStep([say("Done.")]) });
  await test.run(SECRET_GOAL);
  server = dashboardOf(test.engine, { control: true, patience: PATIENCE });
  client = new DashboardClient(await server.start());
});

afterAll(async () => {
  await server.stop();
  await test[Symbol.asyncDispose]();
});

/** It still does its work for whoever has the key. */
async function expectHealthy(): Promise<void> {
  using list = await client.open("/api/sessions");
  const { data } = await list.until(() => true);
  expect(JSON.stringify(data)).toContain(SECRET_GOAL);
}

const host = (): string => new URL(client.origin).host;
const API = ["/api/sessions", "/api/sessions/session_test/monitor"];

describe("without the right key", () => {
  it.each([
    ["none", {}],
    ["an empty one", { authorization: "Bearer " }],
    ["a wrong one", { authorization: `Bearer ${"A".repeat(43)}` }],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }],
    ["a very long one", { authorization: `Bearer ${"A".repeat(5000)}` }],
    ["one in a cookie", { cookie: "dashboard-key=KEY" }],
  ])("%s: nothing is told", async (_, headers) => {
    for (const path of API) {
      const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value]));
      const response = await fetch(client.origin + path, { headers: given as Record<string, string> });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.text()).not.toContain(SECRET_GOAL);
    }
    const sent = await fetch(`${client.origin}/api/feeds/any`, { method: "POST", body: "{}" });
    expect(sent.status).toBe(401);
    await expectHealthy();
  });

  it("the key of the link does not work in an address, where logs would keep it", async () => {
    for (const search of [`?key=${client.key}`, `?token=${client.key}`, `?access_token=${client.key}`]) {
      expect((await fetch(`${client.origin}/api/sessions${search}`)).status).toBe(401);
    }
  });

  it("the pages are there and say nothing of any session", async () => {
    for (const path of ["/", "/sessions/session_test", "/sessions/no_such_session"]) {
      const response = await fetch(client.origin + path);
      expect(response.status).toBe(200);
      const page = await response.text();
      expect(page).not.toContain(SECRET_GOAL);
      expect(page).not.toContain(client.key);
    }
  });
});

describe("the answer to everything", () => {
  const paths = ["/", "/assets/monitor.js", "/favicon.ico", "/nothing", "/api/sessions", "/sessions/session_test"];

  it.each(paths)("%s lets no other page read it, run in it or keep it", async (path) => {
    using response = await client.open(path, { origin: client.origin });
    const { headers } = response.response;
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(headers.get("set-cookie")).toBeNull();
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe-|\*|https?:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("allows only scripts with the nonce of that one answer", async () => {
    const pages = await Promise.all([1, 2].map(async () => fetch(`${client.origin}/sessions/session_test`)));
    const nonces = pages.map(({ headers }) =>
      /script-src 'nonce-([^']+)'/.exec(headers.get("content-security-policy") ?? "")?.at(1),
    );
    expect(new Set(nonces).size).toBe(2);
    const [html = ""] = await Promise.all(pages.map((page) => page.text()));
    for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonces[0]}"`);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });
});

describe("another page or another name", () => {
  const request = (lines: readonly string[]): string => `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`;
  const asked = (path: string, ...lines: string[]): string =>
    request([`GET ${path} HTTP/1.1`, ...lines, `Authorization: Bearer ${client.key}`]);

  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:8080",
    "[::1]",
    "0.0.0.0",
  ])("the host %s is a trick and gets nothing, the key or not", async (name) => {
    for (const path of ["/", "/assets/monitor.js", ...API]) {
      const answer = await client.raw(asked(path, `Host: ${name}`));
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).not.toContain(SECRET_GOAL);
    }
    await expectHealthy();
  });

  it("no host at all is refused, and so are two", async () => {
    expect(await client.raw(asked("/"))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await client.raw(asked("/", `Host: ${host()}`, "Host: evil.example"))).toMatch(/^HTTP\/1\.1 40[03] /);
    await expectHealthy();
  });

  it.each(["http://evil.example", "https://evil.example", "null", "http://localhost:1", "file://"])(
    "a page of %s gets nothing",
    async (origin) => {
      for (const path of ["/", ...API]) expect((await client.get(path, { origin })).status).toBe(403);
      expect((await client.post("/api/feeds/any", "{}", { origin })).status).toBe(403);
      const preflight = await fetch(client.origin + "/api/sessions", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      });
      expect(preflight.status).toBe(403);
      expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
    },
  );

  it("a script or an image of another page gets nothing, though it sends no origin", async () => {
    for (const mode of ["no-cors", "cors"]) {
      const answer = await client.raw(
        asked("/assets/monitor.js", `Host: ${host()}`, "Sec-Fetch-Site: cross-site", `Sec-Fetch-Mode: ${mode}`),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    }
    const link = asked("/", `Host: ${host()}`, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate");
    expect(await client.raw(link)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("localhost is this machine, too", async () => {
    expect(await client.raw(asked("/", `Host: localhost:${new URL(client.origin).port}`))).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("paths that lead elsewhere", () => {
  it.each([
    "/assets/../../../package.json",
    "/assets/..%2f..%2f..%2fpackage.json",
    "/assets/%2e%2e/%2e%2e/package.json",
    "/assets/..\\..\\package.json",
    "/assets/....//package.json",
    "/assets/%00",
    "/assets//etc/passwd",
    "/assets/monitor.js/../../api.js",
    "/assets/monitor.js.map",
    "/sessions/..%2f..%2fetc%2fpasswd",
    "/api/sessions/..%2fsession_test/monitor",
    `/${"a".repeat(8000)}`,
    "/%",
    "//evil.example/",
    "http://evil.example/api/sessions",
    "*",
  ])("%s is no page", async (path) => {
    const answer = await client.raw(
      `GET ${path} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${client.key}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/"dependencies"|root:|ai-orchestrator/);
    await expectHealthy();
  });
});

describe("methods", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s changes no page and no list", async (method) => {
    for (const path of ["/", "/assets/monitor.js", ...API]) {
      const response = await fetch(client.origin + path, {
        method,
        headers: { authorization: `Bearer ${client.key}` },
      });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toMatch(/^GET/);
    }
    await expectHealthy();
  });

  it("TRACE, CONNECT, an upgrade and no HTTP at all end the connection", async () => {
    const line = `Host: ${host()}\r\nAuthorization: Bearer ${client.key}\r\n`;
    for (const bytes of [
      `TRACE / HTTP/1.1\r\n${line}Connection: close\r\n\r\n`,
      `CONNECT evil.example:443 HTTP/1.1\r\n${line}\r\n`,
      `GET / HTTP/1.1\r\n${line}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      "\u0016\u0003\u0001 hello over TLS\r\n\r\n",
      `GET / HTTP/1.1\r\n${line}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `GET / HTTP/1.1\r\n${line}X: ${"a".repeat(100_000)}\r\n\r\n`,
    ]) {
      expect(await client.raw(bytes)).not.toMatch(/^HTTP\/1\.1 2/);
    }
    await expectHealthy();
  });
});

describe("bodies", () => {
  it("a long one is refused before it is read, whatever it says of its length", async () => {
    const { stream, feedId } = await client.watch("session_test");
    using _ = stream;
    const path = `/api/feeds/${feedId}`;
    expect((await client.post(path, "x".repeat(300_000))).status).toBe(413);
    const socket = await client.connect();
    const head = [
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
      `Authorization: Bearer ${client.key}`,
    ];
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${host()}\r\n${head.join("\r\n")}\r\n\r\n`);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    let answer = "";
    socket.on("data", (bytes: Buffer) => (answer += bytes.toString()));
    const ended = new Promise((resolve) => socket.once("close", resolve));
    for (let sent = 0; sent < 100 && !socket.closed; sent++) {
      if (!socket.write(chunk)) await Promise.race([once(socket, "drain").catch(() => {}), ended]);
    }
    await ended;
    // A connection that is reset in the middle of sending may lose what was answered.
    if (answer !== "") expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    await expectHealthy();
  });

  it.each([
    ["no JSON", "{", 400],
    ["no text", "\u0000\u0001", 400],
    ["another shape", "[]", 400],
    [
      "more messages than a page sends",
      JSON.stringify({ attention: "visible", messages: Array.from({ length: 65 }, () => ({ type: "ready" })) }),
      400,
    ],
    ["an unknown message", JSON.stringify({ attention: "visible", messages: [{ type: "shell", command: "id" }] }), 400],
    ["a field too many", JSON.stringify({ attention: "visible", messages: [{ type: "stop", force: true }] }), 400],
    ["a prototype", '{"attention":"visible","messages":[],"__proto__":{"x":1}}', 400],
  ])("%s is refused", async (what, body, status) => {
    const { stream, feedId } = await client.watch("session_test");
    using _ = stream;
    expect((await client.post(`/api/feeds/${feedId}`, body)).status, what).toBe(status);
    expect((await client.post(`/api/feeds/${feedId}`, body, { "content-type": "text/plain" })).status).toBe(415);
    await expectHealthy();
  });

  it("what is meant for a page that is not there is refused", async () => {
    expect((await client.say("no_such_feed", [{ type: "ready" }])).status).toBe(404);
  });
});

describe("floods", () => {
  it("who sends a request drop by drop is shut out, and disturbs nobody meanwhile", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => client.connect()));
    for (const socket of sockets) socket.write(`GET / HTTP/1.1\r\nHost: ${host()}\r\nX-Slow: `);
    await expectHealthy();
    const slowBody = await client.connect();
    slowBody.write(`POST /api/feeds/any HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 100\r\n\r\n{`);
    await Promise.all([...sockets, slowBody].map(ended));
    await expectHealthy();
  });

  it("a thousand idle connections and a thousand refused requests leave it healthy", async () => {
    const sockets = await Promise.all(Array.from({ length: 1000 }, () => client.connect()));
    await expectHealthy();
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, async () => (await fetch(`${client.origin}/api/sessions`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([401]));
    await Promise.all(sockets.map(ended));
    await expectHealthy();
  });

  it("more pages than anybody has are refused until some are closed", async () => {
    const open = await Promise.all(Array.from({ length: 80 }, () => client.open("/api/sessions")));
    const statuses = open.map(({ response }) => response.status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(80 - 64);
    for (const stream of open) stream[Symbol.dispose]();
    // The server learns of an end when it comes.
    let status = 429;
    while (status === 429) {
      using again = await client.open("/api/sessions");
      ({ status } = again.response);
    }
    await expectHealthy();
  });
});

/** Resolves when the other side has ended the connection. */
async function ended(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, "close");
}
