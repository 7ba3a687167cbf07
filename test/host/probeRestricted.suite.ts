import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";

describe("the extension host of a restricted folder", () => {
  it("runs an extension that says it can be limited, and tells it that the folder is not trusted", async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    assert.equal(await vscode.commands.executeCommand("probe.hello", "host"), "Hello, host");
  });
});
