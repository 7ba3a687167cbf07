/**
 * The peer's program: `dbosProgram.mjs DATABASE_URL MODEL_URL`. A workflow of the same model requests as our session,
 * each a step. Started again after a kill, it goes on with the step that was under way, by itself.
 */
import { DBOS } from "@dbos-inc/dbos-sdk";

const [, , systemDatabaseUrl, modelUrl] = process.argv;
const WORKFLOW_ID = "bench";
/** Planner, one step, and the step that is killed. */
const REQUESTS = ["planner", "first", "second"];

/** The least an agent can do: no client library, no parsing. */
async function ask(/** @type {string} */ name) {
  const response = await fetch(`${modelUrl}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "key" },
    body: JSON.stringify({
      model: "claude-sonnet-5-5",
      max_tokens: 1024,
      stream: true,
      messages: [{ role: "user", content: name }],
    }),
  });
  return await response.text();
}

const workflow = DBOS.registerWorkflow(
  async () => {
    for (const name of REQUESTS) await DBOS.runStep(() => ask(name), { name });
  },
  { name: "agents" },
);

DBOS.setConfig({ name: "bench", systemDatabaseUrl, logLevel: "error", applicationVersion: "1" });
await DBOS.launch();
const handle = await DBOS.startWorkflow(workflow, { workflowID: WORKFLOW_ID })();
await handle.getResult();
await DBOS.shutdown();
