/**
 * A process that brings the scenario's session to its end: starts it, or goes on with what is there. It prints
 * one line when it ends in good order, and none when it is killed.
 */
import { writeFileSync } from "node:fs";
import { isOrchestratorError } from "../../../src/core/errors.ts";
import { createEngine, type Engine } from "../../../src/core/engine.ts";
import { EventBus } from "../../../src/core/events/eventBus.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { RunningGoal } from "../../../src/core/orchestrator/streamingOrchestrator.ts";
import { LayeredSettings } from "../../../src/core/settings/layeredSettings.ts";
import { SystemClock } from "../../../src/core/systemClock.ts";
import { hookCommands, hookFiles } from "./effectHooks.ts";
import { EventNames } from "./eventPoints.ts";
import { Probe } from "./probe.ts";
import type { RunnerEnd, RunnerRequest } from "./runnerMessages.ts";
import { answerQuestion, CONTEXT_CHARACTERS, CONTEXT_KEY, GOAL, SESSION_ID } from "./scenario.ts";

/** A wall clock that can be set. Durations are measured by another one, as everywhere. */
class JumpingClock extends SystemClock {
  readonly #offset: () => number;

  constructor(offset: () => number) {
    super();
    this.#offset = offset;
  }

  override now(): number {
    return super.now() + this.#offset();
  }
}

const request = JSON.parse(process.argv[2] ?? "") as RunnerRequest;
const probe = Probe.fromEnvironment();
const { clockJump } = probe.options;
const clock = new JumpingClock(
  () => request.clockOffset + (clockJump && probe.hasPassed(clockJump.at) ? clockJump.milliseconds : 0),
);

hookFiles({ probe, workspace: request.workspace, renamesTo: request.renamesTo });
hookCommands(probe);

const names = new EventNames();
const bus = new EventBus();
bus.subscribe("*", (event) => {
  for (const name of names.of(event as OrchestratorEvent)) probe.reached(`${name}@told`);
});

async function run(engine: Engine): Promise<RunnerEnd> {
  let end: RunnerEnd;
  try {
    const running = await begin(engine);
    await running?.ended;
    const last = running ? (await Array.fromAsync(running.events())).at(-1)?.type : "workflow_completed";
    end = { end: last ?? "nothing" };
    if (last === "workflow_completed") await keepShortContext(engine);
  } catch (error) {
    if (!isOrchestratorError(error)) throw error;
    end = { end: "refused", code: error.code, message: error.message };
  }
  if (request.eventsTo !== undefined) {
    writeFileSync(request.eventsTo, JSON.stringify(await Array.fromAsync(engine.sessions.readEvents(SESSION_ID))));
  }
  return end;
}

/** What a program does that goes on with a session's context elsewhere: the plan as it is, the rest shortened. */
async function keepShortContext({ sessions }: Engine): Promise<void> {
  const state = await sessions.getActiveSession(SESSION_ID);
  if (state[CONTEXT_KEY] !== undefined) return;
  const context = sessions.compressContext(state, ["workflow"], { maxCharacters: CONTEXT_CHARACTERS });
  await sessions.updateSession({ sessionId: SESSION_ID, updates: { [CONTEXT_KEY]: context }, createSnapshot: true });
}

/** Undefined when there is nothing left to do. */
async function begin(engine: Engine): Promise<RunningGoal | undefined> {
  const concurrency = 3;
  try {
    return await engine.orchestrator.resume({ sessionId: SESSION_ID, concurrency });
  } catch (error) {
    if (!isOrchestratorError(error)) throw error;
    if (error.code === "session.complete") return undefined;
    if (error.code !== "session.unknown") throw error;
    return engine.orchestrator.start({
      goal: GOAL,
      sessionId: SESSION_ID,
      workspaceFolders: [{ name: "workspace", path: request.workspace }],
      concurrency,
    });
  }
}

async function main(): Promise<RunnerEnd> {
  const warn = (message: string, data?: Record<string, unknown>): void =>
    void process.stderr.write(`${message} ${JSON.stringify(data ?? {})}\n`);
  await using engine = await createEngine({
    home: request.home,
    host: "durability",
    storeWorkerUrl: new URL("./storeWorkerWithHooks.js", import.meta.url),
    objectsWorkerUrl: new URL("./objectsWorker.js", import.meta.url),
    clock,
    logger: { debug: () => {}, info: () => {}, warn, error: warn },
    settings: new LayeredSettings({ values: { maxRetries: 0 } }, {}),
    secrets: { apiKey: async () => "sk-test-durability" },
    approver: { request: async (question) => answerQuestion(question) },
    workspaceState: { isTrusted: () => false },
    environment: { ANTHROPIC_BASE_URL: request.modelServer, PATH: process.env["PATH"] },
    bus,
  });
  return await run(engine);
}

const end = await main().catch((error: unknown): RunnerEnd => {
  if (!isOrchestratorError(error)) throw error;
  return { end: "refused", code: error.code, message: error.message };
});
process.stdout.write(`${JSON.stringify(end)}\n`);
