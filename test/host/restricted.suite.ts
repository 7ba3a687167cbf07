import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { eventsOf, knownSessions, productExtension } from "./product.ts";
import { refusesToRun } from "./refusals.ts";

describe("a window with a folder that is not trusted", () => {
  it("runs nothing", async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    await refusesToRun();
  });

  it("lets sessions be browsed that a terminal ran elsewhere", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "ai-orchestrator-elsewhere-"));
    const cli = join(productExtension().extensionPath, "dist", "cli.js");
    await promisify(execFile)(process.execPath, [cli, "--provider", "demo", "--session", "elsewhere", "Look around"], {
      cwd: elsewhere,
    });
    assert.ok((await knownSessions()).includes("elsewhere"));
    assert.equal((await eventsOf("elsewhere")).at(-1)?.type, "workflow_completed");
    await rm(elsewhere, { recursive: true });
  });
});
