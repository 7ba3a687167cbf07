import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";

let disk: TemporaryFolder;
let workspace: string;
let home: string;
let guard: PathGuard;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  workspace = disk.join("work");
  home = disk.join("home");
  await mkdir(workspace);
  guard = new PathGuard({ folders: [{ name: "work", path: workspace }], home });
});

afterEach(() => disk[Symbol.asyncDispose]());

describe("protected paths", () => {
  it.each([
    ".git/config",
    ".git",
    "vendor/module/.git/hooks/post-commit",
    ".GIT/hooks/post-checkout",
    ".g\u200cit/config",
    ".git./config",
    "git~1/config",
    ".vscode/settings.json",
    "packages/a/.vscode/tasks.json",
    "my.code-workspace",
    "deep/My.Code-Workspace",
    ".husky/pre-commit",
    ".githooks/pre-push",
    ".bashrc",
    "sub/.zshrc",
    ".profile",
    ".ai-orchestrator/agents/writer.md",
    "packages/a/.ai-orchestrator/config.json",
    ".claude/agents/helper.md",
    ".claude/settings.json",
    ".github/agents/helper.agent.md",
    ".\u017f\u017fh/authorized_keys",
    ".config/fish/conf.d/x.fish",
  ])("asks before writing %j, and not before reading", async (path) => {
    expect((await guard.resolve(path, "write")).protected).toBe(true);
    expect((await guard.resolve(path, "read")).protected).toBe(false);
  });

  it.each([
    "src/git/config.ts",
    ".github/workflows/ci.yml",
    ".gitignore",
    "docs/vscode/settings.json",
    "profile",
    "HEAD",
    "objects/a",
    "hooks/useState.ts",
  ])("leaves %j alone", async (path) => {
    expect((await guard.resolve(path, "write")).protected).toBe(false);
  });

  it("sees through links", async () => {
    await mkdir(join(workspace, ".git"));
    await symlink(".git", join(workspace, "harmless"));
    expect((await guard.resolve("harmless/config", "write")).protected).toBe(true);
  });

  it("protects a repository without the name, and the file that would complete one", async () => {
    await disk.write({
      "work/bare/HEAD": "ref: refs/heads/main",
      "work/bare/refs/x": "",
      "work/half/objects/x": "",
      "work/half/HEAD": "",
    });
    await mkdir(join(workspace, "bare", "objects"));
    expect((await guard.resolve("bare/config", "write")).protected).toBe(true);
    expect((await guard.resolve("bare/hooks/post-checkout", "write")).protected).toBe(true);
    expect((await guard.resolve("half/config", "write")).protected).toBe(false);
    expect((await guard.resolve("half/refs/heads/main", "write")).protected).toBe(true);
  });

  it("protects everything when the folder lies in a repository's own folder", async () => {
    await disk.write({ "work/.git/hooks/sample": "" });
    const hooks = new PathGuard({ folders: [{ name: "hooks", path: join(workspace, ".git/hooks") }], home });
    expect((await hooks.resolve("post-commit", "write")).protected).toBe(true);
  });
});
