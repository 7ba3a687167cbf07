/** Does the VS Code of these tests do what the tests rely on? If this fails, look here first. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTemporaryFolder, type TemporaryFolder } from "../support/temporaryFolder.ts";
import { openForTest } from "../support/workbench/testWindow.ts";
import { startVsCode, type VsCodeForTests } from "../support/workbench/vscodeForTests.ts";

const probe = fileURLToPath(new URL("../fixtures/probeExtension", import.meta.url));

describe("a window with an installed extension", () => {
  let vscode: VsCodeForTests;
  let workspace: TemporaryFolder;
  let folder: string;
  beforeAll(async () => {
    vscode = await startVsCode({ extensionFolders: [probe] });
    workspace = await createTemporaryFolder({ prefix: "ai-orchestrator-workspace" });
    folder = workspace.path;
  });
  afterAll(async () => {
    await vscode[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  it("runs a command from the palette, shows its notification and takes its answer", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.runCommand("Probe: Say Hello");
    await workbench.notification("Hello, world").getByRole("button", { name: "Wave" }).click();
    await workbench.notification("Waved back").waitFor();
    expect(await workbench.notifications()).toEqual([{ severity: "warning", message: "Waved back" }]);
  });

  it("answers an input box and a quick pick", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.runCommand("Probe: Ask for a Name");
    await workbench.answer("Name", "Ada");
    expect(await workbench.choices()).toEqual(["Cheerful", "Grave"]);
    await workbench.choose("Grave");
    await workbench.notification("Ada is Grave").waitFor();
  });

  it("reads and opens a tree view", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.openContainer("Probe");
    await workbench.treeItem("Things", "Stone").waitFor();
    expect(await workbench.treeLabels("Things")).toEqual(["Fruit 2 kinds", "Stone"]);
    await workbench.expand("Things", "Fruit");
    await workbench.treeItem("Things", "Pear").waitFor();
    expect(await workbench.treeLabels("Things")).toEqual(["Fruit 2 kinds", "  Apple", "  Pear", "Stone"]);
  });

  it("reaches into a webview with a strict content policy", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.runCommand("Probe: Open Panel");
    const panel = await workbench.webview("test.probe", "Probe Panel");
    await panel.getByRole("button", { name: "Press" }).click();
    await workbench.notification("The panel says pressed").waitFor();
    expect(workbench.consoleErrors().filter((error) => error.includes("Content Security Policy"))).toEqual([]);
  });

  it("keeps secrets for every window of one browser profile", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.runCommand("Probe: Keep or Tell Secret");
    await workbench.notification("The secret is new").waitFor();
    await workbench.reload();
    await workbench.runCommand("Probe: Keep or Tell Secret");
    await workbench.notification("The secret is entered before").waitFor();
    const second = await openForTest(vscode, "nothing", { beside: workbench });
    await second.runCommand("Probe: Keep or Tell Secret");
    await second.notification("The secret is entered before").waitFor();
    expect(await second.notifications()).toEqual([{ severity: "info", message: "The secret is entered before" }]);
  });

  it("shows each kind of theme, chosen by a person or by the settings", async () => {
    const workbench = await openForTest(vscode, { folder });
    for (const theme of ["highContrastLight", "highContrast"] as const) await workbench.switchTheme(theme);
    for (const theme of ["light", "dark"] as const) {
      vscode.useTheme(theme);
      await workbench.reload();
      await workbench.themeShown(theme);
    }
    expect(workbench.page.url()).toContain(encodeURIComponent(folder));
  });
});

describe("a window with a restricted folder", () => {
  let vscode: VsCodeForTests;
  let workspace: TemporaryFolder;
  let folder: string;
  beforeAll(async () => {
    vscode = await startVsCode({ extensionFolders: [probe], workspaceTrust: true });
    workspace = await createTemporaryFolder({ prefix: "ai-orchestrator-workspace" });
    folder = workspace.path;
  });
  afterAll(async () => {
    await vscode[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  it("is trusted as a person would do it", async () => {
    const workbench = await openForTest(vscode, { folder });
    await workbench.page.getByRole("banner", { name: /Restricted Mode/ }).waitFor();
    await workbench.trustFolder();
    await workbench.runCommand("Probe: Say Hello");
    await workbench.notification("Hello, world").waitFor();
    expect(await workbench.page.getByRole("banner", { name: /Restricted Mode/ }).count()).toBe(0);
  });
});
