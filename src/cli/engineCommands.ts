/** Composition root of the terminal: builds everything a command needs, once, and carries the command out. */
import { homedir } from "node:os";
import path from "node:path";
import { createEngine } from "../core/engine.ts";
import type { ErrorInfo } from "../core/events/event.ts";
import { wordsOf, type Catalogue } from "../core/messages.ts";
import { EnvironmentSecrets } from "../core/model/environmentSecrets.ts";
import type { RunningGoal } from "../core/orchestrator/streamingOrchestrator.ts";
import type { SecretRedactor } from "../core/policy/redaction.ts";
import { ConfigFile } from "../core/settings/configFile.ts";
import { createHome, resolveHome } from "../core/settings/home.ts";
import { LayeredSettings } from "../core/settings/layeredSettings.ts";
import { SystemClock } from "../core/systemClock.ts";
import { checkWorkspaceFolders } from "../core/workspaceFolders.ts";
import { announceModel, announceRun } from "./announceRun.ts";
import { settingsOf } from "./arguments.ts";
import type { DoctorCommand, EngineCommand, RunFlags } from "./arguments.ts";
import { wordsOfErrorInfo } from "./catalogue.ts";
import { chooseApprover } from "./chooseApprover.ts";
import { chooseOutput } from "./chooseOutput.ts";
import type { Console } from "./console.ts";
import { controlSession } from "./controlSession.ts";
import { examine } from "./examineHome.ts";
import { ExitCode } from "./exitCodes.ts";
import { FolderTrust } from "./folderTrust.ts";
import { readGoal } from "./goalText.ts";
import { folderPrompt } from "./folderPrompt.ts";
import { prepareFork } from "./forkSession.ts";
import { Interruption } from "./interruption.ts";
import type { Invocation } from "./invocation.ts";
import { carryOutOnSessions } from "./keptSessions.ts";
import { listSessions, noteSize } from "./listSessions.ts";
import { restoreSession } from "./restoreSession.ts";
import { managePlugins } from "./managePlugins.ts";
import { prepareResumption } from "./resumeSession.ts";
import { runGoal } from "./runGoal.ts";
import { showSession } from "./showSession.ts";
import { StderrLogger } from "./stderrLogger.ts";

/** npm and what it starts pass a Ctrl-C on to a program that has it already; so soon after, it is the same one. */
const PASSED_ON_MILLISECONDS = 250;

export interface TerminalHost {
  /** Of this program. */
  readonly version: string;
  readonly invocation: Invocation;
  readonly catalogue: Catalogue;
  readonly redactor: SecretRedactor;
  readonly console: Console;
  readonly process: NodeJS.Process;
}

/** Without an engine, which would not open where something is wrong. */
export async function carryOutDoctor(command: DoctorCommand, host: TerminalHost): Promise<ExitCode> {
  const { invocation, catalogue, console, process } = host;
  return await examine({
    home: resolveHome({ environment: process.env, userHome: homedir(), base: invocation.folder }),
    storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
    objectsWorkerUrl: new URL("./objectsWorker.js", import.meta.url),
    clock: new SystemClock(),
    console,
    catalogue,
    json: command.json,
    verbose: command.verbose,
  });
}

