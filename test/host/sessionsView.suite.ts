import { strict as assert } from "node:assert";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { VersionFiles } from "../../src/vscode/snapshots/versionFiles.ts";
import { SessionFeed } from "../../src/vscode/views/sessionFeed.ts";
import type { SessionNode } from "../../src/vscode/views/sessionNodes.ts";
import { SessionsView } from "../../src/vscode/views/sessionsView.ts";
import { createOwnEngine, type OwnEngine } from "./ownEngine.ts";

function open(engine: OwnEngine): { feed: SessionFeed; view: SessionsView } {
  const feed = new SessionFeed(engine.host);
  const words = (error: unknown): string => `In words: ${String(error)}`;
  return { feed, view: new SessionsView({ feed, files: new VersionFiles(engine.host), words }) };
}

async function children(view: SessionsView, node: SessionNode | undefined): Promise<SessionNode[]> {
  return await view.getChildren(node);
}

function labelOf(view: SessionsView, node: SessionNode): string {
  return String(view.getTreeItem(node).label);
}

/** What the view tells VS Code to draw anew, once something was told. */
function changed(view: SessionsView): Promise<SessionNode | undefined> {
  return new Promise((resolve) => {
    const listener = view.onDidChangeTreeData((node) => {
      listener.dispose();
      resolve(node);
    });
  });
}

describe("the Sessions view", () => {
  it("shows sessions by pages of a hundred, newest first, and more on demand", async () => {
    await using engine = await createOwnEngine();
    const { sessions } = await engine.host.get();
    for (let number = 0; number < 230; number += 1) {
      await sessions.createSession({ initialState: { workflow: { goal: `Goal ${number}`, status: "completed" } } });
    }
    const { view } = open(engine);
    const [today, more, ...nothing] = await children(view, undefined);
    assert.deepEqual(nothing, []);
    assert.ok(today?.kind === "group" && more?.kind === "more");
    const first = await children(view, today);
    assert.equal(first.length, 100);
    // Sessions of one millisecond may stand in any order.
    const times = first.map((node) => (node.kind === "session" ? node.row.createdAt : ""));
    assert.deepEqual(times, times.toSorted().toReversed());
    const drawn = changed(view);
    await view.loadMore();
    assert.equal(await drawn, undefined);
    const [group] = await children(view, undefined);
    assert.equal((await children(view, group)).length, 200);
    await view.loadMore();
    const [all, end] = await children(view, undefined);
    assert.equal((await children(view, all)).length, 230);
    assert.equal(end, undefined);
  });

  it("draws one session anew when only that one changed", async () => {
    await using engine = await createOwnEngine();
    const { sessions } = await engine.host.get();
    await sessions.createSession({
      sessionId: "one",
      initialState: { workflow: { goal: "One", status: "completed" } },
    });
    await sessions.createSession({
      sessionId: "two",
      initialState: { workflow: { goal: "Two", status: "completed" } },
    });
    const { feed, view } = open(engine);
    const [group] = await children(view, undefined);
    await children(view, group);
    const drawn = changed(view);
    await sessions.rename("one", "The first");
    feed.refreshSoon();
    const node = await drawn;
    assert.ok(node?.kind === "session" && node.row.sessionId === "one");
    assert.equal(labelOf(view, node), "The first");
  });

  it("shows what a hostile goal hides, and makes no markup of it", async () => {
    await using engine = await createOwnEngine();
    const { sessions } = await engine.host.get();
    const goal = "Good\u202e\u001b[2J [x](command:workbench.action.quit)";
    await sessions.createSession({ sessionId: "hostile", initialState: { workflow: { goal, status: "completed" } } });
    const { view } = open(engine);
    const [group] = await children(view, undefined);
    const [node] = await children(view, group);
    const item = view.getTreeItem(node!);
    assert.match(String(item.label), /^Good⟨U\+202E⟩␛\[2J/);
    assert.ok(item.tooltip instanceof vscode.MarkdownString);
    assert.notEqual(item.tooltip.isTrusted, true);
    assert.doesNotMatch(item.tooltip.value, /[^\\]\]\(command/);
    assert.doesNotMatch(item.tooltip.value, /[\u202e\u001b]/);
  });

  it("says in words what keeps the store from opening, and tries again when asked", async () => {
    await using engine = await createOwnEngine();
    await mkdir(dirname(engine.home), { recursive: true });
    await writeFile(engine.home, "a file where the home should be");
    const { view } = open(engine);
    const [problem] = await children(view, undefined);
    assert.ok(problem?.kind === "problem");
    const item = view.getTreeItem(problem);
    assert.match(String(item.description), /^In words: /);
    assert.equal(item.command?.command, "aiOrchestrator.refreshSessions");
    await vscode.workspace.fs.delete(vscode.Uri.file(engine.home));
    assert.deepEqual(await children(view, undefined), []);
  });
});
