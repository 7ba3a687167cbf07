import { mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contains, createHome, refuseOverlap, resolveHome } from "../../../../src/core/settings/home.ts";

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), "home-")));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test("is the variable's folder, else .ai-orchestrator of the user", () => {
  const base = path.resolve("/somewhere");
  const userHome = path.resolve("/users/me");
  const resolve = (value?: string) =>
    resolveHome({ environment: value === undefined ? {} : { AI_ORCHESTRATOR_HOME: value }, userHome, base });
  expect(resolve()).toBe(path.join(userHome, ".ai-orchestrator"));
  expect(resolve("")).toBe(path.join(userHome, ".ai-orchestrator"));
  expect(resolve("state")).toBe(path.join(base, "state"));
  expect(resolve(path.resolve("/elsewhere"))).toBe(path.resolve("/elsewhere"));
});

test("is created for its owner alone", async () => {
  const home = path.join(root, "a", "home");
  await createHome(home);
  await createHome(home);
  expect((await stat(home)).mode & 0o777).toBe(0o700);
});

test("a home that cannot be created is said so", async () => {
  await writeFile(path.join(root, "file"), "");
  await expect(createHome(path.join(root, "file", "home"))).rejects.toMatchObject({ code: "home.notWritable" });
});

test("is refused inside a workspace folder, before it exists, and nothing is left behind", async () => {
  const workspace = path.join(root, "work");
  await mkdir(workspace);
  const home = path.join(workspace, "deep", "home");
  await expect(refuseOverlap(home, [{ path: workspace }])).rejects.toMatchObject({
    code: "home.insideWorkspace",
    params: { home, path: workspace },
  });
  await expect(refuseOverlap(workspace, [{ path: workspace }])).rejects.toMatchObject({ code: "home.insideWorkspace" });
  expect(await readdir(workspace)).toEqual([]);
});

test("a link does not hide that it is inside", async () => {
  const workspace = path.join(root, "work");
  await mkdir(workspace);
  await symlink(workspace, path.join(root, "link"));
  await expect(refuseOverlap(path.join(root, "link", "home"), [{ path: workspace }])).rejects.toMatchObject({
    code: "home.insideWorkspace",
  });
  await expect(refuseOverlap(path.join(workspace, "home"), [{ path: path.join(root, "link") }])).rejects.toMatchObject({
    code: "home.insideWorkspace",
  });
});

test("a workspace inside the home is refused too", async () => {
  const home = path.join(root, "home");
  await mkdir(path.join(home, "work"), { recursive: true });
  await expect(refuseOverlap(home, [{ path: path.join(home, "work") }])).rejects.toMatchObject({
    code: "workspace.insideHome",
  });
});

test("neighbours with similar names are not inside each other", async () => {
  await mkdir(path.join(root, "work"));
  await refuseOverlap(path.join(root, "work-home"), [{ path: path.join(root, "work") }]);
  expect(contains(path.join(root, "a"), path.join(root, "a", "..b"))).toBe(true);
  expect(contains(path.join(root, "a"), path.join(root, "ab"))).toBe(false);
});
