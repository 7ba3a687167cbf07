import { strict as assert } from "node:assert";
import { afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { PlannedChange } from "../../src/core/sessions/restorePlan.ts";
import { Messages } from "../../src/vscode/messages.ts";
import { RestoreCommands } from "../../src/vscode/snapshots/restoreCommands.ts";
import type { ConflictAnswer, RestoreDialogs } from "../../src/vscode/snapshots/restoreDialogs.ts";
import { VersionFiles } from "../../src/vscode/snapshots/versionFiles.ts";
import { SessionFeed } from "../../src/vscode/views/sessionFeed.ts";
import type { SessionNode } from "../../src/vscode/views/sessionNodes.ts";
import { SessionsView } from "../../src/vscode/views/sessionsView.ts";
import { createOwnEngine, type OwnEngine } from "./ownEngine.ts";
import { recordSession, type RecordedSession } from "./recordedSession.ts";

/** A person who answers as a test says, and remembers what was asked. */
class Person implements RestoreDialogs {
  readonly asked: string[] = [];
  unsaved: "save" | "keep" | undefined = undefined;
  /** Paths that are not wanted; undefined cancels. */
  unwanted: readonly string[] | undefined = [];
  conflicts: Readonly<Record<string, ConflictAnswer | undefined>> = {};
  confirms = true;
  /** Happens while the question is on the screen. */
  meanwhile: () => Promise<void> = async () => {};

  async askAboutUnsaved(paths: readonly string[]): Promise<"save" | "keep" | undefined> {
    this.asked.push(`unsaved: ${paths.join(", ")}`);
    return this.unsaved;
  }

  async chooseChanges(_question: unknown, changes: readonly PlannedChange[]): Promise<ReadonlySet<string> | undefined> {
    this.asked.push(
      `changes: ${changes.map(({ path, change, isChosen }) => `${isChosen ? "+" : "-"}${path} ${change}`).join(", ")}`,
    );
    const { unwanted } = this;
    return unwanted && new Set(changes.map(({ path }) => path).filter((path) => !unwanted.includes(path)));
  }

  async decideConflict(question: Parameters<RestoreDialogs["decideConflict"]>[0]): Promise<ConflictAnswer | undefined> {
    const { conflict, merged } = question;
    this.asked.push(`conflict: ${conflict.path} ${conflict.reason}${merged ? `, ${merged.conflicts} marked` : ""}`);
    return this.conflicts[conflict.path];
  }

  async confirm(title: string, detail: string): Promise<boolean> {
    this.asked.push(`${title}\n${detail}`);
    await this.meanwhile();
    return this.confirms;
  }
}

const KEEP: ConflictAnswer = { decision: "keep", forAll: false };
const TAKE: ConflictAnswer = { decision: "take", forAll: false };
const MERGE: ConflictAnswer = { decision: "merge", forAll: false };

function commandsFor(engine: OwnEngine, dialogs: Person): RestoreCommands {
  return new RestoreCommands({ host: engine.host, messages: new Messages(engine.logger), dialogs });
}

async function nodeOf(
  engine: OwnEngine,
  { sessionId }: RecordedSession,
  find: (node: SessionNode) => boolean,
): Promise<SessionNode> {
  const feed = new SessionFeed(engine.host);
  const view = new SessionsView({ feed, files: new VersionFiles(engine.host), words: String });
  const open: SessionNode[] = [...(await view.getChildren(await view.nodeOf(sessionId)))];
  for (let node = open.shift(); node; node = open.shift()) {
    if (find(node)) return node;
    open.push(...(await view.getChildren(node)));
  }
  throw new Error("There is no such node.");
}

function versionNode(engine: OwnEngine, session: RecordedSession, versionId: string): Promise<SessionNode> {
  return nodeOf(engine, session, (node) => node.kind === "version" && node.version.versionId === versionId);
}

async function textsOf({ folder }: RecordedSession): Promise<Record<string, string>> {
  const files = await folder.files();
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path, await folder.read(path)])));
}

