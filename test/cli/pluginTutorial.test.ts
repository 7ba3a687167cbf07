/** Follows docs/plugins.md from top to bottom, as a person does. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";

const tutorial = readFileSync(new URL("../../docs/plugins.md", import.meta.url), "utf8");

type Step = { readonly file: string; readonly text: string } | { readonly commands: readonly string[] };

function stepsOf(markdown: string): Step[] {
  return [...markdown.matchAll(/^```(?:ts file=(\S+)|sh)\n([\s\S]*?)^```$/gm)].map(([, file, text = ""]) =>
    file === undefined ? { commands: text.trim().split("\n") } : { file, text },
  );
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].slice(1).map(([, quoted, plain]) => quoted ?? plain ?? "");
}

test("every step of the tutorial does what it says", { timeout: 120_000 }, async () => {
  await using sandbox = await createCliSandbox({ files: { "README.md": "# Example\n" } });
  const outputs: string[] = [];
  for (const step of stepsOf(tutorial)) {
    if ("file" in step) {
      await sandbox.workspace.write({ [step.file]: step.text });
      continue;
    }
    for (const command of step.commands) {
      const { exitCode, stdout, stderr } = await sandbox.run(wordsOf(command));
      expect(exitCode, `${command}\n${stderr}`).toBe(0);
      outputs.push(stdout + stderr);
    }
  }
  const [list, grant, run, listAgain, grantAgain, revoke] = outputs;
  expect(outputs).toHaveLength(6);
  expect(list).toContain("shout 1.0.0 not granted");
  expect(grant).toContain("Granted shout 1.0.0");
  expect(run).toContain("plugin__shout__say");
  expect(listAgain).toContain("shout 1.1.0 changed since it was granted");
  expect(grantAgain).toMatch(
    /Read the files \*\.md of the workspace\. \(new\)[\s\S]*-.*version: "1\.0\.0"[\s\S]*\+.*version: "1\.1\.0"/,
  );
  expect(revoke).toContain("Took back every grant of shout");
});
