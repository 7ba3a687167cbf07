import { expect, test } from "vitest";
import { createProjectCopy, startScript } from "./projectCopy.ts";

/** Stands for oxfmt, oxlint and tsc: says its name and ends with `exitCode`. */
const tool = (exitCode: number) => `console.log(process.argv[1].split("/").at(-1)); process.exitCode = ${exitCode};`;

/** Stands for vitest: writes `report` (if any) where it is told to. */
const vitest = (report: object | undefined, exitCode: number) => `
  import { writeFileSync } from "node:fs";
  const parameter = (name) => process.argv.find((text) => text.startsWith(name)).slice(name.length);
  console.log("vitest " + parameter("--dir="));
  const report = ${JSON.stringify(report)};
  if (report) writeFileSync(parameter("--outputFile.json="), JSON.stringify(report));
  process.exitCode = ${exitCode};`;

const ALL_PARTS = ["build", "format", "lint", "types", "unit", "cli", "durability", "host", "ui"];

const allPassed = {
  numPassedTests: 7,
  numFailedTests: 0,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

function packages(tests: string, lintExitCode = 0): Record<string, string> {
  return {
    "packages/oxfmt/bin/oxfmt": tool(0),
    "packages/oxlint/bin/oxlint": tool(lintExitCode),
    "packages/typescript/bin/tsc": tool(0),
    "packages/vitest/vitest.mjs": tests,
    // The suites inside VS Code have a runner of their own, which reports in the same form.
    "test/host/main.ts": `
      import { writeFileSync } from "node:fs";
      writeFileSync(process.argv[process.argv.indexOf("--report") + 1], JSON.stringify(${JSON.stringify(allPassed)}));`,
  };
}

const partsRun = (stdout: string) => [...stdout.matchAll(/^— (\S+)$/gm)].map(([, name]) => name);
const lastLine = (stdout: string) => stdout.split("\n").at(-2);

test("all parts run in order, a check counts as one test, and the last line is the sum", async () => {
  await using project = await createProjectCopy("", packages(vitest(allPassed, 0)));
  const result = await (await startScript(project, "test.mjs")).exited;
  expect(partsRun(result.stdout)).toEqual(ALL_PARTS);
  expect(result.stdout).toMatch(/^unit\s+\d+\.\d s {2}7 passed$/m);
  expect(lastLine(result.stdout)).toBe("39 passed, 0 failed");
  expect(result.exitCode).toBe(0);
});

test("every part runs even if one before it fails", async () => {
  await using project = await createProjectCopy("", packages(vitest(allPassed, 0), 1));
  const result = await (await startScript(project, "test.mjs")).exited;
  expect(partsRun(result.stdout)).toEqual(ALL_PARTS);
  expect(lastLine(result.stdout)).toBe("38 passed, 1 failed");
  expect(result.exitCode).toBe(1);
});

test("a build that fails is a failed part, not the end", async () => {
  await using project = await createProjectCopy("does not build", packages(vitest(allPassed, 0)));
  const result = await (await startScript(project, "test.mjs", ["unit"])).exited;
  expect(result.stdout).toContain("src/cli.js:1: a fault");
  expect(lastLine(result.stdout)).toBe("7 passed, 1 failed");
  expect(result.exitCode).toBe(1);
});

test("parameters choose parts", async () => {
  await using project = await createProjectCopy("", packages(vitest(allPassed, 0)));
  const result = await (await startScript(project, "test.mjs", ["types", "unit"])).exited;
  expect(partsRun(result.stdout)).toEqual(["build", "types", "unit"]);
  expect(result.stdout).toContain("vitest test/unit\n");
});

test("a part that does not exist is a wrong call that names the parts", async () => {
  await using project = await createProjectCopy("", packages(vitest(allPassed, 0)));
  const result = await (await startScript(project, "test.mjs", ["units"])).exited;
  expect(result).toMatchObject({ exitCode: 2, stdout: "" });
  expect(result.stderr).toContain(ALL_PARTS.join(", "));
});

test.each([
  ["a test that fails", { ...allPassed, numFailedTests: 2 }, 1, "8 passed, 2 failed"],
  [
    "a file that does not load",
    { ...allPassed, testResults: [...allPassed.testResults, { status: "failed", assertionResults: [] }] },
    1,
    "8 passed, 1 failed",
  ],
  ["an error outside every test", allPassed, 1, "8 passed, 1 failed"],
  ["no tests at all", { numPassedTests: 0, numFailedTests: 0, testResults: [] }, 0, "1 passed, 1 failed"],
  ["a runner that does not get to a report", undefined, 134, "1 passed, 1 failed"],
])("%s fails the suite", async (_case, report, exitCode, expected) => {
  await using project = await createProjectCopy("", packages(vitest(report, exitCode)));
  const result = await (await startScript(project, "test.mjs", ["unit"])).exited;
  expect(lastLine(result.stdout)).toBe(expected);
  expect(result.exitCode).toBe(1);
});
