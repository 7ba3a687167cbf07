import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { configurationContribution } from "../../../scripts/manifest.ts";

interface Manifest {
  readonly contributes: { readonly configuration: unknown };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, "../../../package.json"), "utf8")) as Manifest;

test("package.json offers the settings as the code defines them", () => {
  // After a change of the settings: npm run manifest
  expect(manifest.contributes.configuration).toEqual(configurationContribution());
});

test("no folder somebody opens can run code, spend money, redirect traffic or loosen a rule", () => {
  const { properties } = configurationContribution();
  const settable = Object.keys(properties).filter((name) => properties[name]?.scope !== "machine");
  expect(settable).toEqual(["aiOrchestrator.monitor.openOnRun", "aiOrchestrator.verbose"]);
});

test("every setting says what it does", () => {
  for (const [name, setting] of Object.entries(configurationContribution().properties)) {
    expect(setting["description"], name).toMatch(/\.$/);
  }
});

test("versions are exact, so that everybody runs the same", () => {
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test("the types of VS Code are not newer than the oldest VS Code the extension installs into", () => {
  expect(manifest.engines["vscode"]).toBe(`^${manifest.devDependencies["@types/vscode"]}`);
});
