import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { eventsOf, ofType, readText, rowOf, startSession } from "./product.ts";

const AGAIN_MILLISECONDS = 50;

/** Confirms the quick pick that comes up while `work` goes on; nothing tells an extension when one is there. */
async function confirming<Value>(work: Promise<Value>): Promise<Value> {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  while (!isDone) {
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS))]);
  }
  return await done;
}

describe("a window with several folders", () => {
  it("asks in which of them agents may work, and paths begin with a folder's name", async () => {
    await using server = await startModelServer({
      script: oneStep([
        [useTool("read", { file_path: "first/one.txt" })],
        [useTool("write", { file_path: "second/new.txt", content: "new\n" })],
        say("Done."),
      ]),
    });
    process.env["ANTHROPIC_BASE_URL"] = server.url;
    const sessionId = await confirming(startSession("runGoal", "Work in both"));
    const events = await eventsOf(sessionId);
    assert.equal(events.at(-1)?.type, "workflow_completed");
    assert.deepEqual(
      (await rowOf(sessionId)).folders.map(({ name }) => name),
      ["first", "second"],
    );
    assert.deepEqual(
      ofType(events, "tool_result").flatMap(({ tool, isError }) => (tool === "submit_plan" ? [] : [[tool, isError]])),
      [
        ["read", false],
        ["write", false],
      ],
    );
    const second = vscode.workspace.workspaceFolders?.[1];
    assert.ok(second);
    assert.equal(await readText(vscode.Uri.joinPath(second.uri, "new.txt")), "new\n");
  });
});
