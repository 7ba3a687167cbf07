/**
 * The peer of throughput: `langgraph.mjs chunks AGENTS CHUNKS` or `langgraph.mjs steps STEPS FILE`. Prints how many
 * milliseconds it took, as JSON.
 */
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { DatabaseSync } from "node:sqlite";

const [, , work, ...values] = process.argv;
process.stdout.write(`${JSON.stringify(work === "chunks" ? await chunks() : await steps())}\n`);

/** Parallel nodes that write to a stream with a consumer; nothing is durable. */
async function chunks() {
  const [agents = 0, count = 0] = values.map(Number);
  const graph = new StateGraph(Annotation.Root({ done: Annotation({ reducer: (a, b) => a + b, default: () => 0 }) }));
  for (let agent = 0; agent < agents; agent++) {
    graph.addNode(`agent${agent}`, async (_, { writer }) => {
      for (let index = 0; index < count; index++) {
        writer({ agent, content: String(index).padStart(20, "0") });
        // As an agent that reads a model's answer does.
        await Promise.resolve();
      }
      return { done: 1 };
    });
    graph.addEdge(START, `agent${agent}`);
    graph.addEdge(`agent${agent}`, END);
  }
  const compiled = graph.compile();
  const seen = Array.from({ length: agents }, () => 0);
  const start = performance.now();
  for await (const { agent, content } of await compiled.stream({}, { streamMode: "custom" })) {
    if (Number(content) !== seen[agent]++) throw new Error(`chunk ${content} of agent ${agent} is out of order`);
  }
  const milliseconds = performance.now() - start;
  if (seen.some((one) => one !== count)) throw new Error("text was lost");
  return { milliseconds };
}

/** One step after the other, each with a durable checkpoint before the next begins. */
async function steps() {
  const count = Number(values[0]);
  const compiled = new StateGraph(Annotation.Root({ step: Annotation(), result: Annotation() }))
    .addNode("work", ({ step }) => ({ step: step + 1, result: `The result of step ${String(step)}.` }))
    .addEdge(START, "work")
    .addConditionalEdges("work", ({ step }) => (step < count ? "work" : END))
    .compile({ checkpointer: new SqliteSaver(openDatabase(values[1] ?? "")) });
  const start = performance.now();
  await compiled.invoke(
    { step: 0, result: "" },
    { configurable: { thread_id: "bench" }, recursionLimit: count + 10, durability: "sync" },
  );
  return { milliseconds: performance.now() - start };
}

/**
 * The saver's own driver has to be compiled where there is no ready one; Node's SQLite is the same database with the same
 * defaults, and takes the few calls the saver makes.
 */
function openDatabase(/** @type {string} */ file) {
  const database = new DatabaseSync(file);
  const bound = (/** @type {unknown[]} */ values) => values.map((value) => value ?? null);
  return {
    exec: (/** @type {string} */ sql) => database.exec(sql),
    prepare: (/** @type {string} */ sql) => {
      const statement = database.prepare(sql);
      return {
        run: (/** @type {any[]} */ ...values) => statement.run(...bound(values)),
        get: (/** @type {any[]} */ ...values) => statement.get(...bound(values)),
        all: (/** @type {any[]} */ ...values) => statement.all(...bound(values)),
      };
    },
    pragma: (/** @type {string} */ text) => database.exec(`PRAGMA ${text}`),
    transaction:
      (/** @type {(...values: unknown[]) => unknown} */ work) =>
      (/** @type {unknown[]} */ ...values) => {
        database.exec("BEGIN");
        const result = work(...values);
        database.exec("COMMIT");
        return result;
      },
  };
}