/** @throws OrchestratorError whatever keeps the command from being carried out */
export async function carryOutWithEngine(command: EngineCommand, host: TerminalHost): Promise<ExitCode> {
  const { invocation, catalogue, redactor, console, process } = host;
  const { stdin, stdout, stderr, env: environment } = process;
  const clock = new SystemClock();
  const words = (error: ErrorInfo): string => wordsOfErrorInfo(catalogue, error);

  const start = command.kind === "run" ? command : undefined;
  const run = command.kind === "resume" || command.kind === "fork" ? command : start;
  const goal = start ? await readGoal(start.goal, stdin) : "";
  const otherGoal =
    command.kind === "fork" && command.goal !== undefined ? await readGoal(command.goal, stdin) : undefined;
  const home = resolveHome({ environment, userHome: homedir(), base: invocation.folder });
  const inFolders = start ?? (command.kind === "plugins" ? command : undefined);
  const places = inFolders === undefined || inFolders.workspaces.length > 0 ? (inFolders?.workspaces ?? []) : ["."];
  const folders = await checkWorkspaceFolders(
    places.map((place) => path.resolve(invocation.folder, place)),
    home,
  );

  await createHome(home);
  const config = await ConfigFile.open(home);
  const settings = new LayeredSettings(config, run ? settingsOf(run) : {});
  const trust = new FolderTrust(config);

  const interruption = new Interruption({
    clock,
    sameWithinMilliseconds: invocation.underNpm ? PASSED_ON_MILLISECONDS : 0,
    onFirst: () => {
      if (run) console.note("Stopping and saving the session. Once more ends at once.");
    },
    onSecond: (exitCode) => process.exit(exitCode),
  });
  const logger = new StderrLogger(console, () => command.verbose || settings.get("verbose"));
  await using engine = await createEngine({
    home,
    host: "terminal",
    version: host.version,
    storeWorkerUrl: new URL("./storeWorker.js", import.meta.url),
    objectsWorkerUrl: new URL("./objectsWorker.js", import.meta.url),
    samplerWorkerUrl: new URL("./samplerWorker.js", import.meta.url),
    clock,
    logger,
    settings,
    secrets: new EnvironmentSecrets(environment, settings),
    ...chooseApprover({
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
    onNotice: (notice) => console.note(wordsOf(catalogue, notice.code, notice.params)),
  });

  /** Shows a run from its beginning, or from where it goes on, to its end. */
  const follow = async (flags: RunFlags, begin: () => Promise<RunningGoal>, announce?: () => Promise<void>) => {
    using _ = interruption.listen(process);
    return await runGoal({
      begin,
      sessions: engine.sessions,
      openOutput: async () => {
        await announce?.();
        return await chooseOutput({ command: flags, process, console, clock, words });
      },
      console,
      interruption,
      catalogue,
      command: invocation.command,
    });
  };

  /** Shows a session that goes on, in the folders it has by then. */
  const goOn = async (flags: RunFlags, begin: () => Promise<RunningGoal>, notice?: string) => {
    let begun: RunningGoal | undefined;
    return await follow(
      flags,
      async () => (begun = await begin()),
      async () => {
        if (notice !== undefined) console.note(notice);
        const { folders: own } = begun ? await engine.sessions.getSession(begun.sessionId) : { folders: [] };
        await announceRun({ engine, folders: own, settings, trust, console, catalogue });
      },
    );
  };

  /** What going on from a version needs, the person at the terminal included. */
  const versionOptions = () => ({
    ...{ sessions: engine.sessions, restores: engine.restores, invocation, home, console, catalogue, trust },
    ...folderPrompt({ stdin, stderr, console, folder: invocation.folder }),
  });

  switch (command.kind) {
    case "monitor":
    case "dashboard": {
      const { carryOutWatch } = await import("./watchCommands.ts");
      return await carryOutWatch(command, { engine, host, settings, clock, logger });
    }
    case "list":
      await listSessions(engine.sessions, console, { json: command.json, now: clock.now(), columns: stdout.columns });
      if (!command.json) await noteSize(engine.retention, home, console);
      return ExitCode.COMPLETED;
    case "show":
      await showSession(engine.sessions, console, command.session, {
        engine,
        json: command.json,
        words,
        command: invocation.command,
      });
      return ExitCode.COMPLETED;
    case "stop":
    case "pause":
    case "continue":
    case "answer":
    case "send":
      return await controlSession(command, { control: engine.control, sessions: engine.sessions, console, catalogue });
    case "restore": {
      using _ = interruption.listen(process);
      return await restoreSession(command, { engine, console, invocation, home, stdin, stderr, interruption });
    }
    case "diff":
    case "snapshot":
    case "pin":
    case "unpin":
    case "export":
    case "import":
    case "delete":
    case "cleanup":
      await carryOutOnSessions(command, {
        engine,
        console,
        catalogue,
        home,
        stdout,
        folder: invocation.folder,
        command: invocation.command,
        now: clock.now(),
      });
      return ExitCode.COMPLETED;
    case "plugins": {
      if (command.trust) await trust.trustAll(folders);
      for (const folder of folders) {
        if (!trust.isTrusted(folder)) console.note(wordsOf(catalogue, "plugin.untrusted", { path: folder.path }));
      }
      return await managePlugins(command, { engine, folders, console, catalogue, stdin, stderr });
    }
    case "run": {
      if (command.trust) await trust.trustAll(folders);
      await announceModel(engine, { settings, console, catalogue });
      await announceRun({ engine, folders, settings, trust, console, catalogue });
      const { session: sessionId, model } = command;
      return await follow(command, () =>
        engine.orchestrator.start({
          goal,
          workspaceFolders: folders,
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(model === undefined ? {} : { model }),
        }),
      );
    }
    case "resume": {
      const resumption = await prepareResumption(command, versionOptions());
      if (resumption === undefined) return ExitCode.CTRL_C;
      if (command.trust) await trust.trustAll(resumption.folders);
      return await goOn(command, () => engine.orchestrator.resume(resumption.request), resumption.notice);
    }
    case "fork": {
      const request = await prepareFork(command, otherGoal, versionOptions());
      if (request === undefined) return ExitCode.CTRL_C;
      if (command.trust && request.workspace?.kind !== "newFolder") {
        await trust.trustAll((await engine.sessions.getSession(request.sessionId)).folders);
      }
      return await goOn(command, () => engine.orchestrator.fork(request));
    }
  }
}
