import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { activateProduct } from "./product.ts";
import { openProductHome } from "./ownEngine.ts";
import { recordSession } from "./recordedSession.ts";

/** The text of the document in front. */
function shownText(): string {
  return vscode.window.activeTextEditor?.document.getText() ?? "";
}

describe("the session store", () => {
  it("is examined on demand, and what is found is a document", async () => {
    await activateProduct();
    await using engine = openProductHome();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Be examined",
      files: { "a.txt": "a\n" },
    });
    await vscode.commands.executeCommand("aiOrchestrator.doctor");
    const text = shownText();
    assert.match(text, /^# Session store\n\nExamined \//);
    assert.match(text, /## ✓ Sessions \(\d+, with \d+ events\)/);
    assert.match(text, /Everything is in order\./);
    await session.addStep("More", { "a.txt": "b\n" });
    await vscode.commands.executeCommand("aiOrchestrator.doctor");
    assert.notEqual(shownText(), text);
  });
});
