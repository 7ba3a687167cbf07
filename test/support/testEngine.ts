/** The whole engine in one process: real store, real HTTP to a scripted model server, time that stands still. */
import { createEngine, type Engine } from "../../src/core/engine.ts";
import type { OrchestratorEvent } from "../../src/core/events/event.ts";
import type { PluginLimits } from "../../src/core/plugins/pluginLimits.ts";
import { BlanketApprover } from "../../src/core/policy/approvers.ts";
import type { Approver, Logger, Questioner, WorkspaceFolder } from "../../src/core/ports.ts";
import type { GivenSettings } from "../../src/core/settings/configFile.ts";
import { LayeredSettings } from "../../src/core/settings/layeredSettings.ts";
import { FakeClock } from "./fakeClock.ts";
import { startModelServer, type ModelServer } from "./modelServer.ts";
import type { Script } from "./modelServerScripts.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporaryFolder.ts";

/** The key the engine is given; must appear in no output, log or file. */
export const TEST_KEY = "sk-test-0123456789abcdefghijklmnop";

export interface TestEngineOptions {
  readonly script: Script;
  readonly settings?: GivenSettings;
  readonly approver?: Approver;
  readonly questioner?: Questioner;
  readonly trusted?: boolean;
  readonly key?: string;
  readonly pluginLimits?: Partial<PluginLimits>;
  /** Runs leave samples of the machine's load in their logs. */
  readonly sampled?: boolean;
}

export const SAMPLER_WORKER = new URL("../../src/core/monitoring/samplerWorker.ts", import.meta.url);

export class TestEngine implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly warnings: readonly string[];
  readonly engine: Engine;
  readonly server: ModelServer;
  readonly workspace: TemporaryFolder;
  readonly home: TemporaryFolder;

  private constructor(
    engine: Engine,
    server: ModelServer,
    workspace: TemporaryFolder,
    home: TemporaryFolder,
    clock: FakeClock,
    warnings: string[],
  ) {
    this.engine = engine;
    this.server = server;
    this.workspace = workspace;
    this.home = home;
    this.clock = clock;
    this.warnings = warnings;
  }

  static async start(options: TestEngineOptions): Promise<TestEngine> {
    const workspace = await createTemporaryFolder();
    const home = await createTemporaryFolder();
    const server = await startModelServer({ script: options.script });
    const clock = new FakeClock();
    const warnings: string[] = [];
    const engine = await createEngine({
      home: home.path,
      host: "test",
      storeWorkerUrl: new URL("../../src/core/store/sqlite/storeWorker.ts", import.meta.url),
      objectsWorkerUrl: new URL("../../src/core/store/sqlite/objectsWorker.ts", import.meta.url),
      ...(options.sampled ? { samplerWorkerUrl: SAMPLER_WORKER } : {}),
      pluginProcessUrl: new URL("../../dist/pluginProcess.js", import.meta.url),
      ...(options.pluginLimits ? { pluginLimits: options.pluginLimits } : {}),
      clock,
      logger: collectingLogger(warnings),
      settings: new LayeredSettings({ values: { maxRetries: 2, ...options.settings } }, {}),
      secrets: { apiKey: async () => options.key ?? TEST_KEY },
      approver: options.approver ?? new BlanketApprover("noTerminal"),
      ...(options.questioner ? { questioner: options.questioner } : {}),
      workspaceState: { isTrusted: () => options.trusted ?? false },
      environment: { ANTHROPIC_BASE_URL: server.url, PATH: process.env["PATH"] },
    });
    return new TestEngine(engine, server, workspace, home, clock, warnings);
  }

  get folders(): WorkspaceFolder[] {
    return [{ name: "workspace", path: this.workspace.path }];
  }

  /** Runs a goal to its end and gives every event of it. */
  async run(
    goal: string,
    more: { concurrency?: number; sessionId?: string; maxTurns?: number } = {},
  ): Promise<OrchestratorEvent[]> {
    const events: OrchestratorEvent[] = [];
    for await (const event of this.engine.orchestrator.executeGoalStreaming({
      goal,
      workspaceFolders: this.folders,
      sessionId: "session_test",
      ...more,
    })) {
      events.push(event);
      // The waiting before a new attempt of ours is over as soon as it begins.
      if (event.type === "retry_scheduled" && !event.reason.startsWith("HTTP")) void this.clock.advance(event.delayMs);
    }
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close();
    await this.server.close();
    await this.workspace[Symbol.asyncDispose]();
    await this.home[Symbol.asyncDispose]();
  }
}

function collectingLogger(warnings: string[]): Logger {
  const keep = (message: string): void => void warnings.push(message);
  return { debug: () => {}, info: () => {}, warn: keep, error: keep };
}
