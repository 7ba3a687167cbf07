import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderTrust } from "../../../src/cli/folderTrust.ts";
import { ConfigFile } from "../../../src/core/settings/configFile.ts";

let root: string;
let home: string;
let folder: { name: string; path: string };

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), "folder-trust-")));
  home = path.join(root, "home");
  folder = { name: "work", path: path.join(root, "work") };
  await mkdir(home);
  await mkdir(folder.path);
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function trustWith(trustedFolders: string[]): Promise<FolderTrust> {
  await writeFile(path.join(home, "config.json"), JSON.stringify({ trustedFolders }));
  return new FolderTrust(await ConfigFile.open(home));
}

test("nothing is trusted until somebody says so, which is remembered in the home", async () => {
  const trust = await trustWith([]);
  expect(trust.isTrusted(folder)).toBe(false);
  await trust.trust(folder);
  expect(trust.isTrusted(folder)).toBe(true);
  expect(JSON.parse(await readFile(path.join(home, "config.json"), "utf8"))).toEqual({ trustedFolders: [folder.path] });
  expect(new FolderTrust(await ConfigFile.open(home)).isTrusted(folder)).toBe(true);
});

test("trust covers the folders below and not the neighbours", async () => {
  const trust = await trustWith([folder.path]);
  const at = (...names: string[]) => ({ name: "x", path: path.join(root, ...names) });
  await mkdir(path.join(folder.path, "inner"));
  await mkdir(path.join(root, "work-other"));
  expect(trust.isTrusted(at("work", "inner"))).toBe(true);
  expect(trust.isTrusted(at("work-other"))).toBe(false);
  expect(trust.isTrusted(at())).toBe(false);
});

test("a link is trusted as what it leads to", async () => {
  const link = { name: "link", path: path.join(root, "link") };
  await symlink(folder.path, link.path);
  const trust = await trustWith([]);
  await trust.trust(link);
  expect(trust.isTrusted(folder)).toBe(true);
  // The link now leads to a folder nobody has trusted.
  await rm(link.path);
  await mkdir(path.join(root, "hostile"));
  await symlink(path.join(root, "hostile"), link.path);
  expect(trust.isTrusted(link)).toBe(false);
});

test("a relative entry trusts nothing", async () => {
  const trust = await trustWith([".", "work", path.relative(process.cwd(), folder.path)]);
  expect(trust.isTrusted(folder)).toBe(false);
});

test("names what an untrusted folder brings, and nothing for a trusted one", async () => {
  const trust = await trustWith([]);
  expect(await trust.ignoredIn(folder)).toEqual([]);
  await mkdir(path.join(folder.path, ".claude", "agents"), { recursive: true });
  await mkdir(path.join(folder.path, ".ai-orchestrator", "plugins"), { recursive: true });
  await mkdir(path.join(folder.path, ".github"));
  await writeFile(path.join(folder.path, ".github", "copilot-instructions.md"), "");
  await writeFile(path.join(folder.path, "AGENTS.md"), "");
  expect(await trust.ignoredIn(folder)).toEqual([
    ".claude/agents",
    ".ai-orchestrator/plugins",
    "AGENTS.md",
    ".github/copilot-instructions.md",
  ]);
  await trust.trust(folder);
  expect(await trust.ignoredIn(folder)).toEqual([]);
});
