import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { ChangeDecorations } from "../../src/vscode/snapshots/changeDecorations.ts";
import { SNAPSHOT_SCHEME, snapshotUri } from "../../src/vscode/snapshots/snapshotUri.ts";
import { VersionFiles } from "../../src/vscode/snapshots/versionFiles.ts";
import { SessionFeed } from "../../src/vscode/views/sessionFeed.ts";
import type { ChangeNode, SessionNode, VersionNode } from "../../src/vscode/views/sessionNodes.ts";
import { SessionsView } from "../../src/vscode/views/sessionsView.ts";
import { createOwnEngine, openProductHome, type OwnEngine } from "./ownEngine.ts";
import { activateProduct } from "./product.ts";
import { recordSession, type RecordedSession } from "./recordedSession.ts";

function viewOf(engine: OwnEngine): SessionsView {
  const feed = new SessionFeed(engine.host);
  return new SessionsView({
    feed,
    files: new VersionFiles(engine.host),
    words: (error) => `In words: ${String(error)}`,
  });
}

/** What is below the snapshots of a session. */
async function versionsOf(view: SessionsView, { sessionId }: RecordedSession): Promise<SessionNode[]> {
  const session = await view.nodeOf(sessionId);
  const children = await view.getChildren(session);
  return await view.getChildren(children.find(({ kind }) => kind === "versions"));
}

async function version(view: SessionsView, session: RecordedSession, versionId: string): Promise<VersionNode> {
  const found = (await versionsOf(view, session)).find(
    (node) => node.kind === "version" && node.version.versionId === versionId,
  );
  assert.ok(found?.kind === "version", `${versionId} is not in the tree`);
  return found;
}

/** As they are read: label, description and badge. */
function shown(view: SessionsView, nodes: readonly SessionNode[]): string[] {
  return nodes.map((node) => {
    const { label, description, resourceUri } = view.getTreeItem(node);
    const badge = resourceUri && new ChangeDecorations().provideFileDecoration(resourceUri)?.badge;
    return [badge, label, description].filter(Boolean).join(" | ");
  });
}

async function changesOf(view: SessionsView, node: VersionNode): Promise<ChangeNode[]> {
  return (await view.getChildren(node)).filter((child): child is ChangeNode => child.kind === "change");
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText();
}

const NAME_OF_BYTES = Buffer.from([0x6e, 0x6f, 0xff, 0x74, 0x65]);

describe("the snapshots of a session", () => {
  it("are versions in the tree, newest first, with the files each changed and what it leaves out", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Write a report",
      files: {
        "a.txt": "a\n",
        "src/deep/b.txt": "b\n",
        "old.txt": "old\n",
        ".env": "TOKEN=1\n",
        ".gitignore": "build/\n",
      },
    });
    await session.addStep("Write report", { "report.md": "# Report\n", "a.txt": "A\n", "old.txt": null });
    await session.addStep("Look again", { "build/out.bin": "x" });
    const view = viewOf(engine);
    const nodes = await versionsOf(view, session);
    assert.deepEqual(shown(view, nodes), [
      'v3 after "Look again" | 0 files',
      'v2 after "Write report" | 3 files',
      "v1 as the session found it",
    ]);
    const [third, second, first] = nodes;
    assert.deepEqual(shown(view, await view.getChildren(second)), [
      "M | a.txt",
      "D | old.txt",
      "A | report.md",
      "Not in this snapshot | 1",
    ]);
    assert.deepEqual(shown(view, (await view.getChildren(third)).slice(0, 1)), ["Nothing differs from v2."]);
    const [note, leftOut] = await view.getChildren(first);
    assert.deepEqual(shown(view, [note!]), ["The folder before any agent changed it."]);
    assert.deepEqual(shown(view, await view.getChildren(leftOut)), [".env | looks like it holds secrets"]);
  });

  it("say what is pinned, what is no longer kept, and compare with the nearest that is", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), { goal: "Keep", files: { "a.txt": "1\n" } });
    await session.addStep("Two", { "a.txt": "2\n" });
    await session.addStep("Three", { "a.txt": "3\n" });
    await session.record(
      { type: "snapshots_removed", source: "test", versionIds: ["v2"], reason: "quota" },
      { type: "snapshot_pinned", source: "test", versionId: "v3", pinned: true },
    );
    const view = viewOf(engine);
    const nodes = await versionsOf(view, session);
    assert.deepEqual(shown(view, nodes), [
      'v3 after "Three" | 1 file · pinned',
      'v2 after "Two" | files no longer kept',
      "v1 as the session found it",
    ]);
    assert.deepEqual(
      nodes.map((node) => view.getTreeItem(node).contextValue),
      ["version.kept.pinned", "version", "version.kept"],
    );
    const [change] = await changesOf(view, await version(view, session, "v3"));
    assert.equal(change?.before.versionId, "v1");
  });

  it("are shown by pages of a hundred, files and versions alike", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), { goal: "Many", files: {} });
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, number) => [`f${1000 + number}.txt`, "x\n"]));
    await session.addStep("Many files", many);
    await session.record(
      ...Array.from({ length: 150 }, (_, number) => ({
        type: "snapshot_created" as const,
        source: "test",
        versionId: `v${number + 3}`,
        reason: "requested",
      })),
    );
    const view = viewOf(engine);
    const top = await versionsOf(view, session);
    assert.equal(top.length, 101);
    const more = top.at(-1);
    assert.ok(more?.kind === "more");
    assert.deepEqual(view.getTreeItem(more).command?.arguments, [more.within]);
    await view.loadMore(more.within);
    const all = await versionsOf(view, session);
    assert.equal(all.length, 152);
    const second = all.find((node) => node.kind === "version" && node.version.versionId === "v2");
    const page = await view.getChildren(second);
    assert.deepEqual([page.length, page.at(-1)?.kind], [101, "more"]);
    await view.loadMore(second);
    assert.equal((await view.getChildren(second)).length, 150);
  });

  it("say in words when their content is missing", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), { goal: "Lost", files: { "a.txt": "1\n" } });
    const manifest = "0".repeat(64);
    await session.record({ type: "snapshot_created", source: "test", versionId: "v2", reason: "requested", manifest });
    const view = viewOf(engine);
    const [note] = await view.getChildren(await version(view, session, "v2"));
    assert.ok(note?.kind === "note" && note.isProblem);
    assert.match(note.words, /^In words: /);
  });
});

