/**
 * Four processes on one store, each running goals of four agents that write files and talk: two windows and two
 * terminals. `main.ts [--rounds N]`; a round is ten seconds.
 */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSessionStore } from "../../src/core/store/sqlite/openSessionStore.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { createTemporaryFolder } from "../../test/support/temporaryFolder.ts";
import { readCommand } from "../inTurn.ts";
import { bundleScript } from "../bundle.ts";
import { table, type Row } from "../table.ts";
import type { LoopDelay, ProcessOrder, ProcessReport } from "./messages.ts";
import { Told } from "./told.ts";

const ROUND_MILLISECONDS = 10_000;
const PAGE_EVENTS = 10_000;
const PROCESSES = ["window 1", "window 2", "terminal 1", "terminal 2"] as const;
const dist = new URL("../../dist/", import.meta.url);
const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const { rounds } = readCommand(3);
await using home = await createTemporaryFolder({ prefix: "ai-orchestrator-bench" });
const model = spawn(process.execPath, [scriptOf("model.ts")], { stdio: ["pipe", "pipe", "inherit"] });
const modelUrl = await firstLine(model);

const windowScript = await bundleScript("bench/processes/window.ts", home.join("bundle"));
const children = await Promise.all(
  PROCESSES.map(async (name, index) => {
    const workspace = await createTemporaryFolder({ prefix: "ai-orchestrator-bench" });
    const order: ProcessOrder = {
      home: home.join("home"),
      dist: dist.href,
      workspace: workspace.path,
      modelUrl,
      host: name.startsWith("window") ? "VS Code" : "terminal",
      name: `process_${index + 1}`,
      milliseconds: rounds * ROUND_MILLISECONDS,
    };
    return { name, workspace, child: await startReady(windowScript, JSON.stringify(order)) };
  }),
);
const idle = await startReady(scriptOf("idle.ts"));
idle.send("begin");
const reports = await Promise.all(
  children.map(async ({ name, child }) => {
    child.send("begin");
    return { name, report: await answerOf<ProcessReport>(child) };
  }),
);
idle.send("end");
const idleLoop = await answerOf<LoopDelay>(idle);
model.stdin?.end();
for (const { workspace } of children) await workspace[Symbol.asyncDispose]();

const lost = await lostSessions();
const troubles = reports.flatMap(({ name, report }) => report.troubles.map((trouble) => `${name}: ${trouble}`));
const commits = reports.flatMap(({ report }) => report.commits);
const told = reports.flatMap(({ report }) => Object.values(report.sessions));
const events = told.reduce((sum, session) => sum + session.events, 0);
print(`${told.length} sessions, ${events} events, ${commits.length} of them durable before anybody was told`);
for (const trouble of [...lost, ...troubles]) print(trouble);

const below = (value: number, isOurs: boolean): Pick<Row, "targets"> => ({
  targets: isOurs ? [{ kind: "below", value }] : [],
});
const loopRows = (name: string, loop: LoopDelay, isOurs: boolean): Row[] => [
  { work: `${name}, event loop p99`, unit: "ms", ours: [loop.p99], ...below(5, isOurs) },
  { work: `${name}, event loop max`, unit: "ms", ours: [loop.max], ...below(15, isOurs) },
  { work: `${name}, own work between two timers p99`, unit: "ms", ours: [loop.workP99], targets: [] },
  { work: `${name}, own work between two timers max`, unit: "ms", ours: [loop.workMax], targets: [] },
];
print(
  table("–", [
    ...reports.flatMap(({ name, report }) => loopRows(name, report.loop, true)),
    ...loopRows("a process that does nothing", idleLoop, false),
    { work: "commit p50", unit: "ms", ours: [percentile(commits, 0.5)], targets: [] },
    { work: "commit p99", unit: "ms", ours: [percentile(commits, 0.99)], targets: [{ kind: "below", value: 50 }] },
    { work: "sessions not as they were told", unit: "", ours: [lost.length], targets: [{ kind: "below", value: 1 }] },
    { work: "warnings, errors, uncaught", unit: "", ours: [troubles.length], targets: [{ kind: "below", value: 1 }] },
  ]),
);

/** Compares what every reader was told with what the store holds. */
async function lostSessions(): Promise<string[]> {
  const store = await openSessionStore({
    home: home.join("home"),
    workerUrl: new URL("storeWorker.js", dist),
    clock: new SystemClock(),
    logger: { debug: () => undefined, info: () => undefined, warn: print, error: print },
  });
  const found: string[] = [];
  for (const [sessionId, told] of reports.flatMap(({ report }) => Object.entries(report.sessions))) {
    const stored = new Told();
    for (let after = 0; ; after = stored.result.lastSeq) {
      const page = await store.readEvents(sessionId, after, PAGE_EVENTS);
      if (page.length === 0) break;
      for (const event of page) stored.add(event);
    }
    const [is, was] = [JSON.stringify(stored.result), JSON.stringify(told)];
    if (is !== was || told.ended !== "workflow_completed") found.push(`${sessionId}: told ${was}, stored ${is}`);
  }
  await store.close();
  return found;
}

async function startReady(script: string, ...values: string[]): Promise<ChildProcess> {
  const child = fork(script, values, { execArgv: [] });
  await answerOf(child);
  return child;
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`A process ended with ${String(signal ?? code)} before it answered.`);
  });
  const [answer] = (await Promise.race([once(child, "message"), ended])) as [Answer];
  ended.catch(() => undefined);
  return answer;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return line;
  throw new Error("The model server did not start.");
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
