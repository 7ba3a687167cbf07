/** Files put back to a version from the terminal, with real runs, real files and a real terminal. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { createCliSandbox, type CliSandbox } from "../support/cliSandbox.ts";
import { createGate } from "../support/gate.ts";
import { planOf, step } from "../support/goalScenarios.ts";
import { startModelServer, type ModelServer } from "../support/modelServer.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const SCRIPT = () =>
  byAgent({
    planner: [planOf(step("first"), step("second", { dependsOn: ["first"] }))],
    steps: {
      "Step first": [
        useTool("write", { file_path: "notes.md", content: "# Notes\nfirst\n" }),
        useTool("edit", { file_path: "README.md", old_string: "one", new_string: "ONE" }),
        say("Done."),
      ],
      "Step second": [useTool("write", { file_path: "src/app.js", content: "second()\n" }), say("Done.")],
    },
  });

/** A session `mine` whose two agents changed README.md and wrote notes.md and src/app.js. */
async function sandboxWithSession(server: ModelServer): Promise<CliSandbox> {
  const sandbox = await createCliSandbox({ server, files: { "README.md": "one\ntwo\nthree\n", "own.txt": "mine\n" } });
  const { exitCode, stderr } = await sandbox.run(["--session", "mine", "Change things"]);
  expect(exitCode, stderr).toBe(0);
  return sandbox;
}

const BEFORE = ["README.md", "own.txt"];
const AFTER = ["README.md", "notes.md", "own.txt", "src/app.js"];

