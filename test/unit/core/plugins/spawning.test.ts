/** Agents that plugins spawn, within the limit of the session. */
import { describe, expect, it } from "vitest";
import { planOf, step } from "../../../support/goalScenarios.ts";
import { say, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

const spawning = (name: string, ...tasks: string[]) =>
  pluginText({
    name,
    permissions: ["agents:spawn"],
    execute: `const agents = await Promise.all(${JSON.stringify(tasks)}.map((task) => context.spawnAgent({ agentType: "writer", task })));
      return agents.map(({ text }) => text);`,
  });

describe("agents that a plugin spawns", () => {
  it("are no more at once than the run may have", async () => {
    await using scene = await PluginScene.start({
      plugins: { "boss.js": spawning("boss", "First.", "Second.", "Third.") },
      settings: { maxConcurrentAgents: 4 },
      script: byAgent({
        planner: [planOf(step("work"))],
        steps: {
          "Step work": [useTool("plugin__boss__execute", {}), say("Done.")],
          "First.": [say("1")],
          "Second.": [say("2")],
          "Third.": [say("3")],
        },
      }),
    });
    scene.events = await scene.test.run("Use the plugins", { concurrency: 1 });
    expect(scene.results("plugin__boss__execute")).toEqual([{ content: '["1","2","3"]', isError: false }]);
    const order = scene.events.flatMap((event) =>
      (event.type === "agent_initialized" || event.type === "agent_completed") && event.batchId === "plugin_boss"
        ? [event.type]
        : [],
    );
    expect(order).toEqual([1, 2, 3].flatMap(() => ["agent_initialized", "agent_completed"]));
  });

  it("may use a plugin that spawns as well: nobody waits for a place that is never free", async () => {
    await using scene = await PluginScene.start({
      plugins: { "boss.js": spawning("boss", "First.", "Second."), "helper.js": spawning("helper", "Deep.") },
      settings: { maxConcurrentAgents: 1 },
      script: byAgent({
        planner: [planOf(step("work"))],
        steps: {
          "Step work": [useTool("plugin__boss__execute", {}), say("Done.")],
          "First.": [useTool("plugin__helper__execute", {}), say("1")],
          "Second.": [useTool("plugin__helper__execute", {}), say("2")],
          "Deep.": [say("deep"), say("deep")],
        },
      }),
    });
    await scene.run();
    expect(scene.results("plugin__helper__execute")).toEqual(
      [1, 2].map(() => ({ content: '["deep"]', isError: false })),
    );
    expect(scene.results("plugin__boss__execute")).toEqual([{ content: '["1","2"]', isError: false }]);
  });
});
