import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { EXIT_CODE_WORDS } from "../../../src/cli/exitCodes.ts";
import { FLAGS, USAGES, VARIABLES } from "../../../src/cli/flags.ts";
import type { Flag } from "../../../src/cli/flags.ts";
import { flagSyntax, helpText } from "../../../src/cli/helpText.ts";
import { PROVIDERS } from "../../../src/core/settings/providers.ts";
import { settingsSchema } from "../../../src/core/settings/settings.ts";

const flags: readonly Flag[] = FLAGS;
const documentation = await readFile(path.resolve(import.meta.dirname, "../../../docs/cli.md"), "utf8");

test("--help names every flag, fits 80 columns and is the same every time", async () => {
  const text = helpText("ai-orchestrator");
  for (const flag of flags) expect(text).toContain(`  ${flagSyntax(flag)} `);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  await expect(`${text}\n`).toMatchFileSnapshot("../../fixtures/cli/help.txt");
});

test("names and letters are given once", () => {
  const names = flags.flatMap(({ name, short }) => [name, ...(short === undefined ? [] : [short])]);
  expect(new Set(names).size).toBe(names.length);
});

test("ranges and choices are those of the settings", () => {
  const named = (name: string) => flags.find((flag) => flag.name === name);
  const rangeOf = (schema: z.ZodType) => {
    const { minimum, maximum } = z.toJSONSchema(schema, { io: "input" });
    return { minimum, maximum };
  };
  expect(named("provider")?.choices).toEqual(PROVIDERS);
  expect(named("concurrency")?.range).toEqual(rangeOf(settingsSchema.shape.maxConcurrentAgents));
  expect(named("max-turns")?.range).toEqual(rangeOf(settingsSchema.shape.maxTurns));
});

/** The rows of the table below a heading of docs/cli.md, without code marks. */
function rowsOf(heading: string): string[][] {
  const section = documentation.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
    .slice(1)
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("docs/cli.md lists exactly the calls, flags, variables and exit codes there are", () => {
  expect(rowsOf("Calls")).toEqual(USAGES.map(({ call, does }) => [`ai-orchestrator ${call}`, does]));
  expect(rowsOf("Options")).toEqual(flags.map((flag) => [flagSyntax(flag), flag.description]));
  expect(rowsOf("Environment")).toEqual(VARIABLES.map(({ name, description }) => [name, description]));
  expect(rowsOf("Exit codes")).toEqual(EXIT_CODE_WORDS.map(({ code, meaning }) => [String(code), meaning]));
});

test("docs/cli.md shows no flag that does not exist", () => {
  const known = new Set(flags.map(({ name }) => name));
  const shown = [...documentation.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name]) => name ?? "");
  expect(shown.filter((name) => !known.has(name))).toEqual([]);
});
