/** One of the processes: an engine that runs goal after goal, as a window or a terminal does. `window.ts ORDER`. */
import { once } from "node:events";
import { createEngine } from "../../src/core/engine.ts";
import { VOLATILE_KINDS } from "../../src/core/events/eventKinds.ts";
import { BlanketApprover } from "../../src/core/policy/approvers.ts";
import { LayeredSettings } from "../../src/core/settings/layeredSettings.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { measureLoop } from "./loopDelay.ts";
import type { ProcessOrder, ProcessReport, ToldSession } from "./messages.ts";
import { Told } from "./told.ts";

const order = JSON.parse(process.argv[2] ?? "") as ProcessOrder;
const troubles: string[] = [];
const note = (message: string, details?: unknown): void =>
  void troubles.push(`${message} ${JSON.stringify(details ?? {})}`);
process.on("uncaughtException", (error) => note("uncaught", String(error)));
process.on("unhandledRejection", (error) => note("unhandled", String(error)));

const engine = await createEngine({
  home: order.home,
  host: order.host,
  storeWorkerUrl: new URL("storeWorker.js", order.dist),
  objectsWorkerUrl: new URL("objectsWorker.js", order.dist),
  samplerWorkerUrl: new URL("samplerWorker.js", order.dist),
  clock: new SystemClock(),
  logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
  settings: new LayeredSettings({ values: {} }, {}),
  secrets: { apiKey: async () => "sk-bench" },
  approver: new BlanketApprover("noTerminal"),
  workspaceState: { isTrusted: () => false },
  environment: { ANTHROPIC_BASE_URL: order.modelUrl, PATH: process.env["PATH"] },
});

const commits: number[] = [];
const sessions: Record<string, ToldSession> = {};

async function runGoal(sessionId: string): Promise<void> {
  const told = new Told();
  const events = engine.orchestrator.executeGoalStreaming({
    goal: "Four things at once",
    sessionId,
    workspaceFolders: [{ name: "workspace", path: order.workspace }],
  });
  for await (const event of events) {
    if (!VOLATILE_KINDS.has(event.type)) commits.push(Date.now() - Date.parse(event.timestamp));
    told.add(event);
  }
  sessions[sessionId] = told.result;
}

// What is loaded when it is first needed, such as the client library, is no work of the store's.
await runGoal(`${order.name}_first`);
commits.length = 0;
process.send?.("ready");
await once(process, "message");

const loop = measureLoop();
const end = performance.now() + order.milliseconds;
for (let count = 1; performance.now() < end; count++) await runGoal(`${order.name}_${count}`);
const report: ProcessReport = { loop: loop(), commits, sessions, troubles };
await engine.close();
process.send?.(report);
process.disconnect();
