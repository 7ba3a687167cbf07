import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { refusesToRun } from "./refusals.ts";

describe("a window with a folder that lies on no disk", () => {
  it("runs nothing", async () => {
    assert.deepEqual(
      vscode.workspace.workspaceFolders?.map(({ uri }) => uri.scheme),
      ["memory"],
    );
    await refusesToRun();
  });
});
