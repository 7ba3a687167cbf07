/** Snapshots as a person uses them: looked at in the tree, compared, restored with a conflict, and that undone. */
import { expect, it } from "vitest";
import { say } from "../support/modelServerReplies.ts";
import { byAgent } from "../support/modelServerScripts.ts";
import { NEW_TIDES, RELEASE_FILES, RELEASE_GOAL, releaseScript } from "../support/releaseGoal.ts";
import { folderAt } from "../support/temporaryFolder.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openProduct, productForTest, runGoal, sessionsView } from "../support/workbench/productWindow.ts";
import type { Product } from "../support/workbench/product.ts";
import type { Workbench } from "../support/workbench/workbench.ts";

const FIRST = "v1 as the session found it";
const SECOND = 'v2 after "Correct the tides"';
const THIRD = 'v3 after "Write the notes"';

/** A window in which the release was prepared, with the session's snapshots open in the tree. */
async function openReleased(): Promise<{ product: Product; workbench: Workbench }> {
  const product = await productForTest({
    files: RELEASE_FILES,
    settings: {
      "aiOrchestrator.monitor.openOnRun": false,
      "files.autoSave": "off",
      // What is typed is what is there.
      "editor.autoClosingBrackets": "never",
      "editor.autoClosingQuotes": "never",
      "editor.autoSurround": "never",
    },
  });
  product.play(releaseScript());
  const workbench = await openProduct(product);
  await runGoal(workbench, RELEASE_GOAL);
  await workbench.notification("The goal is reached").waitFor();
  await openSnapshots(workbench);
  return { product, workbench };
}

async function openSnapshots(workbench: Workbench): Promise<void> {
  await workbench.openContainer("AI Orchestrator");
  await workbench.expand(sessionsView, RELEASE_GOAL);
  await workbench.expand(sessionsView, "Snapshots");
  await workbench.treeItem(sessionsView, FIRST).waitFor();
}

/** What is below the snapshots, without times. */
async function snapshotLabels(workbench: Workbench): Promise<string[]> {
  const labels = await workbench.treeLabels(sessionsView);
  const from = labels.findIndex((label) => label.includes("Snapshots"));
  const to = labels.findIndex((label) => label.includes("Outputs"));
  return labels.slice(from + 1, to).map((label) => label.trim().replace(/, [^,]+, [^,]+ [AP]M$/, ""));
}

/** The text of the editor in front: of a comparison both sides, one after the other. */
async function editorText(workbench: Workbench): Promise<string> {
  const lines = await workbench.page.locator(".editor-instance .view-lines").allTextContents();
  return lines.join("\n").replaceAll("\u00a0", " ");
}

/** Takes an entry of the quick pick that asks this. */
async function answer(workbench: Workbench, question: string, choice: string): Promise<void> {
  await workbench.page.getByPlaceholder(question).waitFor();
  await workbench.choose(choice);
}

async function pressInline(workbench: Workbench, label: string, button: string): Promise<void> {
  const item = workbench.treeItem(sessionsView, label);
  await item.hover();
  await item.getByRole("button", { name: button }).click();
}

it("shows what each step changed, in editors that are there again after a reload", async () => {
  const { workbench } = await openReleased();
  const { page } = workbench;
  await expectSoon(() => snapshotLabels(workbench)).toEqual([`${THIRD}, 1 file`, `${SECOND}, 2 files`, FIRST]);
  // From "Snapshots", which has the focus, to the second of its versions.
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  await expectSoon(() => snapshotLabels(workbench)).toEqual([
    `${THIRD}, 1 file`,
    `${SECOND}, 2 files`,
    "src/stations.ts, created",
    "src/tides.ts, modified",
    "Not in this snapshot, 1",
    FIRST,
  ]);

  // One file, side by side.
  await workbench.treeItem(sessionsView, "src/tides.ts, modified").click();
  await page.getByRole("tab", { name: /^tides\.ts \(v1 ↔ v2\)/ }).waitFor();
  await expectSoon(() => editorText(workbench)).toMatch(/hours \/ 12\.42.*Height in metres/s);

  // All of them, also after a reload.
  await workbench.treeItem(sessionsView, SECOND).click();
  const all = page.getByRole("tab", { name: /^v1 ↔ v2 · Prepare release 2\.0 \(2 files\)/ });
  await all.waitFor();
  await expectSoon(() => editorText(workbench)).toMatch(/Brest.*Height in metres/s);
  await workbench.keptForNextStart("ai-orchestrator-snapshot");
  await workbench.reload();
  await all.waitFor();
  await expectSoon(() => editorText(workbench)).toMatch(/Brest.*Height in metres/s);
});

