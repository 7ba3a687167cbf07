import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { refusesToRun } from "./refusals.ts";

describe("a window without a folder", () => {
  it("runs nothing", async () => {
    assert.equal(vscode.workspace.workspaceFolders, undefined);
    await refusesToRun();
  });
});
