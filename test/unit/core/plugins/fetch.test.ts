import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

describe("a plugin that requests", () => {
  it("says who it asks and what it sends to nobody but the server that was granted", async () => {
    const received: string[] = [];
    const other = createServer((request, response) => {
      received.push(`${request.method} at the other`);
      response.end();
    }).listen(0, "localhost");
    const server = createServer((request, response) => {
      received.push(`${request.method} ${request.headers.host}`);
      response.writeHead(307, { location: `http://${hostOf(other)}/` }).end();
    }).listen(0, "127.0.0.1");
    const hostOf = (listening: typeof server): string =>
      `${listening === other ? "localhost" : "127.0.0.1"}:${(listening.address() as AddressInfo).port}`;
    try {
      await Promise.all([other, server].map((one) => new Promise((resolve) => one.once("listening", resolve))));
      const names = ["Host", "connection", "Content-Length", "transfer-encoding", "upgrade", "expect", "te", "trailer"];
      await using scene = await PluginScene.start({
        plugins: {
          "web.js": pluginText({
            name: "web",
            permissions: [`network:${hostOf(server)}`, `network:${hostOf(other)}`],
            execute: `
              const refused = [];
              const ask = (request) => context.fetch("http://${hostOf(server)}/", request).then(
                ({ status }) => refused.push(String(status)), (error) => refused.push(error.message));
              for (const name of ${JSON.stringify([...names, "Proxy-Authorization"])}) await ask({ headers: { [name]: "x" } });
              for (const method of ["CONNECT", "trace"]) await ask({ method });
              await ask({ method: "POST", body: "for one" });
              await ask({ method: "POST" });
              return refused;`,
          }),
        },
        calls: [{ tool: "plugin__web__execute", input: {} }],
      });
      await scene.run();
      const refused = JSON.parse(scene.results("plugin__web__execute")[0]?.content ?? "") as string[];
      expect(refused).toHaveLength(names.length + 5);
      for (const words of refused.slice(0, names.length + 1)) expect(words).toContain("not a plugin's to set");
      for (const words of refused.slice(names.length + 1, -2)) expect(words).toContain("not sent for a plugin");
      expect(refused.slice(-2)).toEqual([expect.stringContaining("a redirect would hand what was sent to"), "200"]);
      expect(received).toEqual([`POST ${hostOf(server)}`, `POST ${hostOf(server)}`, "POST at the other"]);
    } finally {
      for (const one of [other, server]) {
        one.close();
        one.closeAllConnections();
      }
    }
  });
});