describe("--restore", () => {
  test("says what it would do, does it, and can be undone", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    const dry = await sandbox.run(["--restore", "mine", "v1", "--dry-run"]);
    expect(dry, dry.stderr).toMatchObject({ exitCode: 0, stderr: "" });
    expect(dry.stdout).toMatch(/^Would restore v1 of mine, in .*workspace:\n {2}~ README\.md\n {2}- notes\.md\n/);
    expect(dry.stdout).toMatch(/would be kept as (v\d+); `.*--restore mine \1` would undo it/);
    expect(await sandbox.workspace.files()).toEqual(AFTER);

    const done = await sandbox.run(["--restore", "mine", "v1"]);
    expect(done, done.stderr).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sandbox.workspace.files()).toEqual(BEFORE);
    expect(await sandbox.workspace.read("README.md")).toBe("one\ntwo\nthree\n");
    const undo = /--restore mine (v\d+)`/.exec(done.stdout)?.[1] ?? "";
    const undone = await sandbox.run(["--restore", "mine", undo, "--json"]);
    expect(undone).toMatchObject({ exitCode: 0 });
    expect(undone.lines).toMatchObject([{ dryRun: false, versionId: undo, conflicts: [], result: { failed: [] } }]);
    expect(await sandbox.workspace.files()).toEqual(AFTER);
    expect(await sandbox.workspace.read("README.md")).toBe("ONE\ntwo\nthree\n");
  });

  test("of a step, of an agent, or of one file leaves the rest", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    const one = await sandbox.run(["--restore", "mine", "v1", "--path", "./README.md"]);
    expect(one, one.stderr).toMatchObject({ exitCode: 0 });
    expect(await sandbox.workspace.read("README.md")).toBe("one\ntwo\nthree\n");
    expect(await sandbox.workspace.files()).toEqual(AFTER);

    const taken = await sandbox.run(["--restore", "mine", "step:second"]);
    expect(taken, taken.stderr).toMatchObject({ exitCode: 0 });
    expect(taken.stdout).toMatch(/^Took back what step second of mine did, /);
    expect(await sandbox.workspace.files()).toEqual(["README.md", "notes.md", "own.txt"]);

    const { agents } = (await sandbox.show("mine")) as unknown as { agents: { agentId: string; stepId: string }[] };
    const first = agents.find(({ stepId }) => stepId === "first")?.agentId ?? "";
    expect(await sandbox.run(["--restore", "mine", `agent:${first}`])).toMatchObject({ exitCode: 0 });
    expect(await sandbox.workspace.files()).toEqual(BEFORE);
  });

  test("keeps what others changed, lists it and answers 1; nothing waits without a terminal", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    await sandbox.workspace.write({ "notes.md": "somebody's\n", "own.txt": "changed\n", "new.txt": "new\n" });
    const dry = await sandbox.run(["--restore", "mine", "v1", "--dry-run"]);
    expect(dry).toMatchObject({ exitCode: 1 });
    const done = await sandbox.run(["--restore", "mine", "v1"]);
    expect(done).toMatchObject({ exitCode: 1 });
    for (const { stdout } of [dry, done]) {
      expect(stdout).toMatch(
        /These stay as they are.*\n {2}- notes\.md: it was changed since\n {2}~ own\.txt: .*never wrote/,
      );
    }
    expect(await sandbox.workspace.files()).toEqual(["README.md", "new.txt", "notes.md", "own.txt"]);
    expect(await sandbox.workspace.read("notes.md")).toBe("somebody's\n");
  });

  test("asks on a terminal: keep, take or merge; Ctrl-C changes nothing", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    await sandbox.workspace.write({ "notes.md": "somebody's\n", "README.md": "ONE\ntwo\nthree\nfour\n" });
    const stopped = await sandbox.startOnTerminal(["--restore", "mine", "v1"]);
    await stopped.waitForScreen((text) => text.includes("[t] take"));
    stopped.type("\x03");
    expect(await stopped.exited).toBe(130);
    await stopped[Symbol.asyncDispose]();
    expect(await sandbox.workspace.files()).toEqual(AFTER);

    await using terminal = await sandbox.startOnTerminal(["--restore", "mine", "v1"]);
    await terminal.waitForScreen((text) => text.includes("README.md: it was changed since") && text.includes("[m]"));
    terminal.type("m");
    await terminal.waitForScreen((text) => text.includes("notes.md: it was changed since"));
    // A key that is none of the answers is asked again; there is nothing to merge a deletion with.
    terminal.type("m");
    await terminal.waitForScreen((text) => text.split("[t] take").length === 4);
    terminal.type("t");
    expect(await terminal.exited).toBe(0);
    expect(await sandbox.workspace.read("README.md")).toBe("one\ntwo\nthree\nfour\n");
    expect(await sandbox.workspace.files()).toEqual(BEFORE);
  });

  test("of what is not there names what is, and of what runs says what to do", async () => {
    const gate = createGate();
    const script = byAgent({
      planner: [planOf(step("first"))],
      steps: { "Step first": [stall(4, gate, say("slowly ", "done"))] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    const cases = [
      [["--restore", "mina", "v1"], 2, /There is no session mina/],
      [["--restore", "sessions/mine/v1", "v1"], 2, /cannot be a session id/],
      [["--restore", "../mine", "v1"], 2, /cannot be a session id/],
      [["--restore", "mine"], 2, /WHAT is missing: --restore S WHAT/],
      [["--restore", "mine", "v1", "--model", "x"], 2, /--model does not go with --restore/],
      [["--restore", "mine", "step:a", "--path", "x"], 2, /--path goes with a version/],
    ] as const;
    for (const [argv, exitCode, words] of cases) {
      const result = await sandbox.run(argv);
      expect(result, argv.join(" ")).toMatchObject({ exitCode, stdout: "" });
      expect(result.stderr).toMatch(words);
    }
    await using running = await sandbox.start(["--json", "--session", "mine", "A goal"]);
    await running.waitForJson((line) => line["type"] === "text_chunk");
    const refused = await sandbox.run(["--restore", "mine", "v1"]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(/being run by terminal.*--stop mine/);
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
    expect((await sandbox.run(["--restore", "mime", "v1"])).stderr).toMatch(/Did you mean mine\?/);
    const unknown = await sandbox.run(["--restore", "mine", "v77"]);
    expect(unknown).toMatchObject({ exitCode: 2 });
    expect(unknown.stderr).toMatch(/no version v77.*v\d/);
    expect((await sandbox.run(["--restore", "mine", "step:frist"])).stderr).toMatch(/no step frist.*first/);
    expect((await sandbox.run(["--restore", "mine", "agent:nobody"])).stderr).toMatch(/No agent nobody/);
    expect((await sandbox.run(["--restore", "mine", "v1", "--path", "none.md"])).stderr).toMatch(/none\.md is neither/);
  });

  test("into a folder that is gone offers to name where it is now", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    await rename(sandbox.workspace.path, `${sandbox.workspace.path}-moved`);
    const cwd = sandbox.root.path;
    const gone = await sandbox.run(["--restore", "mine", "v1"], { cwd });
    expect(gone).toMatchObject({ exitCode: 2, stdout: "" });
    expect(gone.stderr).toMatch(/workspace of the session mine is not there any more.*--workspace DIR/);
    const done = await sandbox.run(["--restore", "mine", "v1", "--workspace", "workspace-moved"], { cwd });
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    expect(await readFile(sandbox.root.join("workspace-moved/README.md"), "utf8")).toBe("one\ntwo\nthree\n");
    const { lines } = await sandbox.run(["--show", "mine", "--json"], { cwd });
    expect(lines).toMatchObject([{ folders: [{ path: sandbox.root.join("workspace-moved") }] }]);
  });

  test("with content that is damaged restores the rest, and --diff and --doctor tell of it", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await createCliSandbox({
      server,
      files: { "README.md": "one\n", "own.txt": "x".repeat(300_000) },
    });
    await sandbox.run(["--session", "mine", "Change things"]);
    await sandbox.run(["--snapshot", "mine"]);
    await sandbox.workspace.write({ "own.txt": "y" });
    await sandbox.run(["--snapshot", "mine"]);
    const database = new DatabaseSync(`${sandbox.home}/objects.db`);
    database.exec("UPDATE packs SET bytes = zeroblob(length(bytes)) WHERE size >= 300000");
    database.close();
    const diff = await sandbox.run(["--diff", "mine", "v1", "latest"]);
    expect(diff).toMatchObject({ exitCode: 0 });
    expect(diff.stdout).toMatch(/modified own\.txt: its content in the store is damaged/);
    expect(diff.stdout).toMatch(/^-one$/m);
    const done = await sandbox.run(["--restore", "mine", "v1", "--path", "README.md"]);
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    const doctor = await sandbox.run(["--doctor"]);
    expect(doctor).toMatchObject({ exitCode: 1 });
    expect(doctor.stdout).toMatch(
      /✗ Files that snapshots keep\n.*mine keeps, 0 are missing and 1 are damaged \(v1, v2/,
    );
  });
});

describe("--diff of files", () => {
  test("is unified, without colours where it is no terminal, and one object with --json", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    const { stdout } = await sandbox.run(["--diff", "mine", "v1", "latest"]);
    expect(stdout).toContain("--- a/README.md\n+++ b/README.md\n@@ -1,3 +1,3 @@\n-one\n+ONE\n two\n three\n");
    expect(stdout).toContain("--- /dev/null\n+++ b/src/app.js\n");
    expect(stdout).not.toContain("\u001b");
    const { lines } = await sandbox.run(["--diff", "mine", "latest", "v1", "--json"]);
    expect(lines).toMatchObject([
      { fileDiffs: { basis: "snapshots", files: [{ path: "README.md", kind: "text" }, { path: "notes.md" }, {}] } },
    ]);
    await using terminal = await sandbox.startOnTerminal(["--diff", "mine", "v1", "v2"]);
    expect(await terminal.exited).toBe(0);
    expect(terminal.output).toContain("\u001b[32m+ONE\u001b[39m");
    await using plain = await sandbox.startOnTerminal(["--diff", "mine", "v1", "v2"], { env: { NO_COLOR: "1" } });
    expect(await plain.exited).toBe(0);
    expect(plain.output).not.toContain("\u001b[32m");
  });
});

describe("versions", () => {
  test("are made, named, pinned, shown with what they hold, and given up", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    await sandbox.workspace.write({ "more.txt": "more\n" });
    const made = await sandbox.run(["--snapshot", "mine", "--label", "before the big change"]);
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    const [, version = ""] = /^Made (v\d+) of mine, 1 path changed/.exec(made.stdout) ?? [];
    expect((await sandbox.run(["--pin", "mine", version])).stdout).toMatch(/are kept when space is short/);
    expect(await sandbox.run(["--pin", "mine", "v99"])).toMatchObject({ exitCode: 2 });
    const shown = await sandbox.run(["--show", "mine"]);
    expect(shown.stdout).toMatch(/v1 +the folder as the session found it +2 files, 19 B\n/);
    expect(shown.stdout).toMatch(/on request +1 file, 5 B +pinned, "before the big change"\n/);
    expect(shown.stdout).toMatch(/ on the disk\n/);
    expect((await sandbox.run(["--list"])).stderr).toMatch(/^Snapshots take .* of 2\.0 GB\.$/m);

    const dry = await sandbox.run(["--delete", "mine", "--snapshots", "--dry-run"]);
    expect(dry.stdout).toMatch(
      new RegExp(`^Would remove the files of v1, .*; the session stays\\. ${version} is pinned`),
    );
    expect(await sandbox.run(["--restore", "mine", "v1", "--dry-run"])).toMatchObject({ exitCode: 0 });
    expect(await sandbox.run(["--delete", "mine", "--snapshots"])).toMatchObject({ exitCode: 0 });
    const removed = await sandbox.run(["--restore", "mine", "v1"]);
    expect(removed).toMatchObject({ exitCode: 2 });
    expect(removed.stderr).toMatch(new RegExp(`no longer kept\\. These hold files: ${version}\\.`));
    expect(await sandbox.run(["--unpin", "mine", version])).toMatchObject({ exitCode: 0 });
    expect((await sandbox.show("mine"))["status"]).toBe("completed");
    expect(await sandbox.run(["--delete", "mine", "--dry-run"])).toMatchObject({ exitCode: 2 });
  });

  test("beyond the quota are given up by --cleanup, oldest first", async () => {
    await using server = await startModelServer({ script: SCRIPT() });
    await using sandbox = await sandboxWithSession(server);
    const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(30_000))).toString("base64");
    for (let count = 0; count < 3; count++) {
      await sandbox.workspace.write({ "big.txt": noise() });
      await sandbox.run(["--snapshot", "mine"]);
    }
    const quota = { "snapshots.quotaGb": 70 / (1024 * 1024) };
    await writeFile(`${sandbox.home}/config.json`, JSON.stringify(quota), { mode: 0o600 });
    const dry = await sandbox.run(["--cleanup", "7", "--dry-run"]);
    expect(dry.stdout).toMatch(
      /Would give up the files of \d+ old snapshots, because more than 70\.0 kB are kept:\n {2}mine {2}v1, v2/,
    );
    const { lines } = await sandbox.run(["--cleanup", "7", "--json"]);
    expect(lines).toMatchObject([
      { removed: [], snapshots: { dryRun: false, removed: [{ versionId: "v1" }, {}, {}, {}] } },
    ]);
    const shown = (await sandbox.show("mine"))["versions"] as { isRemoved: boolean }[];
    expect(shown.at(0)).toMatchObject({ isRemoved: true });
    expect(shown.at(-1)).toMatchObject({ isRemoved: false });
  });
});
