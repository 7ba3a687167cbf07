/** The commands that look at what runs, in the terminal or in a browser, until they are interrupted. */
import type { Engine } from "../core/engine.ts";
import { ResourceSampler } from "../core/monitoring/resourceSampler.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { DashboardServer } from "../dashboard/dashboardServer.ts";
import type { Settings } from "../core/settings/settings.ts";
import type { WatchCommand } from "./arguments.ts";
import type { TerminalHost } from "./engineCommands.ts";
import type { ExitCode } from "./exitCodes.ts";
import { Interruption } from "./interruption.ts";
import { monitorSessions } from "./monitorSessions.ts";
import { serveDashboard } from "./serveDashboard.ts";

export interface WatchScope {
  readonly engine: Engine;
  readonly host: TerminalHost;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** npm and what it starts pass a Ctrl-C on to a program that has it already; so soon after, it is the same one. */
const PASSED_ON_MILLISECONDS = 250;

/** @throws OrchestratorError `session.unknown`, `dashboard.portTaken`, … */
export async function carryOutWatch(
  command: WatchCommand,
  { engine, host, settings, clock, logger }: WatchScope,
): Promise<ExitCode> {
  const { invocation, catalogue, console, process } = host;
  const interruption = new Interruption({
    clock,
    sameWithinMilliseconds: invocation.underNpm ? PASSED_ON_MILLISECONDS : 0,
    onFirst: () => {},
    onSecond: (exitCode) => process.exit(exitCode),
  });
  using _ = interruption.listen(process);
  if (command.kind === "dashboard") {
    const server = new DashboardServer({
      port: command.port ?? settings.get("dashboard.port"),
      control: command.control,
      engine: async () => engine,
      catalogue,
      assets: new URL("./webview/", import.meta.url),
      clock,
      logger,
    });
    return await serveDashboard({ server, control: command.control, json: command.json, console, interruption });
  }
  const { stdout, env } = process;
  return await monitorSessions({
    sessions: engine.sessions,
    ...(command.session === undefined ? {} : { sessionId: command.session }),
    json: command.json,
    console,
    clock,
    // A terminal that cannot move its cursor gets the table once.
    terminal: stdout.isTTY && env["TERM"] !== "dumb" ? stdout : undefined,
    machine: new ResourceSampler({ workerUrl: new URL("./samplerWorker.js", import.meta.url), logger }),
    interruption,
    onDidChange: (listener) => engine.onDidChangeElsewhere(listener),
    atExit: (callback) => {
      process.on("exit", callback);
      return { [Symbol.dispose]: () => process.off("exit", callback) };
    },
  });
}
