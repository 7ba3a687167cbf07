import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";

/** What the probe extension found out about its host; see test/fixtures/probeExtension. */
interface Facts {
  readonly lazyPart: string;
  readonly worker: { readonly sqlite: string; readonly compressed: number };
  readonly secret: string;
  readonly home: string;
  readonly keyVisible: boolean;
}

describe("the extension host the tests run in", () => {
  it("activates an ES module when one of its commands is used", async () => {
    const extension = vscode.extensions.getExtension("test.probe");
    assert.ok(extension);
    assert.equal(extension.isActive, false);
    assert.equal(await vscode.commands.executeCommand("probe.hello", "host"), "Hello, host");
    assert.equal(extension.isActive, true);
  });

  it("loads a chunk when it is needed, a worker beside it with a database and zstd, and keeps a secret", async () => {
    const facts: Facts = await vscode.commands.executeCommand("probe.facts");
    assert.equal(facts.lazyPart, "loaded when needed");
    assert.match(facts.worker.sqlite, /^3\./);
    assert.ok(facts.worker.compressed > 0);
    assert.equal(facts.secret, "kept");
  });

  it("shows extensions a home of the tests' own and no key of the person's", async () => {
    const facts: Facts = await vscode.commands.executeCommand("probe.facts");
    assert.match(facts.home, /ai-orchestrator-/);
    assert.equal(facts.keyVisible, false);
  });

  it("opens the folder it was told to, trusted", () => {
    assert.equal(vscode.workspace.workspaceFolders?.length, 1);
    assert.equal(vscode.workspace.isTrusted, true);
  });
});
