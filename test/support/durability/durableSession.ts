/**
 * One session of the scenario with all it stands on: a home, a workspace, a model server, and the processes that
 * run it one after the other until it is complete.
 */
import { mkdir, readFile, utimes } from "node:fs/promises";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { startModelServer, type ModelServer } from "../modelServer.ts";
import { stall, type Scripted, type Turn } from "../modelServerReplies.ts";
import type { RecordedRequest } from "../modelServerRequests.ts";
import { encodeTurn } from "../modelServerWire.ts";
import { createTemporaryFolder, folderAt, type TemporaryFolder } from "../temporaryFolder.ts";
import type { ProbeOptions } from "./probe.ts";
import { startRunner, type RunnerOutcome, type RunnerProcess } from "./runnerProcess.ts";
import { answerTo, COUNTER_FILE, INITIAL_FILES, type Answer } from "./scenario.ts";

export interface RunOptions extends ProbeOptions {
  /** Milliseconds the process's wall clock is ahead. */
  readonly clockOffset?: number;
  /** User the process runs as. */
  readonly uid?: number;
}

/** Sees each answer before it is sent, and may hold or replace it. */
export type AnswerHook = (answer: Answer) => Scripted | Promise<Scripted>;

/** Seconds since the epoch. */
const FIRST_CHANGE = 1_700_000_000;
/** Server-sent events after which an answer is in its middle. */
const MIDDLE = 4;

export class DurableSession implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly workspace: TemporaryFolder;
  readonly server: ModelServer;
  /** Points the model server came to. */
  readonly moments: string[] = [];
  /** Replaces what is answered, for tests that hold the server. */
  onAnswer: AnswerHook = ({ turn }) => turn;
  readonly #processes = new Set<RunnerProcess>();
  #condemned: { readonly moment: string; readonly runner: RunnerProcess } | undefined;

  private constructor(folder: TemporaryFolder, server: ModelServer) {
    this.folder = folder;
    this.workspace = folderAt(folder.join("workspace"));
    this.server = server;
  }

  static async create(): Promise<DurableSession> {
    const folder = await createTemporaryFolder({ prefix: "ai-orchestrator-durability" });
    const server = await startModelServer({ script: (request) => session.#answer(request) });
    const session: DurableSession = new DurableSession(folder, server);
    await mkdir(session.home);
    await mkdir(session.workspace.path);
    await session.workspace.write(INITIAL_FILES);
    // A search shows the newest first, so ages are not left to chance.
    for (const [age, path] of Object.keys(INITIAL_FILES).entries())
      await utimes(session.workspace.join(path), FIRST_CHANGE - age, FIRST_CHANGE - age);
    return session;
  }

  get home(): string {
    return this.folder.join("home");
  }

  /** Starts a process that begins the session or goes on with it. */
  start(options: RunOptions = {}): RunnerProcess {
    const { clockOffset = 0, uid, ...probe } = options;
    const runner = startRunner({
      request: {
        home: this.home,
        workspace: this.workspace.path,
        modelServer: this.server.url,
        clockOffset,
        renamesTo: this.folder.join("renames.txt"),
        eventsTo: this.folder.join("events.json"),
      },
      probe,
      ...(uid === undefined ? {} : { uid }),
    });
    this.#processes.add(runner);
    if (probe.killAt?.startsWith("model/")) this.#condemned = { moment: probe.killAt, runner };
    return runner;
  }

  /** Runs the session in a process of its own until that ends. */
  run(options: RunOptions = {}): Promise<RunnerOutcome> {
    return this.start(options).outcome;
  }

  /** The log, as the last process that ended in good order read it. */
  async events(): Promise<OrchestratorEvent[]> {
    return JSON.parse(await this.folder.read("events.json")) as OrchestratorEvent[];
  }

  /** How often the counting command has run. */
  async timesCounted(): Promise<number> {
    return (await linesOf(this.folder.join(COUNTER_FILE))).length;
  }

  /** Every file put into place in the workspace, as often as it was. */
  filesPutInPlace(): Promise<string[]> {
    return linesOf(this.folder.join("renames.txt"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes].map((runner) => runner.kill()));
    await this.server.close();
    await this.folder[Symbol.asyncDispose]();
  }

  async #answer(request: RecordedRequest): Promise<Scripted> {
    const answer = answerTo(request);
    const { role, beat } = answer;
    const moment = (phase: string): string => `model/${role}#${beat}@${phase}`;
    await this.#come(moment("asked"));
    const scripted = await this.onAnswer(answer);
    if (scripted !== answer.turn) return scripted;
    const streaming = stall(MIDDLE, this.#gate(moment("streaming")), answer.turn);
    return stall(lengthOf(answer.turn), this.#gate(moment("answered")), streaming);
  }

  /** A gate that is open, where a condemned process dies before it is passed. */
  #gate(moment: string): { open(): void; pass(): Promise<void>; reached(): Promise<void> } {
    return { open: () => {}, pass: () => this.#come(moment), reached: async () => {} };
  }

  async #come(moment: string): Promise<void> {
    this.moments.push(moment);
    if (this.#condemned?.moment !== moment) return;
    await this.#condemned.runner.kill();
  }
}

/** How many server-sent events the turn is. */
function lengthOf(turn: Turn): number {
  return encodeTurn(turn, { messageId: "", model: "", requestCharacters: 0, newToolUseId: () => "" }).events.length;
}

async function linesOf(file: string): Promise<string[]> {
  const content = await readFile(file, "utf8").catch(() => "");
  return content.split("\n").filter((line) => line !== "");
}
