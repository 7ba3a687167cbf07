/** A session from a file goes on only where a person says, and whatever builds on it counts as told by somebody else. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../../src/core/events/event.ts";
import type { ApprovalRequest } from "../../../../src/core/ports.ts";
import { plan, say, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const step = (id: string, ...dependsOn: string[]) => ({
  ...{ id, title: `Title ${id}`, description: `Do the ${id} part.` },
  ...{ agentType: "coder", dependsOn },
});
const list = useTool("bash", { command: "ls" });
const IMPORTED = "imported session session_test";

let engine: TestEngine;
let here: TemporaryFolder;
let asked: ApprovalRequest[];
beforeEach(async () => {
  asked = [];
  here = await createTemporaryFolder();
  engine = await TestEngine.start({
    script: byAgent({
      planner: [
        plan({ summary: "", steps: [step("alpha"), step("beta", "alpha")] }),
        plan({ summary: "", steps: [step("beta")] }),
      ],
      steps: {
        "Do the alpha part.": [useTool("write", { file_path: "a.txt", content: "a" }), say("A")],
        "Do the beta part.": [say("B"), list, say("B2"), list, say("B3")],
      },
    }),
    approver: {
      request: async (request) => {
        asked.push(request);
        return { decision: "deny", by: "test" };
      },
    },
  });
  await engine.run("Goal");
  const file = here.join("session");
  await engine.engine.exporter.export({ sessionId: "session_test", file });
  await engine.engine.importer.import({ file });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const WORKSPACE = () => [{ name: "workspace", path: here.join("work") }];

async function ended(events: AsyncIterable<OrchestratorEvent>): Promise<OrchestratorEvent[]> {
  const all = await Array.fromAsync(events);
  expect(all.at(-1)).toMatchObject({ type: "workflow_completed" });
  return all;
}

test.each([["the same goal", undefined] as const, ["another goal", "Another"] as const])(
  "a fork with %s belongs to no folder until one is named, and its agents are tainted",
  async (_, goal) => {
    const { orchestrator, sessions } = engine.engine;
    const fork = { sessionId: "session_test_2", versionId: "v2", ...(goal === undefined ? {} : { goal }) };
    await expect(orchestrator.fork(fork)).rejects.toMatchObject({ code: "session.noFolder" });
    expect(await sessions.listSessions({ limit: 9 })).toHaveLength(2);
    await here.write({ "work/own.txt": "own" });
    const events = await ended(orchestrator.forkWorkflow({ ...fork, workspaceFolders: WORKSPACE() }));
    expect(asked).toMatchObject([{ tool: "bash", severity: "tainted", taint: [IMPORTED] }]);
    const done = events.filter((event) => event.type === "step_completed");
    expect(done.map(({ taint }) => taint)).toEqual([[expect.stringContaining(IMPORTED) as string]]);
  },
);

test("going on with it, in a new folder that has the files of a version, taints them and its agents", async () => {
  const { orchestrator } = engine.engine;
  const request = { sessionId: "session_test_2", versionId: "v2" };
  await expect(orchestrator.resume(request)).rejects.toMatchObject({ code: "session.noFolder" });
  const workspace = { kind: "newFolder", path: here.join("new") } as const;
  await ended(orchestrator.resumeWorkflow({ ...request, workspace }));
  expect(await here.read("new/a.txt")).toBe("a");
  expect(asked).toMatchObject([{ tool: "bash", severity: "tainted", taint: [IMPORTED] }]);
});

test("what this machine's own session says taints nobody", async () => {
  await ended(engine.engine.orchestrator.forkWorkflow({ sessionId: "session_test", versionId: "v2" }));
  expect(asked).toMatchObject([{ tool: "bash", severity: "normal", taint: [] }]);
});
