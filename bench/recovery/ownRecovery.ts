/** Ours: the built terminal program, killed and started again with `--resume`. */
import { createCliSandbox } from "../../test/support/cliSandbox.ts";
import { planOf, step } from "../../test/support/goalScenarios.ts";
import { firstUserTextOf, isPlannerRequest } from "../../test/support/modelServerRequests.ts";
import { say, useTool } from "../../test/support/modelServerReplies.ts";
import { byAgent } from "../../test/support/modelServerScripts.ts";
import { modelEnvironment } from "../../test/support/cliSandbox.ts";
import { startKilledModel } from "./killedAgents.ts";
import { recoveredNow, type Recovered } from "./recovered.ts";

const SESSION = "session_bench";

/** Throws when a finished step ran again. */
export async function recoverOurs(): Promise<Recovered> {
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
  await using sandbox = await createCliSandbox();
  const env = modelEnvironment(model.server);
  const killed = await sandbox.start(["--json", "--session", SESSION, "Do both"], { env });
  await killed.until(model.inTheMiddle);
  killed.kill("SIGKILL");
  await killed.exited;
  const next = model.nextRequest();
  const start = performance.now();
  await using resumed = await sandbox.start(["--json", "--resume", SESSION], { env });
  const request = await resumed.until(next);
  const recovered = recoveredNow(start, resumed.pid);
  if (isPlannerRequest(request) || !isOfSecond(firstUserTextOf(request))) throw new Error("A finished step ran again.");
  return recovered;
}

function isOfSecond(task: string): boolean {
  const [first, second] = [task.indexOf("Step first"), task.indexOf("Step second")];
  return second >= 0 && (first < 0 || second < first);
}
