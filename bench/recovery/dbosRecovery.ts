/** The peer: DBOS on a PostgreSQL that runs all the time, killed and started again; it goes on by itself. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { messagesOf, type RecordedRequest } from "../../test/support/modelServerRequests.ts";
import { say } from "../../test/support/modelServerReplies.ts";
import { startKilledModel } from "./killedAgents.ts";
import { recoveredNow, type Recovered } from "./recovered.ts";

/** A library of its own calls PostgreSQL's client in a way that one day will not work; it is none of our business. */
const SILENT = { ...process.env, NODE_NO_WARNINGS: "1" };

const programOf = (name: string): string => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));

export class DbosRecovery implements AsyncDisposable {
  readonly #postgres: ChildProcess;
  readonly #url: string;
  #databases = 0;

  private constructor(postgres: ChildProcess, url: string) {
    this.#postgres = postgres;
    this.#url = url;
  }

  static async start(): Promise<DbosRecovery> {
    const postgres = spawn(process.execPath, [programOf("postgres.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
    for await (const url of createInterface({ input: postgres.stdout })) return new DbosRecovery(postgres, url);
    throw new Error("PostgreSQL did not start.");
  }

  /** Throws when a finished step ran again. */
  async recover(): Promise<Recovered> {
    await using model = await startKilledModel(
      () => say("Done."),
      (request) => taskOf(request) === "second",
    );
    const values = [programOf("dbosProgram.mjs"), `${this.#url}/bench_${++this.#databases}`, model.server.url];
    const killed = spawn(process.execPath, values, { stdio: ["ignore", "ignore", "inherit"], env: SILENT });
    await model.inTheMiddle;
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const next = model.nextRequest();
    const start = performance.now();
    const resumed = spawn(process.execPath, values, { stdio: ["ignore", "ignore", "inherit"], env: SILENT });
    const request = await next;
    const recovered = recoveredNow(start, resumed.pid ?? 0);
    resumed.kill("SIGKILL");
    await once(resumed, "exit");
    if (taskOf(request) !== "second") throw new Error("DBOS ran a finished step again.");
    return recovered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#postgres.stdin?.end();
    await once(this.#postgres, "exit");
  }
}

function taskOf(request: RecordedRequest): unknown {
  return messagesOf(request)[0]?.content;
}
