/** Plugins in the terminal: looked at, granted, used, taken back. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { pluginText } from "../support/pluginText.ts";

const FILE = ".ai-orchestrator/plugins/greeter.js";
const greeter = pluginText({ name: "greeter", permissions: ["files:read:docs/**"], execute: 'return "Hello"' });

describe("--plugins", () => {
  test("lists what the folder brings, with what each could do, after the folder is trusted", async () => {
    await using sandbox = await createCliSandbox({ files: { [FILE]: greeter } });
    const untrusted = await sandbox.run(["--plugins", "list"]);
    expect(untrusted.stderr).toMatch(/not trusted[\s\S]*no plugins/);
    const { stdout, exitCode } = await sandbox.run(["--plugins", "list", "--trust"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^greeter 1\.0\.0 not granted$/m);
    expect(stdout).toMatch(/files:read:docs\/\*\*: Read the files docs\/\*\* of the workspace/);
    const { lines } = await sandbox.run(["--plugins", "list", "--json"]);
    expect(lines).toMatchObject([{ name: "greeter", state: "needsGrant", error: { code: "plugin.notGranted" } }]);
  });

  test("grants nothing that nobody allowed, and a run says what to type", async () => {
    await using sandbox = await createCliSandbox({ files: { [FILE]: greeter } });
    const asked = await sandbox.run(["--plugins", "grant", "greeter", "--trust"]);
    expect(asked).toMatchObject({ exitCode: 1, stdout: "" });
    expect(asked.stderr).toMatch(/Read the files docs[\s\S]*return "Hello"[\s\S]*--approve all/);
    const { lines, stderr } = await sandbox.run(["--json", "Describe this"]);
    expect(stderr).toMatch(/greeter is not used[\s\S]*--plugins grant greeter/);
    expect(lines.find(({ type }) => type === "plugin_loaded")).toBeUndefined();
  });

  test("grants what was allowed, for the runs that come", async () => {
    await using sandbox = await createCliSandbox({ files: { [FILE]: greeter } });
    const granted = await sandbox.run(["--plugins", "grant", "greeter", "--trust", "--approve", "all"]);
    expect(granted.exitCode, granted.stderr).toBe(0);
    const { lines } = await sandbox.run(["--json", "Describe this"]);
    expect(lines.find(({ type }) => type === "plugin_loaded")).toMatchObject({
      plugin: "greeter",
      tools: ["plugin__greeter__execute"],
    });
  });

  test("takes a grant back", async () => {
    await using sandbox = await createCliSandbox({ files: { [FILE]: greeter } });
    await sandbox.run(["--plugins", "grant", "greeter", "--trust", "--approve", "all"]);
    expect((await sandbox.run(["--plugins", "list"])).stdout).toMatch(/^greeter 1\.0\.0 granted$/m);
    expect((await sandbox.run(["--plugins", "revoke", "greeter"])).exitCode).toBe(0);
    expect((await sandbox.run(["--plugins", "list"])).stdout).toMatch(/^greeter 1\.0\.0 not granted$/m);
  });

  test("says what a plugin of the runtime node is: the rights of the user", async () => {
    await using sandbox = await createCliSandbox({
      files: {
        ".ai-orchestrator/plugins/full/package.json": JSON.stringify({
          name: "full",
          version: "1.0.0",
          description: "Full.",
          runtime: "node",
        }),
        ".ai-orchestrator/plugins/full/index.js":
          'import { BasePlugin } from "ai-orchestrator/plugin"; export default class extends BasePlugin { metadata = { name: "full", version: "1.0.0", description: "Full." }; }',
      },
    });
    const { stderr, exitCode } = await sandbox.run(["--plugins", "grant", "full", "--trust"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("EVERYTHING YOU CAN DO");
  });

  test("shows what a hostile plugin says of itself, and its code, so that a terminal does nothing of it", async () => {
    const permissions = ["files:read:\u001b[3J\u202e\u200b"];
    const hostile = pluginText({
      name: "mean",
      permissions,
      before: "// \u001b]52;c;ZXZpbA==\u0007 \u202e \u200b",
    }).replace("The plugin mean.", "\u001b[2J\u202egnihton");
    await using sandbox = await createCliSandbox({ files: { ".ai-orchestrator/plugins/mean.js": hostile } });
    const list = await sandbox.run(["--plugins", "list", "--trust"]);
    const review = await sandbox.run(["--plugins", "grant", "mean"]);
    expect(list.stdout).toContain("mean 1.0.0");
    expect(list.stdout).toContain("[2J");
    expect(review.stderr).toContain("]52;c;ZXZpbA==");
    for (const shown of [list.stdout, list.stderr, review.stdout, review.stderr])
      for (const character of ["\u001b", "\u0007", "\u202e", "\u200b"]) expect(shown).not.toContain(character);
  });

  test.each([
    [["--plugins", "grant"], 2, "NAME is missing: --plugins WHAT NAME."],
    [["--plugins", "gant", "x"], 2, "must be one of list, grant, revoke"],
    [["--plugins", "list", "x"], 2, "takes no goal"],
    [["--plugins", "grant", "greter", "--trust"], 2, "Known plugins: greeter"],
  ])("%j is wrong usage", async (argv, exitCode, words) => {
    await using sandbox = await createCliSandbox({ files: { [FILE]: greeter } });
    const result = await sandbox.run(argv);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(words);
  });
});
