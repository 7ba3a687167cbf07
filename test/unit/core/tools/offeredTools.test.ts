import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunnerTools } from "../../../../src/core/agents/agentRun.ts";
import type { AgentTool } from "../../../../src/core/tools/tool.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { DoorScene, type DoorOptions } from "./doorHarness.ts";

let disk: TemporaryFolder;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({ "work/a.txt": "one" });
});

afterEach(() => disk[Symbol.asyncDispose]());

const scene = (options: Partial<DoorOptions> = {}) => new DoorScene({ disk, clock: new FakeClock(), ...options });

describe("tools for the SDK's runner", () => {
  it("are those of the agent, with the parameters of the SDK's own", () => {
    const { door, agent } = withAgent(["read", "edit", "glob", "unknown", "read"]);
    const tools: RunnerTools = door.toRunnableTools(agent.calling);
    expect(tools.map((tool) => "name" in tool && tool.name)).toEqual(["read", "edit", "glob"]);
    const [read, edit, glob] = door.toRunnableTools(agent.calling);
    expect(read?.input_schema).toMatchObject({
      type: "object",
      required: ["file_path"],
      properties: { file_path: { type: "string" }, view_range: { type: "array", minItems: 2, maxItems: 2 } },
    });
    expect(edit?.input_schema.required).toEqual(["file_path", "old_string", "new_string"]);
    expect(Object.keys(glob?.input_schema.properties ?? {})).toEqual(["pattern", "path", "summary"]);
    expect(JSON.stringify(tools)).not.toContain("$schema");
  });

  it("include the engine's own, with the schema they bring", () => {
    const own: AgentTool = {
      name: "submit",
      description: "Hands in.",
      inputSchema: z.unknown(),
      jsonSchema: { type: "object", properties: { x: { type: "string" } } },
      intent: () => ({ access: "none", subject: "" }),
      run: () => Promise.resolve({ content: "" }),
    };
    const { door } = scene();
    const agent = scene().agent({ names: ["read"], extraTools: [own as AgentTool<never>] });
    expect(door.toRunnableTools(agent.calling)[1]).toMatchObject({
      name: "submit",
      input_schema: { type: "object", properties: { x: { type: "string" } } },
    });
  });

  it("return what the door answers, and throw it as the SDK's error when it is one", async () => {
    const { door, agent } = withAgent(["read"]);
    const [read] = door.toRunnableTools(agent.calling);
    const context = { toolUse: { id: "toolu_7" } };
    expect(await read?.run(read.parse({ file_path: "a.txt" }), context)).toBe("one");
    expect(agent.last("tool_use")).toMatchObject({ toolUseId: "toolu_7", tool: "read" });
    const { ToolError } = await import("@anthropic-ai/sdk/lib/tools/ToolError");
    const failed = read?.run(read.parse({ file_path: 7 }), context);
    await expect(failed).rejects.toBeInstanceOf(ToolError);
    await expect(failed).rejects.toMatchObject({ content: expect.stringContaining("file_path: Invalid input") });
  });

  function withAgent(names: string[]) {
    const made = scene();
    return { door: made.door, agent: made.agent({ names }) };
  }
});

describe("tools the provider runs", () => {
  it("are offered when a rule allows, with its limits, and nobody is asked", async () => {
    const made = scene({ rules: [{ tool: "search_web", decision: "allow", domains: ["nodejs.org"], maxUses: 4 }] });
    expect(await made.door.offer("search_web", made.agent().calling)).toEqual({
      offered: true,
      tool: {
        name: "search_web",
        definition: {
          type: "web_search_20260318",
          name: "web_search",
          allowed_callers: ["direct"],
          allowed_domains: ["nodejs.org"],
          max_uses: 4,
        },
      },
    });
    expect(made.asked).toEqual([]);
  });

  it("are asked for once in a session when the person says so", async () => {
    const made = scene({ answer: () => ({ decision: "allow_session", by: "user" }) });
    const agent = made.agent();
    expect(await made.door.offer("fetch_web", agent.calling)).toMatchObject({ offered: true });
    expect(await made.door.offer("fetch_web", made.agent({ agentId: "coder_2" }).calling)).toMatchObject({
      offered: true,
    });
    expect(made.asked.map(({ tool, subject }) => [tool, subject])).toEqual([["fetch_web", "fetch_web: any site"]]);
    expect(agent.kinds()).toEqual(["approval_requested", "approval_resolved"]);
  });

  it("are withheld with the reason when denied by a rule or a person", async () => {
    const denied = scene({ rules: [{ tool: "*_web", decision: "deny" }] });
    expect(await denied.door.offer("fetch_web", denied.agent().calling)).toEqual({
      offered: false,
      reason: "approval.ruleDenied",
    });
    const alone = scene({ answer: () => ({ decision: "deny", by: "no terminal", reason: "approval.nobodyToAsk" }) });
    expect(await alone.door.offer("fetch_web", alone.agent().calling)).toEqual({
      offered: false,
      reason: "approval.nobodyToAsk",
    });
  });

  it("are asked for every time once content from outside was read", async () => {
    const made = scene({ rules: [{ tool: "fetch_web", decision: "allow" }] });
    await made.door.offer("fetch_web", made.agent({ taintSources: ["search_web"] }).calling);
    expect(made.asked).toMatchObject([{ severity: "tainted", taint: ["search_web"] }]);
  });
});
