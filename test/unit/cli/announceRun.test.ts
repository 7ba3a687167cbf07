import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { announceModel, announceRun } from "../../../src/cli/announceRun.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { FolderTrust } from "../../../src/cli/folderTrust.ts";
import { OrchestratorError } from "../../../src/core/errors.ts";
import { ConfigFile } from "../../../src/core/settings/configFile.ts";
import type { GivenSettings } from "../../../src/core/settings/configFile.ts";
import { LayeredSettings } from "../../../src/core/settings/layeredSettings.ts";
import { capturedConsole } from "./captured.ts";

let home: string;
let work: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "announce-home-"));
  work = await mkdtemp(path.join(tmpdir(), "announce-work-"));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

async function announced(options: {
  demo?: boolean;
  config?: GivenSettings;
  flags?: GivenSettings;
  problems?: OrchestratorError[];
  pluginProblems?: OrchestratorError[];
}): Promise<string> {
  await writeFile(path.join(home, "config.json"), JSON.stringify(options.config ?? {}));
  const config = await ConfigFile.open(home);
  const { console, stdout, stderr } = capturedConsole();
  const demo = options.demo ?? false;
  const engine = {
    plugins: {
      open: async () => undefined,
      problemsIn: () => (options.pluginProblems ?? []).map((error) => ({ plugin: "any", error })),
    },
    modelAccess: async () => ({
      provider: demo ? ("demo" as const) : ("anthropic" as const),
      baseUrl: "https://x",
      origin: "https://x",
      demo,
      hasServerTools: false,
    }),
    agentDefinitions: async () => ({ definitions: new Map(), problems: options.problems ?? [] }),
  };
  const settings = new LayeredSettings(config, options.flags ?? {});
  const catalogue = catalogueFor("ai-orchestrator");
  await announceModel(engine, { settings, console, catalogue });
  const folders = [{ name: "work", path: work }];
  await announceRun({ engine, folders, settings, trust: new FolderTrust(config), console, catalogue });
  expect(stdout.text).toBe("");
  return stderr.text;
}

test("with nothing to say it says nothing", async () => {
  expect(await announced({})).toBe("");
});

test("without a key the demo is one line; asked for by name it needs none", async () => {
  expect(await announced({ demo: true })).toMatch(/^No API key found: .* not an AI\. .*ANTHROPIC_API_KEY.*\n$/);
  expect(await announced({ demo: true, flags: { provider: "demo" } })).toBe("");
});

test("what an untrusted folder brings is one line naming --trust", async () => {
  await writeFile(path.join(work, "AGENTS.md"), "");
  expect(await announced({})).toMatch(/^The folder .* is not trusted.*: AGENTS\.md\. Add --trust to use it\.\n$/);
});

test("a limit that does not take effect is told", async () => {
  const text = await announced({ config: { maxTurns: 10 }, flags: { maxTurns: 50 } });
  expect(text).toBe("config.json allows at most 10 for maxTurns, so 10 is used instead of 50.\n");
});

test("an agent file that cannot be used is told and harms nothing else", async () => {
  const problem = new OrchestratorError("agent.invalidDefinition", {
    path: "/projects/bad.md",
    detail: "name is missing",
  });
  expect(await announced({ problems: [problem] })).toBe(
    "The agent file /projects/bad.md cannot be used: name is missing. The other agents are not affected.\n",
  );
});

test("a plugin that is not granted is told, with what to type", async () => {
  const pluginProblems = [new OrchestratorError("plugin.notGranted", { plugin: "greeter", permissions: "files:read" })];
  expect(await announced({ pluginProblems })).toMatch(/^The plugin greeter is not used.*--plugins grant greeter.*\n$/);
});
