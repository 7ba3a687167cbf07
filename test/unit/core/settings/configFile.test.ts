import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isOrchestratorError } from "../../../../src/core/errors.ts";
import { ConfigFile } from "../../../../src/core/settings/configFile.ts";

let home: string;
let file: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "config-file-"));
  file = path.join(home, "config.json");
});

afterEach(() => rm(home, { recursive: true, force: true }));

async function refusal(text: string): Promise<string> {
  await writeFile(file, text);
  const error: unknown = await ConfigFile.open(home).catch((thrown: unknown) => thrown);
  if (!isOrchestratorError(error) || error.code !== "settings.invalid") throw new Error(`not refused: ${text}`);
  const params = error.params as { path: string; detail: string };
  expect(params.path).toBe(file);
  return params.detail;
}

test("a missing file sets nothing and is not created by reading", async () => {
  const config = await ConfigFile.open(home);
  expect(config.values).toEqual({});
  expect(await readdir(home)).toEqual([]);
});

test("holds what is written and nothing of the defaults", async () => {
  await writeFile(file, JSON.stringify({ $schema: "./config.schema.json", maxTurns: 7, "approvals.rules": [] }));
  const config = await ConfigFile.open(home);
  expect(config.values).toEqual({ maxTurns: 7, "approvals.rules": [] });
});

test("a byte order mark in front is no fault", async () => {
  await writeFile(file, `\u{FEFF}{"maxTurns": 7}`);
  expect((await ConfigFile.open(home)).values).toEqual({ maxTurns: 7 });
});

test("a file that is not JSON is refused with the place of the fault", async () => {
  expect(await refusal('{\n  "maxTurns" 3\n}')).toContain("line 2");
  expect(await refusal("")).toContain("it is not JSON");
});

test("an unknown key is named, with the one that was probably meant", async () => {
  expect(await refusal('{"maxTurn": 3}')).toBe('"maxTurn" is not known; did you mean "maxTurns"?');
  expect(await refusal('{"approvals.rules": [{"tool": "bash", "decision": "deny", "why": 1}]}')).toBe(
    '"why" in approvals.rules > 0 is not known',
  );
});

test("a wrong value is refused with the key and what fits", async () => {
  expect(await refusal('{"maxTurns": 1000}')).toMatch(/^"maxTurns": .*<=200$/);
  expect(await refusal('{"provider": "other"}')).toMatch(/^"provider": .*"auto"\|"anthropic"\|"demo"/);
  expect(await refusal('{"baseUrl": "ftp://example.com"}')).toMatch(/^"baseUrl": /);
  expect(await refusal("[]")).toContain("expected object");
});

test("of many faults the first three are told", async () => {
  expect(await refusal('{"qa": 1, "qb": 1, "qc": 1, "qd": 1, "qe": 1}')).toMatch(/"qc" is not known; and 2 more$/);
});

test("a folder is remembered beside what the file already says", async () => {
  await writeFile(file, JSON.stringify({ maxTurns: 7, trustedFolders: ["/a"] }));
  const config = await ConfigFile.open(home);
  await config.addTrustedFolder("/b");
  await config.addTrustedFolder("/b");
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ maxTurns: 7, trustedFolders: ["/a", "/b"] });
  expect(config.values.trustedFolders).toEqual(["/a", "/b"]);
  expect(await readdir(home)).toEqual(["config.json"]);
});

test("a file we create is for its owner alone, one that exists keeps its mode", async () => {
  const config = await ConfigFile.open(home);
  await config.addTrustedFolder("/a");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await chmod(file, 0o640);
  await config.addTrustedFolder("/b");
  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

test("a file that is a link stays one", async () => {
  const real = path.join(home, "dotfiles.json");
  await writeFile(real, "{}");
  await symlink(real, file);
  await (await ConfigFile.open(home)).addTrustedFolder("/a");
  expect(JSON.parse(await readFile(real, "utf8"))).toEqual({ trustedFolders: ["/a"] });
});

test("what somebody else wrote in between is kept", async () => {
  const config = await ConfigFile.open(home);
  await writeFile(file, '{"maxTurns": 9}');
  await config.addTrustedFolder("/a");
  expect(config.values).toEqual({ maxTurns: 9, trustedFolders: ["/a"] });
});

test("a file that became wrong is refused and the values stay", async () => {
  await writeFile(file, '{"maxTurns": 9}');
  const config = await ConfigFile.open(home);
  await writeFile(file, "{");
  await expect(config.reload()).rejects.toMatchObject({ code: "settings.invalid" });
  await expect(config.addTrustedFolder("/a")).rejects.toMatchObject({ code: "settings.invalid" });
  expect(config.values).toEqual({ maxTurns: 9 });
  expect(await readFile(file, "utf8")).toBe("{");
});
