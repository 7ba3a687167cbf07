/** Drives the demo model as the product does: through the SDK's tool runner, with real tools on a real folder. */
import { Anthropic } from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { z } from "zod";
import { createDemoFetch } from "../../../../../src/core/model/demo/demoFetch.ts";
import { PathGuard } from "../../../../../src/core/policy/pathGuard.ts";
import type { WorkspaceFolder } from "../../../../../src/core/ports.ts";
import { FileChanges } from "../../../../../src/core/tools/fileChanges.ts";
import { FileLocks } from "../../../../../src/core/tools/fileLocks.ts";
import { GlobTool } from "../../../../../src/core/tools/globTool.ts";
import { GrepTool } from "../../../../../src/core/tools/grepTool.ts";
import type { AgentTool } from "../../../../../src/core/tools/tool.ts";
import { ReadTool } from "../../../../../src/core/tools/workspaceFileTools.ts";
import { WriteMarkdownTool } from "../../../../../src/core/tools/writeMarkdown.ts";
import { brokenRule } from "../../../../support/modelServerRules.ts";
import { Call } from "../../tools/toolHarness.ts";

type Runner = ReturnType<Anthropic["beta"]["messages"]["toolRunner"]>;
export type Tools = Parameters<Anthropic["beta"]["messages"]["toolRunner"]>[0]["tools"];

export interface DemoRun {
  /** Text of the last turn. */
  readonly text: string;
  /** Names of the tools called, in order. */
  readonly called: readonly string[];
  readonly turns: number;
  /** The whole conversation at the end. */
  readonly messages: Runner["params"]["messages"];
}

/** A client of the demo model that fails when a request breaks a rule of the Messages API. */
export function demoClient(): Anthropic {
  const answer = createDemoFetch();
  return new Anthropic({
    apiKey: "demo",
    baseURL: "http://demo.invalid",
    maxRetries: 0,
    fetch: (input, init) => {
      const problem = brokenRule(JSON.parse(String(init?.body)), { purpose: "create", wasPaused: () => false });
      if (problem !== undefined) throw new Error(`The request breaks a rule: ${problem}`);
      return answer(input, init);
    },
  });
}

export interface DemoTask {
  readonly task: string;
  readonly tools: Tools;
  readonly system?: string;
  /** Told of every text delta, as it arrives. */
  readonly onText?: (text: string) => void;
}

/** One agent from its task to its end. */
export async function runDemo({ task, tools, system, onText }: DemoTask): Promise<DemoRun> {
  const runner = demoClient().beta.messages.toolRunner({
    model: "demo",
    max_tokens: 32_000,
    messages: [{ role: "user", content: task }],
    tools,
    stream: true,
    thread: false,
    max_iterations: 12,
    ...(system === undefined ? {} : { system }),
  });
  const called: string[] = [];
  let text = "";
  let turns = 0;
  for await (const stream of runner) {
    let streamed = "";
    for await (const event of stream) {
      if (event.type !== "content_block_delta" || event.delta.type !== "text_delta") continue;
      streamed += event.delta.text;
      onText?.(event.delta.text);
    }
    const message = await stream.finalMessage();
    turns += 1;
    text = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
    if (text !== streamed) throw new Error("The deltas do not add up to the text.");
    called.push(...message.content.flatMap((block) => (block.type === "tool_use" ? [block.name] : [])));
  }
  return { text, called, turns, messages: runner.params.messages };
}

/** The product's own tools on real folders, without the rules and questions around them. */
export function workspaceTools(
  folders: readonly WorkspaceFolder[],
  names: readonly string[] = ["glob", "grep", "read", "write_md"],
): Tools {
  const guard = new PathGuard({ folders, home: "/nonexistent/home" });
  const mayShow = (): boolean => true;
  const tools = [
    runnable(new GlobTool({ guard, mayShow }), guard),
    runnable(new GrepTool({ guard, mayShow, searchPath: "" }), guard),
    runnable(new ReadTool(guard), guard),
    runnable(new WriteMarkdownTool(new FileChanges({ guard, locks: new FileLocks() })), guard),
  ];
  return tools.filter((tool) => names.includes(tool.name));
}

/** A tool of the product for the SDK's runner; paths go through the guard, and a failure becomes an error result. */
export function runnable<Input>(tool: AgentTool<Input>, guard: PathGuard) {
  return betaTool({
    name: tool.name,
    description: tool.description,
    inputSchema: (tool.jsonSchema ?? z.toJSONSchema(tool.inputSchema, { io: "input" })) as { type: "object" },
    run: async (input: unknown) => {
      const { content, isError } = await new Call(guard).run(tool, input);
      if (isError === true) throw new Error(content);
      return content;
    },
  });
}
