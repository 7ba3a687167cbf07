/** Where a project begins: what its manifests and well-known files say. */
import { code, counted } from "./markdown.ts";

/** Files worth reading for entry points, most telling first. */
export const MANIFESTS = [
  "package.json",
  "pyproject.toml",
  "Cargo.toml",
  "go.mod",
  "Makefile",
  "composer.json",
  "deno.json",
];

/** Files whose name alone says that something begins there. */
export const WELL_KNOWN = [
  "index.html",
  "main.go",
  "main.py",
  "__main__.py",
  "manage.py",
  "app.py",
  "setup.py",
  "main.rs",
  "lib.rs",
  "Dockerfile",
  "docker-compose.yml",
  "compose.yaml",
  "CMakeLists.txt",
  "pom.xml",
  "build.gradle",
  "build.gradle.kts",
  "Gemfile",
  "action.yml",
];

const MOST_NAMES = 15;

/** What one manifest says, as short Markdown phrases; empty when it names nothing. */
export function entryPointsOf(path: string, text: string): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const content = text.replace(/^\uFEFF/, "");
  switch (name) {
    case "package.json":
    case "composer.json":
    case "deno.json":
      return fromJson(content);
    case "pyproject.toml":
      return fromToml(
        content,
        ["project", "tool.poetry"],
        ["project.scripts", "tool.poetry.scripts", "project.gui-scripts"],
      );
    case "Cargo.toml":
      return fromCargo(content);
    case "go.mod": {
      const module = /^module\s+(\S+)/m.exec(content)?.[1];
      return module === undefined ? [] : [`module ${code(module)}`];
    }
    case "Makefile":
      return named("targets", makeTargets(content));
    default:
      return [];
  }
}

function fromJson(content: string): string[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(content);
  } catch {
    return ["it is not valid JSON"];
  }
  if (!isRecord(manifest)) return ["it is not a JSON object"];
  const phrases: string[] = [];
  for (const field of ["name", "main", "module", "browser"]) {
    const value = manifest[field];
    if (typeof value === "string") phrases.push(`${field} ${code(value)}`);
  }
  const { bin, exports, scripts, tasks } = manifest;
  if (typeof bin === "string") phrases.push(`bin ${code(bin)}`);
  else if (Array.isArray(bin))
    phrases.push(
      ...named(
        "bin",
        bin.filter((entry) => typeof entry === "string"),
      ),
    );
  else if (isRecord(bin)) {
    const targets = Object.entries(bin).map(([command, file]) => `${code(command)} → ${code(String(file))}`);
    if (targets.length > 0) phrases.push(`bin ${limited(targets)}`);
  }
  if (typeof exports === "string") phrases.push(`exports ${code(exports)}`);
  else if (isRecord(exports)) phrases.push(...named("exports", Object.keys(exports)));
  if (isRecord(scripts)) phrases.push(...named("scripts", Object.keys(scripts)));
  if (isRecord(tasks)) phrases.push(...named("tasks", Object.keys(tasks)));
  return phrases;
}

function fromToml(content: string, nameSections: readonly string[], scriptSections: readonly string[]): string[] {
  const sections = tomlSections(content);
  const valueOf = (name: string): string | undefined =>
    sections.find((section) => nameSections.includes(section.name))?.values.get(name);
  const phrases: string[] = [];
  const name = valueOf("name");
  if (name !== undefined) phrases.push(`name ${code(name)}`);
  for (const section of sections) {
    if (!scriptSections.includes(section.name)) continue;
    const targets = [...section.values].map(([command, target]) => `${code(command)} → ${code(target)}`);
    if (targets.length > 0) phrases.push(`scripts ${limited(targets)}`);
  }
  return phrases;
}

function fromCargo(content: string): string[] {
  const phrases = fromToml(content, ["package"], []);
  const sections = tomlSections(content);
  const binaries = sections
    .filter((section) => section.name === "bin")
    .flatMap((section) => section.values.get("name") ?? []);
  phrases.push(...named("bin", binaries));
  if (sections.some((section) => section.name === "lib")) phrases.push("a library");
  if (sections.some((section) => section.name === "workspace")) phrases.push("a workspace");
  return phrases;
}

interface TomlSection {
  readonly name: string;
  readonly values: Map<string, string>;
}

/** Sections and their plain string values; entry points need no more of TOML. */
function tomlSections(content: string): TomlSection[] {
  const sections: TomlSection[] = [{ name: "", values: new Map() }];
  for (const line of content.split(/\r\n|\r|\n/)) {
    const section = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$/.exec(line)?.[1];
    if (section !== undefined) {
      sections.push({ name: section, values: new Map() });
      continue;
    }
    const value = /^\s*"?([A-Za-z0-9_.-]+)"?\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(line);
    if (value?.[1] !== undefined) sections.at(-1)?.values.set(value[1], value[2] ?? value[3] ?? "");
  }
  return sections;
}

function makeTargets(content: string): string[] {
  const targets = [...content.matchAll(/^([A-Za-z0-9][A-Za-z0-9_./-]*)[ \t]*:(?![:=])/gm)].map(
    (match) => match[1] ?? "",
  );
  return [...new Set(targets)];
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${limited(names.map((name) => code(name)))}`];
}

function limited(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${counted(more, "more", "more")}` : "");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
