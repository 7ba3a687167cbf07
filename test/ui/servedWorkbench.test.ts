import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startServedWorkbench } from "../../scripts/vscode/servedWorkbench.mjs";
import { createTemporaryFolder } from "../support/temporaryFolder.ts";

const startServerAndWait = fileURLToPath(new URL("../fixtures/startServerAndWait.mjs", import.meta.url));

describe("the served VS Code", () => {
  it.each(["SIGKILL", "SIGINT"] as const)("ends when whoever started it is ended by %s", async (signal) => {
    await using temporary = await createTemporaryFolder();
    const child = spawn(process.execPath, [startServerAndWait], {
      env: { ...process.env, TMPDIR: temporary.path },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const connection = connect(Number(new URL(url).port), "127.0.0.1");
    await once(connection, "connect");
    // The end of the server may look like a reset connection; either way it is closed then.
    connection.on("error", () => undefined);
    const closed = new Promise((resolve) => connection.once("close", resolve));
    const ended = once(child, "exit");
    child.kill(signal);
    await Promise.all([ended, closed]);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("leaves nothing behind when it is disposed", async () => {
    const server = await startServedWorkbench();
    expect(existsSync(server.dataFolder)).toBe(true);
    await server.dispose();
    expect(existsSync(server.dataFolder)).toBe(false);
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("answers nobody who does not bring its token", async () => {
    const server = await startServedWorkbench();
    expect((await fetch(server.url)).status).toBe(403);
    // The page turns the token in its address into a cookie.
    const answer = await fetch(`${server.url}/?tkn=${server.token}`, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("set-cookie")).toContain(server.token);
    await server.dispose();
  });

  it("keeps its data where it was told to, with the settings a person changed", async () => {
    await using data = await createTemporaryFolder();
    for (const change of [{ "editor.fontSize": 20 }, { "update.mode": "manual" }]) {
      const server = await startServedWorkbench({ dataFolder: data.path });
      server.changeSettings(change);
      await server.dispose();
    }
    const settings = JSON.parse(await data.read("user/User/settings.json")) as Record<string, unknown>;
    expect(settings).toMatchObject({
      "editor.fontSize": 20,
      "update.mode": "manual",
      "workbench.startupEditor": "none",
    });
  });

  it("says at once when its port is in use", async () => {
    const first = await startServedWorkbench();
    const port = Number(new URL(first.url).port);
    await expect(startServedWorkbench({ port })).rejects.toThrow("cannot have its port, which is in use");
    await first.dispose();
  });
});