it("restores what a person chose, keeps what they changed, and undoes it", async () => {
  const { product, workbench } = await openReleased();
  const { page } = workbench;
  const { workspace } = product;
  await workspace.write({ "src/tides.ts": `${NEW_TIDES}// mine\n`, "src/others.ts": "// somebody else's\n" });
  await pressInline(workbench, FIRST, "Restore Snapshot…");

  // What would change, shown in the editor behind.
  await page.getByRole("tab", { name: /^Restore v1 of "Prepare release 2\.0": the folder now ↔ restored/ }).waitFor();
  for (const name of [/^RELEASE-NOTES\.md, is deleted/, /^stations\.ts, src · is deleted/]) {
    await expectSoon(() => page.getByRole("checkbox", { name }).isChecked()).toBe(true);
  }
  await page.keyboard.press("Enter");

  // The file that was changed since is a question of its own.
  await page.getByPlaceholder("Conflict 1 of 1: src/tides.ts · It was changed after the session wrote it.").waitFor();
  await page.getByRole("option", { name: /Keep mine/ }).click();

  const dialog = workbench.modal('Restore v1 of "Prepare release 2.0"?');
  await expectSoon(() => dialog.textContent()).toContain("What is there now is kept as v4 first");
  expect(await dialog.textContent()).toMatch(
    /RELEASE-NOTES\.md is deleted.*Conflicts that stay as they are:.*src\/tides\.ts/s,
  );
  expect(await workspace.files()).toContain("RELEASE-NOTES.md");
  await dialog.getByRole("button", { name: "Restore" }).click();

  const told = workbench.notification(/2 files restored\. What was there is kept as v4\./);
  await told.waitFor();
  const restored = [".env", "README.md", "src/others.ts", "src/tides.ts", "src/units.ts"];
  expect(await workspace.files()).toEqual(restored);
  expect(await workspace.read("src/tides.ts")).toBe(`${NEW_TIDES}// mine\n`);
  await expectSoon(() => snapshotLabels(workbench)).toContainEqual(expect.stringMatching(/^v4 before a restore/));

  await told.getByRole("button", { name: "Undo" }).click();
  await workbench.notification(/What was there is kept as v5\./).waitFor();
  expect(await workspace.files()).toEqual(
    ["RELEASE-NOTES.md", ...restored.slice(0, 3), "src/stations.ts", ...restored.slice(3)].toSorted(),
  );
});

it("compares any two snapshots, names one, keeps it, and gives up the others", async () => {
  const { product, workbench } = await openReleased();
  const { page } = workbench;
  await workbench.runCommand("AI Orchestrator: Create Snapshot");
  await answer(workbench, "A snapshot for which session?", RELEASE_GOAL);
  await workbench.answer("Create Snapshot", "Before the talk");
  await workbench.notification("Snapshot v4 is there: 0 files differ").waitFor();
  await expectSoon(() => snapshotLabels(workbench)).toContainEqual("v4 Before the talk, 0 files");

  await workbench.runCommand("AI Orchestrator: Compare Snapshots…");
  await answer(workbench, "Of which session?", RELEASE_GOAL);
  await answer(workbench, "Compare which snapshot?", "v4 Before the talk");
  await answer(workbench, "Compare v4 with which snapshot?", FIRST);
  await page.getByRole("tab", { name: /^v1 ↔ v4 · Prepare release 2\.0 \(3 files\)/ }).waitFor();
  await expectSoon(() => editorText(workbench)).toMatch(/Height in metres/);

  await workbench.chooseInMenu(workbench.treeItem(sessionsView, "v4 Before the talk"), "Pin Snapshot");
  await expectSoon(() => snapshotLabels(workbench)).toContainEqual("v4 Before the talk, 0 files · pinned");

  await workbench.chooseInMenu(workbench.treeItem(sessionsView, "Snapshots"), "Delete Snapshots (Keep Session)…");
  const dialog = workbench.modal("Delete the files of 3 snapshots");
  await expectSoon(() => dialog.textContent()).toContain("Pinned ones stay: v4.");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expectSoon(() => snapshotLabels(workbench)).toEqual([
    "v4 Before the talk, pinned",
    `${THIRD}, files no longer kept`,
    `${SECOND}, files no longer kept`,
    `${FIRST}, files no longer kept`,
  ]);
  expect((await product.newestSession()).effectiveStatus).toBe("completed");
});

