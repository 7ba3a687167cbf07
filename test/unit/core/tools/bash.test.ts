import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PathGuard } from "../../../../src/core/policy/pathGuard.ts";
import { REDACTED, SecretRedactor } from "../../../../src/core/policy/redaction.ts";
import { BashTool, type BashToolOptions } from "../../../../src/core/tools/bash.ts";
import { MAXIMUM_KEPT_OUTPUT } from "../../../../src/core/tools/outputCapture.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { RecordingKeeper } from "./recordingKeeper.ts";
import { Call, ClockWithHeldTimers } from "./toolHarness.ts";

let disk: TemporaryFolder;
let clock: ClockWithHeldTimers;
let call: Call;
let guard: PathGuard;
let keeper: RecordingKeeper;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({ "work/a.txt": "one\ntwo\n", "other/b.txt": "three" });
  clock = new ClockWithHeldTimers();
  guard = new PathGuard({ folders: [{ name: "work", path: disk.join("work") }], home: disk.join("home") });
  call = new Call(guard);
  keeper = new RecordingKeeper();
});

afterEach(() => disk[Symbol.asyncDispose]());

function bash(options: Partial<BashToolOptions> = {}): BashTool {
  return new BashTool({
    guard,
    redactor: new SecretRedactor(),
    clock,
    environment: process.env,
    changes: keeper,
    graceMilliseconds: 100,
    ...options,
  });
}

