import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { activateProduct, startSession } from "./product.ts";

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("aiOrchestrator");

function setPort(port: number | undefined): Thenable<void> {
  return settings().update("dashboard.port", port, vscode.ConfigurationTarget.Global);
}

async function start(): Promise<URL> {
  const link = await vscode.commands.executeCommand("aiOrchestrator.startDashboard");
  assert.equal(typeof link, "string", "it did not start");
  return new URL(link as string);
}

function get(link: URL, path: string): Promise<Response> {
  return fetch(link.origin + path, { headers: { authorization: `Bearer ${link.hash.slice(1)}` } });
}

describe("the dashboard", () => {
  before(async () => {
    await activateProduct();
    await setPort(0);
  });

  after(async () => {
    await vscode.commands.executeCommand("aiOrchestrator.stopDashboard");
    await setPort(undefined);
  });

  it("is served from the palette with its pages, and shows the window's sessions", async () => {
    const sessionId = await startSession("runDemo");
    const link = await start();
    assert.equal(link.hostname, "127.0.0.1");
    for (const file of ["dashboard.js", "dashboard.css", "monitor.js", "monitor.css"])
      assert.equal((await fetch(`${link.origin}/assets/${file}`)).status, 200, file);
    assert.equal((await fetch(`${link.origin}/api/sessions`)).status, 401);
    const list = await get(link, "/api/sessions");
    assert.equal(list.status, 200);
    const reader = list.body?.getReader();
    let text = "";
    while (!text.includes(sessionId)) {
      const chunk = await reader?.read();
      assert.ok(chunk && !chunk.done, `the list ended: ${text}`);
      text += new TextDecoder().decode(chunk.value);
    }
    await reader?.cancel();
    assert.equal((await start()).href, link.href, "it is served once");
    await vscode.commands.executeCommand("aiOrchestrator.stopDashboard");
    await assert.rejects(fetch(link.origin));
  });

  it("is served once by two quick starts, and not at all by a start and a stop", async () => {
    const stop = (): Thenable<unknown> => vscode.commands.executeCommand("aiOrchestrator.stopDashboard");
    const [first, second] = await Promise.all([start(), start()]);
    assert.equal(second.href, first.href);
    await stop();
    await assert.rejects(fetch(first.origin), "one of two was left");
    const [again] = await Promise.all([start(), stop()]);
    await assert.rejects(fetch(again.origin), "it was stopped before it ran");
  });

  it("starts nothing where its port is taken, and starts once another is set", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    await setPort((other.address() as AddressInfo).port);
    assert.equal(await vscode.commands.executeCommand("aiOrchestrator.startDashboard"), undefined);
    other.close();
    await setPort(0);
    await start();
  });
});