describe("a file of a snapshot", () => {
  it("opens beside its state before, with its own name and language, whatever it is called", async () => {
    await activateProduct();
    await using engine = openProductHome();
    const odd = "odd %25 #1 ?x=[1] & new\nline/ü.ts";
    await using session = await recordSession(await engine.host.get(), {
      goal: "Odd names",
      files: { [odd]: "const before = 1;\n", "kept.txt": "kept\n" },
    });
    await writeFile(Buffer.concat([Buffer.from(`${session.folder.path}/`), NAME_OF_BYTES]), "bytes\n");
    await session.addStep("Change", { [odd]: "const after = 2;\n" });
    const view = viewOf(engine);
    const changes = await changesOf(view, await version(view, session, "v2"));
    assert.deepEqual(
      changes.map(({ change }) => change.path),
      ["no\udcffte", odd],
    );
    const [bytes, change] = changes;
    await vscode.commands.executeCommand("aiOrchestrator.openChange", change);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.equal(input.modified.scheme, SNAPSHOT_SCHEME);
    const [before, after] = await Promise.all(
      [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri)),
    );
    assert.deepEqual([before?.getText(), after?.getText()], ["const before = 1;\n", "const after = 2;\n"]);
    assert.equal(after?.languageId, "typescript");
    assert.match(vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? "", /^ü\.ts \(v1 ↔ v2\)$/);
    await vscode.commands.executeCommand("aiOrchestrator.openFileInSnapshot", bytes);
    assert.equal(vscode.window.activeTextEditor?.document.getText(), "bytes\n");
  });

  it("is empty where it was not there, and told when it is binary, a link, or not stored", async () => {
    await activateProduct();
    await using engine = openProductHome();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Kinds",
      files: { "picture.png": new Uint8Array([0x89, 0x50, 0, 1, 2, 0]), ".env": "TOKEN=1\n" },
    });
    const { manifest } = await version(viewOf(engine), session, "v1").then(({ version }) => version);
    const at = (path: string): vscode.Uri =>
      snapshotUri({ manifest: manifest ?? "", sessionId: session.sessionId, versionId: "v1", path });
    assert.equal(await textOf(at("nowhere.txt")), "");
    assert.match(await textOf(at("picture.png")), /^This file is binary: 6 bytes\.\nSHA-256 [0-9a-f]{64}$/);
    assert.match(await textOf(at(".env")), /holds no content of this file: looks like it holds secrets/);
  });

  it("that the store lost says so, and what to do", async () => {
    await activateProduct();
    const uri = snapshotUri({ manifest: "1".repeat(64), sessionId: "gone", versionId: "v9", path: "lost.txt" });
    const text = await textOf(uri);
    assert.match(text, /^lost\.txt as it was in v9 of the session gone cannot be shown\./);
    assert.match(text, /111111111111/);
    assert.match(text, /Check Session Store/);
    const broken = vscode.Uri.from({ scheme: SNAPSHOT_SCHEME, path: "/x.txt", query: "not json" });
    assert.match(await textOf(broken), /names no file of a snapshot/);
  });
});

describe("comparing", () => {
  it("shows all files a version changed in one editor", async () => {
    await activateProduct();
    await using engine = openProductHome();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Multi",
      files: { "a.txt": "a\n", "b.txt": "b\n" },
    });
    await session.addStep("Both", { "a.txt": "A\n", "c.txt": "C\n", "b.txt": null });
    const node = await version(viewOf(engine), session, "v2");
    await vscode.commands.executeCommand("aiOrchestrator.openSnapshot", node);
    assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, "v1 ↔ v2 · Multi (3 files)");
  });

  it("with the folder has the files themselves on its right side", async () => {
    await activateProduct();
    await using engine = openProductHome();
    await using session = await recordSession(await engine.host.get(), { goal: "Folder", files: { "a.txt": "a\n" } });
    await session.addStep("Change", { "a.txt": "A\n" });
    await session.folder.write({ "a.txt": "mine\n" });
    const [change] = await changesOf(viewOf(engine), await version(viewOf(engine), session, "v2"));
    await vscode.commands.executeCommand("aiOrchestrator.compareWithWorkspace", change);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.equal(await textOf(input.original), "A\n");
    assert.equal(input.modified.toString(), vscode.Uri.file(session.folder.join("a.txt")).toString());
    await vscode.commands.executeCommand(
      "aiOrchestrator.compareWithWorkspace",
      await version(viewOf(engine), session, "v1"),
    );
    assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, "v1 ↔ the folder now (1 file)");
  });
});
