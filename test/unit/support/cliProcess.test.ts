import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { userWithoutPrivileges } from "../../support/builtCli.ts";
import { startProgram } from "../../support/cliProcess.ts";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

const program = (code: string): string[] => [process.execPath, "-e", code];

test("a result holds exit code, both outputs and the lines of JSON", async () => {
  await using running = await startProgram(
    program(`console.log('{"seq":1}\\n{"seq":2}'); console.error("log"); process.exitCode = 3;`),
  );
  const result = await running.exited;
  expect(result).toMatchObject({ exitCode: 3, signal: null, stderr: "log\n", lines: [{ seq: 1 }, { seq: 2 }] });
});

test("a line that is no JSON is shown in the error", async () => {
  await using running = await startProgram(program(`console.log("{}\\nnot this one")`));
  const result = await running.exited;
  expect(() => result.lines).toThrow(/not this one/);
});

describe("the environment", () => {
  test("has a home of its own and nothing of the machine's keys", async () => {
    process.env["ANTHROPIC_API_KEY"] = "sk-of-the-machine";
    try {
      await using running = await startProgram(
        program("console.log(JSON.stringify({ ...process.env, cwd: process.cwd() }))"),
        { env: { EXTRA: "1" } },
      );
      const [environment] = (await running.exited).lines;
      expect(environment).toMatchObject({
        EXTRA: "1",
        AI_ORCHESTRATOR_HOME: expect.stringContaining("ai-orchestrator-home"),
      });
      expect(Object.keys(environment ?? {}).filter((name) => name.startsWith("ANTHROPIC"))).toEqual([]);
      expect(environment?.["HOME"]).not.toBe(process.env["HOME"]);
      expect(existsSync(String(environment?.["AI_ORCHESTRATOR_HOME"]))).toBe(false);
    } finally {
      delete process.env["ANTHROPIC_API_KEY"];
    }
  });

  test("can be that of a user without privileges", async () => {
    const uid = userWithoutPrivileges();
    await using folder = await createTemporaryFolder(uid === undefined ? {} : { owner: uid });
    // The shell is there for every user, unlike a Node in a private home.
    await using running = await startProgram(["/bin/sh", "-c", "id -u"], {
      cwd: folder.path,
      ...(uid === undefined ? {} : { uid }),
    });
    expect((await running.exited).stdout.trim()).not.toBe("0");
  });
});

test("standard input is what was given, and closed", async () => {
  await using running = await startProgram(["/bin/cat"], { stdin: "a goal\n" });
  expect((await running.exited).stdout).toBe("a goal\n");
  await using silent = await startProgram(["/bin/cat"]);
  expect((await silent.exited).stdout).toBe("");
});

test("a running program can be listened to, answered and signalled", async () => {
  const code = `process.on("SIGINT", () => process.exit(130)); process.stdin.on("data", (text) => console.log(JSON.stringify({ heard: String(text).trim() }))); console.log('{"ready":true}');`;
  await using running = await startProgram(program(code), { stdin: "open" });
  await running.waitForJson((line) => line["ready"] === true);
  running.write("hello\n");
  expect(await running.waitForJson((line) => "heard" in line)).toEqual({ heard: "hello" });
  running.kill("SIGINT");
  expect(await running.exited).toMatchObject({ exitCode: 130, signal: null });
});

test("waiting for what is never said ends with the program", async () => {
  await using running = await startProgram(program(`console.log("something"); process.exit(1)`));
  await expect(running.waitForLine((line) => line === "ready")).rejects.toThrow(/Exit code 1.*something/s);
});

test("disposing ends the program and its group", async () => {
  let exited;
  {
    await using running = await startProgram(["/bin/sh", "-c", "sleep 1000 & echo $!; wait"]);
    await running.waitForLine((line) => /^\d+$/.test(line));
    exited = running.exited;
  }
  // The sleeping child holds the same standard output: that it is closed shows that the child is gone.
  expect(await exited).toMatchObject({ signal: "SIGKILL" });
});

test("a program that does not exist is an error", async () => {
  const running = await startProgram(["/nowhere/program"]);
  await expect(running.exited).rejects.toThrow(/ENOENT/);
});
