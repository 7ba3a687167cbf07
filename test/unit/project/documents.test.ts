import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const projectFolder = path.join(import.meta.dirname, "../../..");
const read = (name: string) => readFileSync(path.join(projectFolder, name), "utf8");

/** `[what, where]` of the rows of "To change X, start at file Y". */
const startingPoints = [...read("CONTRIBUTING.md").matchAll(/^\| (?!To change|-)(.+?) \| (.+?) \|$/gm)].flatMap(
  ([, what = "", where = ""]) =>
    [...where.matchAll(/`(?!npm )([^`]+)`/g)].map(([, file = ""]) => [what, file] as const),
);

test("the table of starting points is read", () => {
  expect(startingPoints.length).toBeGreaterThan(20);
});

test.each(startingPoints)("to change %s there is %s", (_what, file) => {
  expect(existsSync(path.join(projectFolder, file))).toBe(true);
});

const documents = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "SECURITY.md", "CHANGELOG.md", ...docs()];

test.each(documents)("the links of %s to files of the project lead somewhere", (document) => {
  const links = [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  const broken = links.filter((target) => !existsSync(path.resolve(projectFolder, path.dirname(document), target)));
  expect(broken).toEqual([]);
});

test.each(documents)("%s names only npm scripts that exist", (document) => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = [...read(document).matchAll(/\bnpm (?:run )?(start|test|build|check|format|manifest)\b/g)];
  expect(named.filter(([, name = ""]) => scripts[name] === undefined)).toEqual([]);
});

function docs(): string[] {
  return readdirSync(path.join(projectFolder, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
}
