import { strict as assert } from "node:assert";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import type { HostMessage } from "../../src/protocol/hostMessage.ts";
import type { ToolCall } from "../../src/protocol/monitorModel.ts";
import { Messages } from "../../src/vscode/messages.ts";
import { MonitorPanel } from "../../src/vscode/monitor/monitorPanel.ts";
import { createGate } from "../support/gate.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { createOwnEngine, type OwnEngine } from "./ownEngine.ts";
import { firstFolder } from "./product.ts";

/** A panel whose page is the test: what is posted to it is kept, and it says what the test wants. */
class TestPanel {
  readonly posted: HostMessage[] = [];
  readonly said = new vscode.EventEmitter<unknown>();
  readonly viewStateChanged = new vscode.EventEmitter<void>();
  #waiting: (() => void)[] = [];
  visible = true;
  active = true;
  title = "";
  iconPath: unknown;
  readonly onDidChangeViewState = this.viewStateChanged.event;
  readonly webview = {
    html: "",
    cspSource: "https://example.invalid",
    onDidReceiveMessage: this.said.event,
    asWebviewUri: (uri: vscode.Uri) => uri,
    postMessage: async (message: HostMessage) => {
      this.posted.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
      return true;
    },
  };

  /** Resolves when something of what was posted fits. */
  async until(fits: (posted: readonly HostMessage[]) => boolean): Promise<void> {
    while (!fits(this.posted)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  show(isVisible: boolean): void {
    this.visible = isVisible;
    this.active = isVisible;
    this.viewStateChanged.fire();
  }
}

/** A session that has written some words and waits at `gate`, and its monitor. */
async function watch(engine: OwnEngine, url: string) {
  process.env["ANTHROPIC_BASE_URL"] = url;
  const { orchestrator } = await engine.host.get();
  const folder = { name: "folder", path: firstFolder().fsPath };
  const running = await orchestrator.start({ goal: "Watch me", workspaceFolders: [folder] });
  const panel = new TestPanel();
  const monitor = new MonitorPanel({
    host: engine.host,
    messages: new Messages(engine.logger),
    logger: engine.logger,
    extensionUri: vscode.Uri.file("/extension"),
    showSession: () => {},
    sessionId: running.sessionId,
    panel: panel as unknown as vscode.WebviewPanel,
    target: {},
  });
  return { running, panel, monitor };
}

const textOf = (posted: readonly HostMessage[]): string => JSON.stringify(posted);
const page = { type: "ready" };

function callsIn(posted: readonly HostMessage[]): readonly ToolCall[] {
  return posted.flatMap((message) => {
    if (message.type === "snapshot") return message.content.calls;
    return message.type === "delta" ? (message.changes.calls ?? []) : [];
  });
}

describe("the monitor's panel", () => {
  it("ignores and logs what does not fit the protocol, and goes on", async () => {
    const gate = createGate();
    await using server = await startModelServer({ script: oneStep([stall(4, gate, say("Some words ", "and more."))]) });
    await using engine = await createOwnEngine();
    const { running, panel, monitor } = await watch(engine, server.url);
    panel.said.fire(page);
    await panel.until((posted) => textOf(posted).includes("Some words"));
    const misfits: unknown[] = [
      undefined,
      "stop",
      { type: "stop", force: true },
      { type: "answerApproval", approvalId: "../../x", decision: "allow" },
      { type: "answerApproval", approvalId: "approval_1", decision: "always" },
      { type: "openFile", path: "/etc/passwd" },
      { type: "runCommand", command: "workbench.action.quit" },
    ];
    const before = engine.complaints.length;
    for (const misfit of misfits) panel.said.fire(misfit);
    const complaints = engine.complaints.slice(before);
    assert.equal(complaints.length, misfits.length);
    for (const complaint of complaints) assert.match(complaint, /did not fit the monitor's protocol/);
    gate.open();
    await running.ended;
    await panel.until((posted) => textOf(posted).includes('"status":"completed"'));
    monitor.dispose();
  });

  it("posts nothing while it is hidden, and everything at once when it is shown again", async () => {
    const gate = createGate();
    await using server = await startModelServer({
      script: oneStep([stall(4, gate, say("Seen words ", "and words that came while nobody looked."))]),
    });
    await using engine = await createOwnEngine();
    const { running, panel, monitor } = await watch(engine, server.url);
    panel.said.fire(page);
    await panel.until((posted) => textOf(posted).includes("Seen words"));
    panel.show(false);
    const count = panel.posted.length;
    gate.open();
    await running.ended;
    assert.equal(panel.posted.length, count);
    panel.show(true);
    await panel.until((posted) => textOf(posted).includes('"status":"completed"'));
    assert.match(textOf(panel.posted), /words that came while nobody looked/);
    monitor.dispose();
  });

  it("is titled after its goal, whose hidden characters show", async () => {
    const gate = createGate();
    await using server = await startModelServer({ script: oneStep([stall(4, gate, say("Words ", "more."))]) });
    await using engine = await createOwnEngine();
    const { running, panel, monitor } = await watch(engine, server.url);
    panel.said.fire(page);
    await panel.until((posted) => posted.length > 0);
    assert.equal(panel.title, "Watch me");
    assert.match(panel.webview.html, /default-src 'none'/);
    running.stop("test");
    await running.ended;
    gate.open();
    monitor.dispose();
  });

  it("opens what a tool did to a file as a comparison, and nothing a page only claims", async () => {
    await using server = await startModelServer({
      script: oneStep([useTool("write", { file_path: "seen.md", content: "Written by the agent.\n" }), say("Done.")]),
    });
    await using engine = await createOwnEngine();
    const { running, panel, monitor } = await watch(engine, server.url);
    panel.said.fire(page);
    await running.ended;
    await panel.until((posted) => textOf(posted).includes('"change":"created"'));
    const toolUseId = callsIn(panel.posted).findLast(({ effects }) => effects.length > 0)?.toolUseId;
    const wish = { type: "openDiff", sessionId: running.sessionId, toolUseId, path: "seen.md" };
    const before = engine.complaints.length;
    panel.said.fire({ ...wish, path: "../../etc/passwd" });
    panel.said.fire({ ...wish, toolUseId: "another" });
    assert.equal(engine.complaints.length, before + 2);
    panel.said.fire(wish);
    const opened = (): vscode.TabInputTextDiff | undefined =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .map(({ input }) => input)
        .find((input) => input instanceof vscode.TabInputTextDiff);
    while (!opened()) await new Promise<void>((resolve) => vscode.window.tabGroups.onDidChangeTabs(() => resolve()));
    const diff = opened();
    assert.equal(diff?.modified.scheme, "ai-orchestrator-content");
    assert.equal(diff?.original.path, "/seen.md");
    monitor.dispose();
  });
});
