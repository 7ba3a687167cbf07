/** An engine of a test's own in the extension host, beside the product's, in a home that is gone afterwards. */
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import type { Logger } from "../../src/core/ports.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { EngineHost } from "../../src/vscode/engineHost.ts";
import { VscodeSettings } from "../../src/vscode/vscodeSettings.ts";
import { productExtension } from "./product.ts";

export interface OwnEngine extends AsyncDisposable {
  readonly host: EngineHost;
  readonly home: string;
  /** What was logged as a warning or an error. */
  readonly complaints: readonly string[];
  readonly logger: Logger;
}

export async function createOwnEngine(): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), "ai-orchestrator-home-"));
  return openEngine(join(folder, "home"), () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
}

/** An engine on the home of the product in this window, as another window has it. */
export function openProductHome(): OwnEngine {
  const home = process.env["AI_ORCHESTRATOR_HOME"];
  assert.ok(home);
  return openEngine(home, async () => {});
}

function openEngine(home: string, remove: () => Promise<void>): OwnEngine {
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const logger: Logger = { debug: () => {}, info: () => {}, warn: complain, error: complain };
  const host = new EngineHost({
    home,
    storeWorkerUrl: pathToFileURL(join(productExtension().extensionPath, "dist", "storeWorker.js")),
    objectsWorkerUrl: pathToFileURL(join(productExtension().extensionPath, "dist", "objectsWorker.js")),
    samplerWorkerUrl: pathToFileURL(join(productExtension().extensionPath, "dist", "samplerWorker.js")),
    logger,
    settings: new VscodeSettings(home),
    secrets: { apiKey: async () => undefined },
    approver: { request: async () => ({ decision: "deny", by: "test" }) },
    questioner: { ask: async () => ({ answer: "", by: "test" }) },
    workspaceState: { isTrusted: () => vscode.workspace.isTrusted },
    clock: new SystemClock(),
  });
  return {
    host,
    home,
    complaints,
    logger,
    [Symbol.asyncDispose]: async () => {
      host.dispose();
      await host.close();
      await remove();
    },
  };
}
