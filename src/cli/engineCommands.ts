/** Composition root of the terminal: builds everything a command needs, once, and carries the command out. */
import { homedir } from "node:os";
import path from "node:path";
import { createEngine } from "../core/engine.ts";
import type { ErrorInfo } from "../core/events/event.ts";
import type { Catalogue } from "../core/messages.ts";
import { EnvironmentSecrets } from "../core/model/environmentSecrets.ts";
import type { SecretRedactor } from "../core/policy/redaction.ts";
import { ConfigFile } from "../core/settings/configFile.ts";
import { createHome, resolveHome } from "../core/settings/home.ts";
import { LayeredSettings } from "../core/settings/layeredSettings.ts";
import { SystemClock } from "../core/systemClock.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import { announceRun } from "./announceRun.ts";
import { settingsOf } from "./arguments.ts";
import type { EngineCommand } from "./arguments.ts";
import { wordsOfErrorInfo } from "./catalogue.ts";
import { chooseApprover } from "./chooseApprover.ts";
import { chooseOutput } from "./chooseOutput.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import { FolderTrust } from "./folderTrust.ts";
import { readGoal } from "./goalText.ts";
import { Interruption } from "./interruption.ts";
import type { Invocation } from "./invocation.ts";
import { listSessions } from "./listSessions.ts";
import { runGoal } from "./runGoal.ts";
import { showSession } from "./showSession.ts";
import { StderrLogger } from "./stderrLogger.ts";
import { stopSession } from "./stopSession.ts";

/** npm and what it starts pass a Ctrl-C on to a program that has it already; so soon after, it is the same one. */
const PASSED_ON_MILLISECONDS = 250;

export interface TerminalHost {
  readonly invocation: Invocation;
  readonly catalogue: Catalogue;
  readonly redactor: SecretRedactor;
  readonly console: Console;
  readonly process: NodeJS.Process;
}

/** @throws OrchestratorError whatever keeps the command from being carried out */
export async function carryOutWithEngine(command: EngineCommand, host: TerminalHost): Promise<ExitCode> {
  const { invocation, catalogue, redactor, console, process } = host;
  const { stdin, stdout, stderr, env: environment } = process;
  const clock = new SystemClock();
  const words = (error: ErrorInfo): string => wordsOfErrorInfo(catalogue, error);

  const run = command.kind === "run" ? command : undefined;
  const goal = run ? await readGoal(run.goal, stdin) : "";
  const home = resolveHome({ environment, userHome: homedir(), base: invocation.folder });
  const places = run === undefined || run.workspaces.length > 0 ? (run?.workspaces ?? []) : ["."];
  const folders = await checkWorkspaceFolders(
    places.map((place) => path.resolve(invocation.folder, place)),
    home,
  );

  await createHome(home);
  const config = await ConfigFile.open(home);
  const settings = new LayeredSettings(config, run ? settingsOf(run) : {});
  const trust = new FolderTrust(config);
  if (run?.trust) for (const folder of folders) await trust.trust(folder);

  const interruption = new Interruption({
    clock,
    sameWithinMilliseconds: invocation.underNpm ? PASSED_ON_MILLISECONDS : 0,
    onFirst: () => console.note("Stopping and saving the session. Once more ends at once."),
    onSecond: (exitCode) => process.exit(exitCode),
  });
  await using engine = await createEngine({
    home,
    host: "terminal",
    storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
    clock,
    logger: new StderrLogger(console, () => command.verbose || settings.get("verbose")),
    settings,
    secrets: new EnvironmentSecrets(environment, settings),
    approver: chooseApprover({
      mode: run?.approve ?? "none",
      stdin,
      stderr,
      console,
      catalogue,
      onCtrlC: () => interruption.interrupt("SIGINT"),
    }),
    workspaceState: trust,
    environment,
    redactor,
  });

  switch (command.kind) {
    case "list":
      await listSessions(engine.sessions, console, { json: command.json, now: clock.now(), columns: stdout.columns });
      return ExitCode.COMPLETED;
    case "show":
      await showSession(engine.sessions, console, command.session, { json: command.json, words });
      return ExitCode.COMPLETED;
    case "stop":
      return await stopSession(engine.control, console, catalogue, command.session);
    case "run": {
      await announceRun({ engine, folders, settings, trust, console, catalogue });
      using _ = interruption.listen(process);
      const { session: sessionId, model } = command;
      return await runGoal({
        orchestrator: engine.orchestrator,
        goal,
        folders,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(model === undefined ? {} : { model }),
        openOutput: () => chooseOutput({ command, process, console, clock, words }),
        console,
        interruption,
        catalogue,
        command: invocation.command,
      });
    }
  }
}
