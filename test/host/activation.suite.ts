import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";

describe("activation", () => {
  it("loads the extension without an error", async () => {
    const extension = vscode.extensions.getExtension("ai-orchestrator.ai-orchestrator");
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it("registers every command the manifest offers", async () => {
    const extension = vscode.extensions.getExtension("ai-orchestrator.ai-orchestrator");
    assert.ok(extension);
    await extension.activate();
    const manifest = extension.packageJSON as { contributes?: { commands?: { command: string }[] } };
    const offered = (manifest.contributes?.commands ?? []).map(({ command }) => command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      offered.filter((command) => !registered.has(command)),
      [],
    );
  });
});
