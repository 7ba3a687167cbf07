import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { createProjectCopy, lockfile, linesOf, startScript } from "./projectCopy.ts";

const tellsHowItWasCalled = `console.log(JSON.stringify({ parameters: process.argv.slice(2), initCwd: process.env.INIT_CWD }));`;

test("the first start installs and builds, the second does neither, and stdout is the command line's alone", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled);
  const start = async () =>
    await (
      await startScript(project, "start.mjs", ["--json", "a goal"], { INIT_CWD: "/somewhere" })
    ).exited;

  const first = await start();
  const second = await start();

  for (const result of [first, second]) {
    expect(result.lines).toEqual([{ parameters: ["--json", "a goal"], initCwd: "/somewhere" }]);
    expect(result.exitCode).toBe(0);
  }
  expect(first.stderr).toMatch(/^Installing packages .*\n$/);
  expect(second.stderr).toBe("");
  expect(await linesOf(project, "npm.log")).toEqual(["ci"]);
  expect(await linesOf(project, "build.log")).toEqual(["built"]);
});

test("a changed lockfile installs again; a changed source only builds again", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled);
  await (
    await startScript(project, "start.mjs")
  ).exited;

  await project.write({ "src/cli.js": `console.log(JSON.stringify("changed"));` });
  expect((await (await startScript(project, "start.mjs")).exited).lines).toEqual(["changed"]);
  expect(await linesOf(project, "npm.log")).toHaveLength(1);
  expect(await linesOf(project, "build.log")).toHaveLength(2);

  await project.write({ "package-lock.json": lockfile.replace("1.0.0", "1.0.1") });
  await (
    await startScript(project, "start.mjs")
  ).exited;
  expect(await linesOf(project, "npm.log")).toHaveLength(2);
});

test("a source that was removed or a bundle that is missing builds again", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled, { "src/other.js": "" });
  await (
    await startScript(project, "start.mjs")
  ).exited;
  await rm(project.join("src/other.js"));
  await (
    await startScript(project, "start.mjs")
  ).exited;
  await rm(project.join("dist/cli.js"));
  expect((await (await startScript(project, "start.mjs")).exited).exitCode).toBe(0);
  expect(await linesOf(project, "build.log")).toHaveLength(3);
});

test("packages that somebody installed with npm themselves are left alone", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled, {
    "node_modules/.package-lock.json": lockfile,
  });
  expect((await (await startScript(project, "start.mjs")).exited).stderr).toBe("");
  expect(await linesOf(project, "npm.log")).toEqual([]);
});

test("an install that fails says why and what to do, prints nothing on stdout, and is tried again", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled, { "npm.todo": "fail" });
  const failed = await (await startScript(project, "start.mjs")).exited;
  expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
  expect(failed.stderr).toContain("npm error code ENOTFOUND");
  expect(failed.stderr).toContain("Check the network");

  await rm(project.join("npm.todo"));
  expect((await (await startScript(project, "start.mjs")).exited).exitCode).toBe(0);
});

test("without npm the message says where it comes from", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled);
  const result = await (await startScript(project, "start.mjs", [], { PATH: project.join("src") })).exited;
  expect(result).toMatchObject({ exitCode: 1, stdout: "" });
  expect(result.stderr).toContain("npm was not found");
});

test("sources that do not build stop the start with the compiler's words, and do not replace the last build", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled);
  await (
    await startScript(project, "start.mjs")
  ).exited;
  await project.write({ "src/cli.js": "does not build" });
  const result = await (await startScript(project, "start.mjs")).exited;
  expect(result).toMatchObject({ exitCode: 1, stdout: "" });
  expect(result.stderr).toContain("src/cli.js:1: a fault");
  expect(await project.read("dist/cli.js")).toBe(tellsHowItWasCalled);
});

test("starts at the same time install and build once", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled);
  const started = await Promise.all([1, 2, 3, 4].map(async () => await startScript(project, "start.mjs")));
  const results = await Promise.all(started.map(async ({ exited }) => await exited));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(await linesOf(project, "npm.log")).toEqual(["ci"]);
  expect(await linesOf(project, "build.log")).toEqual(["built"]);
});

test("a start after one that was killed while it installed begins again and waits for nobody", async () => {
  await using project = await createProjectCopy(tellsHowItWasCalled, { "npm.todo": "hang" });
  {
    await using killed = await startScript(project, "start.mjs");
    await killed.stderr.waitFor((line) => line.startsWith("Installing"));
    await expect.poll(async () => await linesOf(project, "npm.log"), { timeout: 20_000 }).toEqual(["ci"]);
  }
  await rm(project.join("npm.todo"));
  const result = await (await startScript(project, "start.mjs")).exited;
  expect(result.exitCode).toBe(0);
  expect(await linesOf(project, "npm.log")).toEqual(["ci", "ci"]);
});

test("the exit code is the command line's", async () => {
  await using project = await createProjectCopy(`process.exitCode = 3;`);
  expect((await (await startScript(project, "start.mjs")).exited).exitCode).toBe(3);
});

test("the end is by the signal that ended the command line", async () => {
  await using project = await createProjectCopy(`process.kill(process.pid, "SIGKILL");`);
  expect((await (await startScript(project, "start.mjs")).exited).signal).toBe("SIGKILL");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s reaches the command line once and the start ends after it",
  async (signal) => {
    await using project = await createProjectCopy(`
    const alive = setInterval(() => undefined, 1000);
    process.on("${signal}", () => {
      console.log("${signal}");
      process.exitCode = 130;
      clearInterval(alive);
    });
    console.log("ready");`);
    await using running = await startScript(project, "start.mjs");
    await running.waitForLine((line) => line === "ready");
    running.kill(signal);
    expect(await running.exited).toMatchObject({ exitCode: 130, stdout: `ready\n${signal}\n` });
  },
);

test("the command line finds the person's programs, not those of the project's packages", async () => {
  await using project = await createProjectCopy(`console.log(JSON.stringify(process.env.PATH.split(":")));`);
  const own = [project.join("bin"), "/usr/bin", "/bin"];
  const added = [project.join("node_modules/.bin"), "/node_modules/.bin", "/npm/node-gyp-bin"];
  const PATH = [...added, ...own].join(":");
  expect((await (await startScript(project, "start.mjs", [], { PATH })).exited).lines).toEqual([own]);
});