it("goes on with a plan that the person has changed, and says what is wrong with one that is none", async () => {
  const { product, workbench } = await openReleased();
  const { page } = workbench;
  const { sessionId } = await product.newestSession();
  const created = (await product.events(sessionId)).find((event) => event.type === "plan_created");
  if (created?.type !== "plan_created") throw new Error("the session has no plan");
  const [first] = created.plan.steps;
  if (!first) throw new Error("the plan has no steps");
  const more = { ...first, id: "more", title: "Name the harbours", description: "Name them.", dependsOn: ["notes"] };
  product.play(byAgent({ planner: [], steps: { "Name them.": [say("Named.")] } }));

  await workbench.chooseInMenu(workbench.treeItem(sessionsView, RELEASE_GOAL), "Change Plan and Resume…");
  await expectSoon(() => editorText(workbench)).toContain('"Correct the tides"');
  const question = workbench.notification("Change the plan in the editor, then go on with it.");
  await page.locator(".editor-instance").click();
  for (const key of ["ControlOrMeta+A", "Delete"]) await page.keyboard.press(key);
  await page.keyboard.insertText('{"summary": "", "steps": [{');
  await question.getByRole("button", { name: "Go On" }).click();
  await workbench.notification("This is no plan yet:").waitFor();
  await page.locator(".editor-instance").click();
  for (const key of ["ControlOrMeta+A", "Delete"]) await page.keyboard.press(key);
  await page.keyboard.insertText(JSON.stringify({ ...created.plan, steps: [...created.plan.steps, more] }));
  await question.getByRole("button", { name: "Go On" }).click();
  await expectSoon(async () => (await product.newestSession()).stepsCompleted).toBe(3);
  await expectSoon(() => page.getByRole("tab", { name: /Untitled/ }).count()).toBe(0);
  const steps = (await product.events(sessionId)).flatMap((event) =>
    event.type === "step_started" ? [event.stepId] : [],
  );
  expect(steps).toEqual(["code", "notes", "more"]);
});

it("forks from a snapshot into a new folder, where only what was not done then is done", async () => {
  const { product, workbench } = await openReleased();
  const { page } = workbench;
  await using elsewhere = folderAt(`${product.workspace.path}-v2`);
  product.play(releaseScript());
  await pressInline(workbench, SECOND, "Fork from Snapshot…");
  await page.getByRole("checkbox", { name: /^Another goal…, planned anew/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: /^Put the files of v2 into a new folder/ }).click();
  const title = /^A folder that is empty or not there yet|^Fork from v2/;
  await page.getByRole("textbox", { name: title }).press("Enter");
  await workbench.notification(`The agents work in ${elsewhere.path}.`).waitFor();
  await expectSoon(async () => (await product.newestSession()).effectiveStatus).toBe("completed");
  expect(await elsewhere.files()).toEqual([
    "README.md",
    "RELEASE-NOTES.md",
    "src/stations.ts",
    "src/tides.ts",
    "src/units.ts",
  ]);
  expect(await elsewhere.read("src/tides.ts")).toBe(NEW_TIDES);
  const { sessionId } = await product.newestSession();
  const begun = (await product.events(sessionId)).findLastIndex(({ type }) => type === "session_forked");
  const steps = (await product.events(sessionId))
    .slice(begun)
    .flatMap((event) => (event.type === "step_started" ? [event.stepId] : []));
  expect(steps).toEqual(["notes"]);
});
