import { readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { builtCli } from "../support/builtCli.ts";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { startProgram } from "../support/cliProcess.ts";
import { createTemporaryFolder, folderAt } from "../support/temporaryFolder.ts";

const projectRoot = new URL("../../", import.meta.url).pathname;

interface Snippet {
  readonly section: string;
  readonly code: string;
}

/** Every ```ts block of the document, named after the headings above it. */
function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  let section = "";
  let code: string[] | undefined;
  for (const line of markdown.split("\n")) {
    if (code && line === "```") {
      snippets.push({ section, code: code.join("\n") });
      code = undefined;
    } else if (code) code.push(line);
    else if (line === "```ts") code = [];
    else if (/^#{2,3} /.test(line)) section = line.replace(/^#+ /, "");
  }
  return snippets;
}

const document = readFileSync(new URL("docs/cheat-sheet.md", `file://${projectRoot}`), "utf8");
const snippets = snippetsOf(document);

/** The plugin that a later snippet loads. */
const pluginSnippet = snippets.find(({ section }) => section === "Create a custom plugin")?.code ?? "";

/** What the output of a section's snippet must show; a snippet that prints nothing of it did not work. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  "Basic usage": [/^Using tool: glob$/m, /^Progress of researcher_\d{4}: \d+ characters$/m],
  "Set up monitoring": [
    /^CPU: \d{1,3}(\.\d)?%$/m,
    /^Memory: \d{1,3}(\.\d)?%$/m,
    /^researcher_\d{4}: [1-9]\d* tokens, \$0\.00$/m,
    /^All agents: [1-9]\d* requests, [1-9]\d* tool calls$/m,
  ],
  "Track SDK execution": [/^claude-sonnet-5: 1 call, \$0\.0054$/m],
  "Execute a goal with streaming": [/^Starting: /m, /^Output: /m, /^Done! Results in: \/.+/m],
  "Subscribe to events": [/^(Agent researcher_123 completed!|Step \w[\w-]* is done)$/m],
  "Create a custom plugin": [],
  "Load a plugin": [/^Loaded my_plugin 1\.0\.0$/m, /^\{ result: 'processed this' \}$/m],
  "Parallel agent execution": [/^Batch batch_001: agent_initialized$/m, /^Batch batch_001: agent_completed$/m],
  "Agent error recovery": [/^Suggested action: choose_agent_type \(.+\)$/m],
  "Workflow resumption": [/^Going on with: /m, /^Done, as if it had never been interrupted\.$/m],
  "Earlier versions and forks": [
    /^From v2 on in \/.*\/second-try$/m,
    /^Forked from session_123\/v2$/m,
    /^The fork is done$/m,
  ],
  "Real-time dashboard": [/^Open http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/m],
  "From basic to enhanced": [/^completed \[/m],
  "Create and restore sessions": [
    /^Created v1$/m,
    /^Updated to v2$/m,
    /^Research AI trends 2 \{ tone: 'dry', length: 'short' \}$/m,
    /^First notes: \{ tone: 'dry' \}$/m,
    /^session\.exists$/m,
  ],
  "Keep order": [
    /^report: The yearly report \[work, 2026\]$/m,
    /^Imported as report_2$/m,
    /^0 sessions are older than a week$/m,
    /^In order$/m,
  ],
  "Context optimization": [/^\d{5} → (\d{3}|1\d{3}|2[01]\d{2})$/m, /^Research AI trends$/m, /notes\.tone: dry → warm/],
};

describe("docs/cheat-sheet.md", () => {
  it("has snippets for the sections that are there", () => {
    expect([...new Set(snippets.map(({ section }) => section))].sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(snippets.map((snippet, index) => [`${snippet.section} (${index + 1})`, snippet] as const))(
    "%s runs as written",
    async (_, snippet) => {
      await using place = await createTemporaryFolder();
      await using home = await createTemporaryFolder();
      await using program = await createTemporaryFolder();
      // What a snippet puts beside its folder goes with it.
      const workspace = folderAt(place.join("project"));
      await workspace.write({
        "README.md": "# Example\n\n## Usage\n\nResearch AI trends.\n",
        "src/main.ts": "// TODO: write it\nexport {};\n",
        "plugins/my_plugin.ts": pluginSnippet,
      });
      // Other programs of this machine may have the port.
      const code = snippet.code.replace("port: 8080", "port: 0");
      await program.write({ "snippet.ts": code, "package.json": '{ "type": "module" }' });
      await mkdir(program.join("node_modules"));
      await symlink(projectRoot, program.join("node_modules", "ai-orchestrator"));
      const { node } = builtCli();
      await using running = await startProgram([node, program.join("snippet.ts")], {
        cwd: workspace.path,
        home: home.join("home"),
      });
      const result = await running.exited;
      expect(result.stderr).toBe("");
      expect(result.exitCode).toBe(0);
      for (const pattern of EXPECTED[snippet.section] ?? []) expect(result.stdout).toMatch(pattern);
    },
  );

  it("its plugin runs unchanged from the plugins folder", async () => {
    await using sandbox = await createCliSandbox({
      files: { "README.md": "# Example\n", ".ai-orchestrator/plugins/my_plugin.ts": pluginSnippet },
    });
    const granted = await sandbox.run(["--plugins", "grant", "my_plugin", "--trust", "--approve", "all"]);
    expect(granted.exitCode, granted.stderr).toBe(0);
    const { lines } = await sandbox.run(["--json", "Research AI trends"]);
    expect(lines.find(({ type }) => type === "plugin_loaded")).toMatchObject({ plugin: "my_plugin" });
    const researcher = lines.find((line) => line["agentType"] === "researcher" && line.type === "agent_initialized");
    expect(researcher?.["tools"]).toContain("plugin__my_plugin__execute");
  });

  it("its command lines run as written", async () => {
    const { exitCodes, outputs } = await runCommands(commandsOf(document));
    expect(exitCodes).toEqual([0, 0, 0, 2, 0]);
    expect(outputs[0]).toContain("demo-report-research-ai-trends.md");
    expect(outputs[1]).toMatch(/^0 sessions/);
    expect(JSON.parse(outputs[2] ?? "")).toMatchObject({ sessionId: "session_123", status: "completed" });
    expect(outputs[3]).toContain("session_123 is complete");
    expect(outputs[4]).toContain("nothing to remove");
  });
});

/** Every command line of the ```sh blocks. */
function commandsOf(markdown: string): string[][] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .filter((line) => line.startsWith("ai-orchestrator "))
    .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].slice(1).map(([, quoted, plain]) => quoted ?? plain ?? ""));
}

/** One after the other, in one home and one folder. */
async function runCommands(commands: readonly string[][]): Promise<{ exitCodes: unknown[]; outputs: string[] }> {
  await using sandbox = await createCliSandbox({ files: { "README.md": "# Example\n\nResearch AI trends.\n" } });
  const exitCodes: unknown[] = [];
  const outputs: string[] = [];
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await sandbox.run(command);
    exitCodes.push(exitCode);
    outputs.push(exitCode === 0 ? stdout : stderr);
  }
  return { exitCodes, outputs };
}
