/** Sessions that are kept: compared, carried to another home, removed. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { createCliSandbox, TEST_KEY, type CliSandbox } from "../support/cliSandbox.ts";
import { createGate } from "../support/gate.ts";
import { planOf, step } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { byAgent } from "../support/modelServerScripts.ts";

async function sandboxWithSession(sessionId = "mine"): Promise<CliSandbox> {
  const sandbox = await createCliSandbox({ files: { "README.md": "# Sample\n" } });
  const { exitCode, stderr } = await sandbox.run(["--session", sessionId, "Describe this"]);
  expect(exitCode, stderr).toBe(0);
  return sandbox;
}

/** Makes every session as old as that, as far as the list knows. */
function age(sandbox: CliSandbox, days: number): void {
  const database = new DatabaseSync(`${sandbox.home}/store.db`);
  const then = new Date(Date.now() - days * 24 * 60 * 60 * 1_000).toISOString();
  database.prepare("UPDATE sessions SET updated_at = ?").run(then);
  database.close();
}

describe("--diff", () => {
  test("tells what happened between two versions, and what going back would undo", async () => {
    await using sandbox = await sandboxWithSession();
    const { stdout, exitCode } = await sandbox.run(["--diff", "mine", "v1", "latest"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^mine: v1 → latest$/m);
    for (const title of ["Plan", "Steps", "Agents", "Files"]) expect(stdout).toMatch(new RegExp(`^${title}:$`, "m"));
    expect(stdout).toMatch(/^ {2}\+ .*\.md \(/m);
    const back = await sandbox.run(["--diff", "mine", "latest", "v1"]);
    expect(back.stdout).toMatch(/^ {2}- .*\.md \(/m);
  });

  test("as JSON is one object", async () => {
    await using sandbox = await sandboxWithSession();
    const { lines } = await sandbox.run(["--diff", "mine", "v1", "v2", "--json"]);
    expect(lines).toMatchObject([{ sessionId: "mine", from: { versionId: "v1" }, to: { versionId: "v2" } }]);
  });

  test("of what is not there names what is", async () => {
    await using sandbox = await sandboxWithSession();
    const unknown = await sandbox.run(["--diff", "mine", "v1", "v99"]);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unknown.stderr).toMatch(/no version v99.*v\d/);
    expect((await sandbox.run(["--diff", "mina", "v1", "v2"])).stderr).toContain("mine");
    const short = await sandbox.run(["--diff", "mine", "v1"]);
    expect(short).toMatchObject({ exitCode: 2 });
    expect(short.stderr).toMatch(/TO is missing: --diff S FROM TO/);
  });
});

describe("--export and --import", () => {
  test("carry a session to another home, where it belongs to no folder", async () => {
    await using here = await sandboxWithSession();
    await using there = await createCliSandbox();
    const exported = await here.run(["--export", "mine", "mine.session"]);
    expect(exported, exported.stderr).toMatchObject({ exitCode: 0 });
    const file = here.workspace.join("mine.session");
    expect(exported.stdout).toContain(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const imported = await there.run(["--import", file]);
    expect(imported, imported.stderr).toMatchObject({ exitCode: 0 });
    expect(imported.stdout).toMatch(/--resume mine --workspace DIR/);
    expect(await there.show("mine")).toMatchObject({ goal: "Describe this", status: "completed", folders: [] });
    const [sent, arrived] = [await here.storedEvents("mine"), await there.storedEvents("mine")];
    expect(arrived.slice(0, -1)).toEqual(sent);
    expect(arrived.at(-1)).toMatchObject({ type: "session_imported" });
  });

  test("of an id that is taken says which one it got", async () => {
    await using sandbox = await sandboxWithSession();
    await sandbox.run(["--export", "mine", "mine.session"]);
    const { stdout } = await sandbox.run(["--import", "mine.session"]);
    expect(stdout).toMatch(/as mine_2, because mine is taken/);
    const { lines } = await sandbox.run(["--import", "mine.session", "--json"]);
    expect(lines).toMatchObject([{ sessionId: "mine_3", originalId: "mine" }]);
  });

  test("keep the key in", async () => {
    const script = byAgent({
      planner: [planOf(step("first"))],
      steps: { "Step first": [useTool("write_md", { path: "a.md", content: `The key is ${TEST_KEY}` }), say("Done.")] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await sandbox.run(["--session", "mine", `Use ${TEST_KEY}`]);
    const { exitCode, stderr } = await sandbox.run(["--export", "mine", "mine.session"]);
    expect(exitCode, stderr).toBe(0);
    await using there = await createCliSandbox();
    await there.run(["--import", sandbox.workspace.join("mine.session")]);
    const events = JSON.stringify(await there.storedEvents("mine"));
    expect(events).toContain("Use •••••");
    expect(events).not.toContain(TEST_KEY);
  });

  test("refuse to overwrite, what is no session, what was cut off and what was changed", async () => {
    await using sandbox = await sandboxWithSession();
    await sandbox.workspace.write({ "notes.txt": "precious" });
    const taken = await sandbox.run(["--export", "mine", "notes.txt"]);
    expect(taken).toMatchObject({ exitCode: 2 });
    expect(taken.stderr).toMatch(/not overwritten/);
    expect(await sandbox.workspace.read("notes.txt")).toBe("precious");
    expect((await sandbox.run(["--import", "notes.txt"])).stderr).toMatch(/no exported session/);
    expect(await sandbox.run(["--import", "none.session"])).toMatchObject({ exitCode: 2 });

    await sandbox.run(["--export", "mine", "mine.session"]);
    const file = sandbox.workspace.join("mine.session");
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length / 2));
    const cut = await sandbox.run(["--import", "mine.session"]);
    expect(cut).toMatchObject({ exitCode: 1, stdout: "" });
    expect(cut.stderr).toMatch(/ends too early; nothing was imported/);
    whole[whole.length >> 1]! ^= 1;
    await writeFile(file, whole);
    const changed = await sandbox.run(["--import", "mine.session"]);
    expect(changed).toMatchObject({ exitCode: 1 });
    expect(changed.stderr).toMatch(/was changed/);
    expect((await sandbox.sessions()).map((session) => session["sessionId"])).toEqual(["mine"]);
  });
});

describe("--delete", () => {
  test("removes the session and leaves the files", async () => {
    await using sandbox = await sandboxWithSession();
    const before = await sandbox.workspace.files();
    const deleted = await sandbox.run(["--delete", "mine"]);
    expect(deleted).toMatchObject({ exitCode: 0, stdout: "Deleted mine.\n" });
    expect(await sandbox.sessions()).toEqual([]);
    expect(await sandbox.workspace.files()).toEqual(before);
    expect(await sandbox.run(["--delete", "mine"])).toMatchObject({ exitCode: 2 });
    const odd = await sandbox.run(["--delete", "../mine"]);
    expect(odd).toMatchObject({ exitCode: 2 });
    expect(odd.stderr).toMatch(/cannot be a session id/);
  });

  test("does not remove one that is running, nor does a cleanup", async () => {
    const gate = createGate();
    const script = byAgent({
      planner: [planOf(step("first"))],
      steps: { "Step first": [stall(4, gate, say("slowly ", "done"))] },
    });
    await using server = await startModelServer({ script });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--session", "mine", "A goal"]);
    await running.waitForJson((line) => line["type"] === "text_chunk");
    const deleted = await sandbox.run(["--delete", "mine"]);
    expect(deleted).toMatchObject({ exitCode: 1, stdout: "" });
    expect(deleted.stderr).toMatch(/being run by terminal.*--stop mine/);
    age(sandbox, 30);
    expect((await sandbox.run(["--cleanup", "7"])).stdout).toMatch(/nothing to remove[^]*running[^]*mine/);
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
  });
});

describe("--cleanup", () => {
  test("removes what is older, after a look without consequences", async () => {
    await using sandbox = await sandboxWithSession("old");
    age(sandbox, 8);
    await sandbox.run(["--session", "new", "Another goal"]);
    const dry = await sandbox.run(["--cleanup", "7", "--dry-run"]);
    expect(dry).toMatchObject({ exitCode: 0 });
    expect(dry.stdout).toMatch(/^Would remove 1 session:\n {2}old .* Describe this\n$/);
    expect(await sandbox.sessions()).toHaveLength(2);
    const { lines } = await sandbox.run(["--cleanup", "7", "--json"]);
    expect(lines).toMatchObject([{ dryRun: false, removed: [{ sessionId: "old" }], running: [] }]);
    expect((await sandbox.sessions()).map((session) => session["sessionId"])).toEqual(["new"]);
    expect((await sandbox.run(["--cleanup", "7"])).stdout).toBe("There is nothing to remove.\n");
  });

  test.each([["-1"], ["0"], ["1.5"], ["many"], ["99999999"]])(
    "of %s days is refused, and nothing is removed",
    async (days) => {
      await using sandbox = await sandboxWithSession();
      age(sandbox, 30);
      for (const argv of [["--cleanup", days], [`--cleanup=${days}`]]) {
        const result = await sandbox.run(argv);
        expect(result).toMatchObject({ exitCode: 2, stdout: "" });
        expect(result.stderr).toMatch(/--cleanup (needs a value|must be a whole number from 1 to 36500)/);
      }
      expect(await sandbox.sessions()).toHaveLength(1);
    },
  );
});

describe("--doctor", () => {
  test("finds nothing where nothing is wrong, and creates no home to look at", async () => {
    await using sandbox = await createCliSandbox();
    const none = await sandbox.run(["--doctor"]);
    expect(none).toMatchObject({ exitCode: 0 });
    expect(none.stdout).toMatch(/nothing is kept/);
    expect(await sandbox.everything()).toEqual([]);
    await sandbox.run(["--session", "mine", "A goal"]);
    const { stdout, exitCode } = await sandbox.run(["--doctor"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /✓ Session store\n[^]*✓ Sessions \(1, with \d+ events\)\n✓ Files that snapshots keep\nEverything is in order\.\n$/,
    );
  });

  test("repairs what is derived, and says what it did", async () => {
    await using sandbox = await sandboxWithSession();
    const database = new DatabaseSync(`${sandbox.home}/store.db`);
    database.exec("UPDATE sessions SET title = 'Not mine', cost_usd = 99");
    database.close();
    const { stdout, exitCode } = await sandbox.run(["--doctor"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/the session mine this was not what its log says: list entry\. Repaired\./);
    expect(await sandbox.sessions()).toMatchObject([{ title: "Describe this", costUsd: 0 }]);
  });

  test("works where the settings do not, and says what is left to do", async () => {
    await using sandbox = await sandboxWithSession();
    await writeFile(`${sandbox.home}/config.json`, '{ "modle": 1 }', { mode: 0o600 });
    const { stdout, exitCode, stderr } = await sandbox.run(["--doctor"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout).toMatch(/✗ Settings\n.*"modle" is not known; did you mean "model"/);
    expect(stdout).toMatch(/Something is left to look at/);
    const { lines } = await sandbox.run(["--doctor", "--json"]);
    expect(lines).toMatchObject([{ home: sandbox.home, healthy: false, sessions: 1 }]);
  });

  test("salvages a damaged store, which any other command does too", async () => {
    await using sandbox = await sandboxWithSession();
    const events = await sandbox.storedEvents("mine");
    const damage = async (): Promise<void> => {
      const file = `${sandbox.home}/store.db`;
      const bytes = await readFile(file);
      await writeFile(file, bytes.fill(0, 0, 100));
    };
    await damage();
    const doctor = await sandbox.run(["--doctor"]);
    expect(doctor).toMatchObject({ exitCode: 0 });
    expect(doctor.stdout).toMatch(/damaged\. 1 sessions with \d+ events could be salvaged\. .*store\.db\.corrupt-/);
    expect(await sandbox.storedEvents("mine")).toEqual(events);

    await damage();
    const list = await sandbox.run(["--list", "--json"]);
    expect(list.lines).toMatchObject([{ sessionId: "mine" }]);
    expect(list.stderr).toMatch(/was damaged.*could be salvaged/);
    expect(await sandbox.storedEvents("mine")).toEqual(events);
    expect((await sandbox.everything()).filter((name) => /corrupt-\w+$/.test(name))).toHaveLength(2);
  });
});

test("what a flag does not go with is said", async () => {
  await using sandbox = await createCliSandbox();
  const cases = [
    [["--list", "--dry-run"], /--dry-run does not go with --list/],
    [["--doctor", "--delete", "x"], /--delete and --doctor do not go together/],
    [["--export", "x"], /FILE is missing/],
    [["--export", "x", "a", "b"], /"b" is too much/],
    [["--import"], /--import needs a value/],
  ] as const;
  for (const [argv, words] of cases) {
    const result = await sandbox.run(argv);
    expect(result, argv.join(" ")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(result.stderr).toMatch(words);
  }
  expect(await sandbox.everything()).toEqual([]);
});
