import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createGate } from "../../../support/gate.ts";
import { oneStep } from "../../../support/goalScenarios.ts";
import { say, slow, useTool } from "../../../support/modelServerReplies.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const exporter = new InMemorySpanExporter();

beforeEach(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  exporter.reset();
});

const SECRET = "a goal that stays here";
/** The client of the model has spans of its own. */
const OWN = /^(?:invoke_workflow|invoke_agent|execute_tool)\b/;

test("a session is a workflow of agents and their tools, without what anybody said", async () => {
  vi.stubEnv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content");
  const script = oneStep([useTool("glob", { pattern: "*.secret" }), say("An answer that stays here.")]);
  await using engine = await TestEngine.start({ script, settings: { "otel.enabled": true } });
  await engine.run(SECRET);
  const spans = exporter.getFinishedSpans();
  const nameOf = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const own = spans.filter(({ name }) => OWN.test(name));
  const tree = own.map(({ name, parentSpanContext }) => `${nameOf.get(parentSpanContext?.spanId ?? "")} > ${name}`);
  expect(new Set(tree)).toEqual(
    new Set([
      "undefined > invoke_workflow",
      "invoke_workflow > invoke_agent planner",
      "invoke_agent planner > execute_tool submit_plan",
      "invoke_workflow > invoke_agent coder",
      "invoke_agent coder > execute_tool glob",
    ]),
  );
  expect(tree).toHaveLength(5);
  const coder = spans.find(({ name }) => name === "invoke_agent coder");
  expect(coder?.attributes).toMatchObject({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "coder",
    "gen_ai.conversation.id": "session_test",
    "gen_ai.usage.output_tokens": expect.any(Number) as number,
  });
  const told = JSON.stringify(spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]));
  for (const said of [SECRET, "stays here", "*.secret"]) expect(told).not.toContain(said);
});

test("what is stopped in the middle ends as interrupted, all of it", async () => {
  const gate = createGate();
  const script = oneStep([slow({ hold: gate }, say("Never."))]);
  await using engine = await TestEngine.start({ script, settings: { "otel.enabled": true } });
  const running = await engine.engine.orchestrator.start({ goal: "Goal", workspaceFolders: engine.folders });
  await gate.reached();
  running.stop("a test");
  await running.ended;
  gate.open();
  const ended = exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes["error.type"]]);
  expect(ended).toContainEqual(["invoke_agent coder", "interrupted"]);
  expect(ended).toContainEqual(["invoke_workflow", "interrupted"]);
});

test("nothing is told unless it was asked for", async () => {
  await using engine = await TestEngine.start({ script: oneStep([say("Done.")]) });
  await engine.run("Goal");
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([]);
});
