/** Ours: the built terminal program, killed and started again with `--resume`. */
import { createCliSandbox, modelEnvironment, type CliSandbox } from "../../test/support/cliSandbox.ts";
import { planOf, step } from "../../test/support/goalScenarios.ts";
import { startModelServer } from "../../test/support/modelServer.ts";
import { firstUserTextOf, isPlannerRequest } from "../../test/support/modelServerRequests.ts";
import { say, useTool } from "../../test/support/modelServerReplies.ts";
import { byAgent } from "../../test/support/modelServerScripts.ts";
import { startKilledModel } from "./killedAgents.ts";
import { recoveredNow, type Recovered } from "./recovered.ts";

export class OwnRecovery implements AsyncDisposable {
  readonly #sandbox: CliSandbox;
  #sessions = 0;

  private constructor(sandbox: CliSandbox) {
    this.#sandbox = sandbox;
  }

  /** A program that was used before: a goal has been reached in its home. */
  static async start(): Promise<OwnRecovery> {
    const sandbox = await createCliSandbox();
    // The first makes the home; what the second compiles is kept in it.
    for (const goal of ["first", "second"]) {
      await using server = await startModelServer({
        script: byAgent({ planner: [planOf(step("only"))], steps: { "Step only": [say("Done.")] } }),
      });
      const { exitCode, stderr } = await sandbox.run(["--json", goal], { env: modelEnvironment(server) });
      if (exitCode !== 0) throw new Error(stderr);
    }
    return new OwnRecovery(sandbox);
  }

  /** Throws when a finished step ran again. */
  async recover(): Promise<Recovered> {
    const script = byAgent({
      planner: [planOf(step("first"), step("second", { dependsOn: ["first"] }))],
      steps: {
        "Step first": [[useTool("write", { file_path: "first.txt", content: "first\n" })], say("The first is done.")],
      },
    });
    await using model = await startKilledModel(
      script,
      (request) => !isPlannerRequest(request) && isOfSecond(firstUserTextOf(request)),
    );
    const sandbox = this.#sandbox;
    const session = `session_${++this.#sessions}`;
    const env = modelEnvironment(model.server);
    const killed = await sandbox.start(["--json", "--session", session, "Do both"], { env });
    await killed.until(model.inTheMiddle);
    killed.kill("SIGKILL");
    await killed.exited;
    const next = model.nextRequest();
    const start = performance.now();
    await using resumed = await sandbox.start(["--json", "--resume", session], { env });
    const request = await resumed.until(next);
    const recovered = recoveredNow(start, resumed.pid);
    if (isPlannerRequest(request) || !isOfSecond(firstUserTextOf(request))) {
      throw new Error("A finished step ran again.");
    }
    return recovered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

function isOfSecond(task: string): boolean {
  const [first, second] = [task.indexOf("Step first"), task.indexOf("Step second")];
  return second >= 0 && (first < 0 || second < first);
}