async function lastVersion(engine: OwnEngine, { sessionId }: RecordedSession): Promise<string | undefined> {
  const version = (await (await engine.host.get()).sessions.listVersions(sessionId)).at(-1);
  return version && `${version.versionId} ${version.reason}`;
}

function openTabs(): string[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
}

const LINES = ["one", "two", "three", "four", "five", "six", "seven"];
const text = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

describe("restoring a snapshot", () => {
  // In a browser VS Code saves by itself.
  before(() => vscode.workspace.getConfiguration("files").update("autoSave", "off", vscode.ConfigurationTarget.Global));
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("shows what changes, asks about conflicts, keeps what was there, and touches nothing of others", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Rewrite",
      files: { "a.txt": "a\n", "gone.txt": "gone\n", "b.txt": "b\n", "c.txt": "c\n" },
    });
    await session.addStep("Rewrite", {
      "a.txt": "A\n",
      "b.txt": "B\n",
      "c.txt": "C\n",
      "new.txt": "new\n",
      "gone.txt": null,
    });
    await session.folder.write({ "b.txt": "mine\n", "c.txt": "also mine\n", "others.txt": "others\n" });
    const person = new Person();
    person.conflicts = { "b.txt": KEEP, "c.txt": TAKE };
    let preview: string[] = [];
    person.meanwhile = async () => void (preview = openTabs());
    await commandsFor(engine, person).restore(await versionNode(engine, session, "v1"));
    assert.deepEqual(person.asked.slice(0, 3), [
      "changes: +a.txt modified, +gone.txt created, +new.txt deleted",
      "conflict: b.txt changed, 1 marked",
      "conflict: c.txt changed, 1 marked",
    ]);
    assert.equal(
      person.asked[3],
      [
        'Restore v1 of "Rewrite"?\na.txt changes\ngone.txt is created\nnew.txt is deleted',
        "Conflicts where the snapshot is taken:\nc.txt",
        "Conflicts that stay as they are:\nb.txt",
        "What is there now is kept as v3 first, so this can be undone.",
      ].join("\n\n"),
    );
    assert.deepEqual(preview, ['Restore v1 of "Rewrite": the folder now ↔ restored (5 files)']);
    assert.deepEqual(openTabs(), []);
    assert.deepEqual(await textsOf(session), {
      "a.txt": "a\n",
      "b.txt": "mine\n",
      "c.txt": "c\n",
      "gone.txt": "gone\n",
      "others.txt": "others\n",
    });
    assert.equal(await lastVersion(engine, session), "v3 before_restore");
    // And back again.
    await commandsFor(engine, person).restore(await versionNode(engine, session, "v3"));
    assert.equal(await session.folder.read("a.txt"), "A\n");
    assert.equal(await session.folder.read("c.txt"), "also mine\n");
  });

  it("merges a conflict where a person wants that", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Merge",
      files: { "a.txt": text(LINES) },
    });
    await session.addStep("Change the end", { "a.txt": text(LINES.with(6, "SEVEN")) });
    await session.folder.write({ "a.txt": text(LINES.with(6, "SEVEN").with(0, "MINE")) });
    const person = new Person();
    person.conflicts = { "a.txt": MERGE };
    await commandsFor(engine, person).restore(await versionNode(engine, session, "v1"));
    assert.equal(person.asked[0], "conflict: a.txt changed, 0 marked");
    assert.equal(await session.folder.read("a.txt"), text(LINES.with(0, "MINE")));
  });

  it("changes nothing when a person cancels at any question, or chooses nothing", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Stay",
      files: { "a.txt": "a\n", "b.txt": "b\n" },
    });
    await session.addStep("Change", { "a.txt": "A\n", "b.txt": "B\n" });
    await session.folder.write({ "b.txt": "mine\n" });
    const node = await versionNode(engine, session, "v1");
    const before = await textsOf(session);
    const cancelled = new Person();
    cancelled.unwanted = undefined;
    const undecided = new Person();
    const refused = new Person();
    refused.conflicts = { "b.txt": TAKE };
    refused.confirms = false;
    const choosy = new Person();
    choosy.unwanted = ["a.txt"];
    choosy.conflicts = { "b.txt": KEEP };
    for (const person of [cancelled, undecided, refused, choosy]) await commandsFor(engine, person).restore(node);
    assert.deepEqual(
      [cancelled, undecided, refused, choosy].map(({ asked }) => asked.length),
      [1, 2, 3, 2],
    );
    assert.deepEqual(await textsOf(session), before);
    assert.equal(await lastVersion(engine, session), "v2 step_completed");
    assert.deepEqual(openTabs(), []);
  });

  it("saves unsaved changes first if a person wants that, and leaves them alone otherwise", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Typing",
      files: { "a.txt": "a\n", "b.txt": "b\n" },
    });
    await session.addStep("Change", { "a.txt": "A\n", "b.txt": "B\n" });
    const document = await vscode.workspace.openTextDocument(session.folder.join("a.txt"));
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "typed "));
    assert.equal(document.isDirty, true);
    const node = await versionNode(engine, session, "v1");

    const careful = new Person();
    await commandsFor(engine, careful).restore(node);
    assert.deepEqual(careful.asked, ["unsaved: a.txt"]);

    const keeping = new Person();
    keeping.unsaved = "keep";
    await commandsFor(engine, keeping).restore(node);
    assert.deepEqual(await textsOf(session), { "a.txt": "A\n", "b.txt": "b\n" });
    assert.equal(document.getText(), "typed A\n");
    assert.equal(document.isDirty, true);

    const saving = new Person();
    saving.unsaved = "save";
    saving.conflicts = { "a.txt": TAKE };
    await commandsFor(engine, saving).restore(node);
    assert.deepEqual(saving.asked.slice(0, 2), ["unsaved: a.txt", "conflict: a.txt changed, 1 marked"]);
    assert.deepEqual(await textsOf(session), { "a.txt": "a\n", "b.txt": "b\n" });
    // What was typed is in the safety version.
    const engineNow = await engine.host.get();
    const safety = (await engineNow.sessions.listVersions(session.sessionId)).at(-1);
    const snapshots = await engineNow.snapshots.of([]);
    assert.equal(String(Buffer.from((await snapshots.read(safety?.manifest ?? "", "a.txt")) ?? [])), "typed A\n");
  });

  it("leaves a file alone that somebody began to edit while the last question was open", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Race",
      files: { "a.txt": "a\n", "b.txt": "b\n" },
    });
    await session.addStep("Change", { "a.txt": "A\n", "b.txt": "B\n" });
    const person = new Person();
    person.meanwhile = async () => {
      const document = await vscode.workspace.openTextDocument(session.folder.join("a.txt"));
      const editor = await vscode.window.showTextDocument(document);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "typed "));
    };
    await commandsFor(engine, person).restore(await versionNode(engine, session, "v1"));
    assert.deepEqual(await textsOf(session), { "a.txt": "A\n", "b.txt": "b\n" });
  });

  it("restores one file, or takes back what one step did", async () => {
    await using engine = await createOwnEngine();
    await using session = await recordSession(await engine.host.get(), {
      goal: "Parts",
      files: { "a.txt": "1\n", "b.txt": "1\n" },
    });
    await session.addStep("Both", { "a.txt": "2\n", "b.txt": "2\n" });
    await session.addStep("Again", { "a.txt": "3\n", "c.txt": "3\n" });
    const commands = commandsFor(engine, new Person());
    await commands.takeBack(await nodeOf(engine, session, (node) => node.kind === "step" && node.stepId === "step3"));
    assert.deepEqual(await textsOf(session), { "a.txt": "2\n", "b.txt": "2\n" });
    const change = await nodeOf(
      engine,
      session,
      (node) => node.kind === "change" && node.version.versionId === "v3" && node.change.path === "a.txt",
    );
    await commands.restore(change);
    assert.deepEqual(await textsOf(session), { "a.txt": "3\n", "b.txt": "2\n" });
  });
});