/** Is process `pid` running? One that only waits to be reaped is not. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

async function pidIn(path: string): Promise<number> {
  return Number((await readFile(disk.join(path), "utf8")).trim());
}

describe("what is run", () => {
  it("is a plain argv without a shell, and everything else in one", async () => {
    const tool = bash();
    expect(tool.intent({ command: "cat  a.txt", timeout_seconds: 1 }, call.folders)).toEqual({
      access: "execute",
      argv: ["cat", "a.txt"],
      subject: "cat a.txt",
    });
    expect(tool.intent({ command: "cat *.txt | wc -l", timeout_seconds: 1 }, call.folders)).toEqual({
      access: "execute",
      subject: "cat *.txt | wc -l",
    });
    expect(await call.run(tool, { command: "cat  a.txt" })).toMatchObject({
      content: "one\ntwo\n[exit code 0]",
      isError: false,
    });
    expect(
      await call.run(tool, { command: "cat *.txt | grep -c o; [[ -n $BASH_VERSION ]] && echo bash" }),
    ).toMatchObject({
      content: "2\nbash\n[exit code 0]",
      isError: false,
    });
  });

  it("gets its arguments exactly as they were parsed", async () => {
    await disk.write({ "work/-n": "", "work/x=1": "" });
    expect(await call.run(bash(), { command: "printf %s\t-n --flag=-e %%" })).toMatchObject({
      content: "-n--flag=-e%%\n[exit code 0]",
    });
  });

  it("runs in the first folder or the one that is named", async () => {
    const several = new PathGuard({
      folders: [
        { name: "work", path: disk.join("work") },
        { name: "lib", path: disk.join("other") },
      ],
      home: disk.join("home"),
    });
    const tool = bash({ guard: several });
    expect(await new Call(several).run(tool, { command: "ls" })).toMatchObject({ content: "a.txt\n[exit code 0]" });
    expect(await new Call(several).run(tool, { command: "ls", folder: "lib" })).toMatchObject({
      content: "b.txt\n[exit code 0]",
    });
    expect(tool.intent({ command: "ls", folder: "lib", timeout_seconds: 1 }, several.folders).subject).toBe(
      "ls  (in lib)",
    );
    await expect(new Call(several).run(tool, { command: "ls", folder: "nope" })).rejects.toMatchObject({
      code: "path.unknownFolder",
    });
  });

  it("tells how it ended", async () => {
    expect(await call.run(bash(), { command: "exit 3" })).toMatchObject({ content: "[exit code 3]", isError: true });
    expect(await call.run(bash(), { command: "kill -KILL $$" })).toMatchObject({
      content: "[ended by SIGKILL]",
      isError: true,
    });
    const missing = await call.run(bash(), { command: "no-such-program --help" });
    expect(missing).toMatchObject({ isError: true, content: expect.stringMatching(/not found\n\[exit code 127\]$/) });
  });

  it("keeps output and errors in the order they were written", async () => {
    expect(await call.run(bash(), { command: "echo 1; echo 2 >&2; echo 3; echo 4 >&2" })).toMatchObject({
      content: "1\n2\n3\n4\n[exit code 0]",
    });
  });

  it("has no input to wait for", async () => {
    expect(await call.run(bash(), { command: "cat" })).toMatchObject({ content: "[exit code 0]", isError: false });
  });

  it.each([
    { command: "" },
    { command: "  " },
    { command: "a\0b" },
    { command: "ls", timeout_seconds: 0 },
    { command: "ls", timeout_seconds: 601 },
    { command: "ls", timeout_seconds: 1.5 },
    { command: "ls", cwd: "/" },
    {},
  ])("is refused when the input is %j", (input) => {
    expect(bash().inputSchema.safeParse(input).success).toBe(false);
  });

  it("is refused where it is not supported", async () => {
    await expect(call.run(bash({ platform: "win32" }), { command: "dir" })).rejects.toMatchObject({
      code: "tool.failed",
    });
    expect(call.begun).toEqual([]);
  });

  it("fails with a word of why when the folder is gone", async () => {
    await disk[Symbol.asyncDispose]();
    await expect(call.run(bash(), { command: "ls" })).rejects.toThrow("could not be started: ENOENT");
  });
});

describe("the held start", () => {
  it("commits the process group before anything runs", async () => {
    call.onBegin = async ({ processGroup, processStartedAt }) => {
      expect(existsSync(disk.join("work/ran"))).toBe(false);
      const stat = await readFile(`/proc/${processGroup}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      expect(Number(fields[2])).toBe(processGroup);
      expect(fields[19]).toBe(processStartedAt);
    };
    await call.run(bash(), { command: "echo $$ > ran" });
    expect(await pidIn("work/ran")).toBe(call.begun[0]?.processGroup);
  });

  it("never runs what was not committed", async () => {
    call.onBegin = () => {
      throw new Error("fenced");
    };
    await expect(call.run(bash(), { command: "touch ran" })).rejects.toThrow("fenced");
    expect(isAlive(call.begun[0]?.processGroup ?? 0)).toBe(false);
    expect(existsSync(disk.join("work/ran"))).toBe(false);
  });

  it("never runs what was stopped while it was being committed", async () => {
    call.onBegin = () => call.stop();
    await expect(call.run(bash(), { command: "touch ran" })).rejects.toThrow("stopped");
    expect(existsSync(disk.join("work/ran"))).toBe(false);
  });

  it("never starts what was stopped before", async () => {
    call.stop();
    await expect(call.run(bash(), { command: "touch ran" })).rejects.toThrow("stopped");
    expect(call.begun).toEqual([]);
  });
});

describe("the end", () => {
  const stubborn =
    "trap '' TERM; echo $$ > parent; (trap '' TERM; echo $BASHPID > child; echo ready; while :; do sleep 60; done) & wait; while :; do sleep 60; done";

  it("comes for the whole group at the timeout, also when it ignores the first signal", async () => {
    const running = call.run(bash(), { command: stubborn, timeout_seconds: 600 });
    await call.shown("ready");
    expect([...clock.timers].map((timer) => timer.milliseconds)).toEqual([600_000]);
    clock.fireTimers();
    expect(await running).toMatchObject({
      content: "ready\n[ended after the timeout of 600 seconds, with everything it had started]",
      isError: true,
    });
    expect(isAlive(await pidIn("work/parent"))).toBe(false);
    expect(isAlive(await pidIn("work/child"))).toBe(false);
  });

  it("comes when the call is stopped", async () => {
    const running = call.run(bash(), { command: stubborn });
    await call.shown("ready");
    call.stop();
    expect(await running).toMatchObject({ content: "ready\n[stopped, with everything it had started]", isError: true });
    expect(isAlive(await pidIn("work/child"))).toBe(false);
    expect(clock.timers.size).toBe(0);
  });

  it("lets a command clean up after itself", async () => {
    const running = call.run(bash(), {
      command: "trap 'echo cleaned up; exit 0' TERM; echo ready; while :; do sleep 0.01; done",
    });
    await call.shown("ready");
    clock.fireTimers();
    expect((await running).content).toContain("cleaned up");
  });

  it("does not wait for children that keep the output open, and ends them", async () => {
    const outcome = await call.run(bash(), { command: "sleep 300 & echo $! > child; echo done" });
    expect(outcome).toMatchObject({
      content: "done\n[processes the command had left running were ended with it]\n[exit code 0]",
      isError: false,
    });
    expect(isAlive(await pidIn("work/child"))).toBe(false);
  });

  it("does not wait for what left the group either", async () => {
    const outcome = await call.run(bash(), {
      command: "setsid sh -c 'echo $$ > child; sleep 300' & while [ ! -s child ]; do sleep 0.01; done; echo done",
    });
    expect(outcome.content).toMatch(/^done\n/);
    process.kill(await pidIn("work/child"), "SIGKILL");
  });
});

describe("the output", () => {
  it("of a flood keeps both ends and says what is missing", async () => {
    const outcome = await call.run(bash(), {
      command: "echo first; yes 0123456789 | head -c 5000000; echo; echo last",
    });
    expect(outcome.content).toMatch(/^first\n0123456789\n/);
    expect(outcome.content).toMatch(/\[… \d+ characters left out …\]/);
    expect(outcome.content).toMatch(/\nlast\n\[exit code 0\]$/);
    expect(outcome.content.length).toBeLessThan(MAXIMUM_KEPT_OUTPUT + 200);
    const shown = call.output.join("");
    expect(shown.length).toBeLessThan(1024 * 1024 + 200);
    expect(shown).toMatch(/\[further output is not shown while the command runs\]\n$/);
  });

  it("of an endless flood still ends at the timeout", async () => {
    const running = call.run(bash(), { command: "yes" });
    await call.shown("y\ny\n");
    clock.fireTimers();
    expect((await running).content).toMatch(/\[ended after the timeout/);
  });

  it("holds no secret, not even one that was cut in two", async () => {
    const secret = "sk-very-secret-value";
    const tool = bash({ redactor: new SecretRedactor([secret]) });
    const outcome = await call.run(tool, {
      command: `printf 'key: sk-very-'; sleep 0.05; printf 'secret-value\\n'; echo ${secret} >&2`,
    });
    expect(outcome.content).toBe(`key: ${REDACTED}\n${REDACTED}\n[exit code 0]`);
    expect(call.output.join("")).toBe(`key: ${REDACTED}\n${REDACTED}\n`);
  });

  it("may be cut between the bytes of a character", async () => {
    const outcome = await call.run(bash(), { command: "printf '\\303'; sleep 0.05; printf '\\244 \\377 ok'" });
    expect(outcome.content).toBe("ä \ufffd ok\n[exit code 0]");
  });
});

it("gives a command no secrets and nothing that runs code before it", async () => {
  await disk.write({ "work/evil.sh": "echo evil" });
  const environment = {
    PATH: `${disk.join("work")}:.:${process.env["PATH"]}`,
    HOME: disk.path,
    ANTHROPIC_API_KEY: "sk-1",
    GITHUB_TOKEN: "ghp",
    AI_ORCHESTRATOR_HOME: disk.join("home"),
    DATABASE_URL: "postgres://u:p@localhost/x",
    BASH_ENV: disk.join("work/evil.sh"),
    ENV: disk.join("work/evil.sh"),
    npm_config_registry: "x",
  };
  const { content } = await call.run(bash({ environment }), { command: "env | sort" });
  const names = content.split("\n").map((line) => line.split("=")[0]);
  expect(names).toEqual([
    "GIT_PAGER",
    "GIT_TERMINAL_PROMPT",
    "HOME",
    "PAGER",
    "PATH",
    "PWD",
    "SHLVL",
    "TERM",
    "_",
    "[exit code 0]",
  ]);
  expect(content).not.toContain("evil");
  expect(content).toContain(`PATH=${process.env["PATH"]}\n`);
});

describe("what it changed", () => {
  const effect = { path: "b.txt", change: "created", after: "hash" } as const;

  it("is looked for around the command, and told with the result", async () => {
    keeper.effects = [effect];
    call.onBegin = () => void keeper.asked.push("begin");
    const outcome = await call.run(bash(), { command: "echo hi" });
    expect(outcome).toMatchObject({ isError: false, effects: [effect], events: [] });
    expect(keeper.asked).toEqual(["watch", "begin", "end"]);
    expect(call.begun).toMatchObject([{ manifest: "before toolu_1" }]);
  });

  it("is told of a command that failed or was ended too", async () => {
    keeper.effects = [effect];
    expect(await call.run(bash(), { command: "exit 3" })).toMatchObject({ isError: true, effects: [effect] });
  });

  it("cannot be undone when the folder could not be stored, so the command is not run", async () => {
    keeper.failure = new Error("the disk is full");
    await expect(call.run(bash(), { command: "touch ran.txt" })).rejects.toThrow("the disk is full");
    expect(await disk.files()).not.toContain("work/ran.txt");
    expect(call.begun).toEqual([]);
  });

  it("is not looked for when the command never ran", async () => {
    call.onBegin = () => {
      throw new Error("not committed");
    };
    await expect(call.run(bash(), { command: "touch ran.txt" })).rejects.toThrow("not committed");
    expect(keeper.asked).toEqual(["watch", "cancel"]);
  });
});
