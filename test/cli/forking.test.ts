/** Forks, and going on from an earlier version, with the program people use. */
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { CliResult } from "../support/cliProcess.ts";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind } from "../support/eventStream.ts";
import { createGate } from "../support/gate.ts";
import { planOf, step as plannedStep } from "../support/goalScenarios.ts";
import { type ModelServer, startModelServer } from "../support/modelServer.ts";
import { say, stall, useTool } from "../support/modelServerReplies.ts";
import { firstUserTextOf, isPlannerRequest, modelOf, systemTextOf } from "../support/modelServerRequests.ts";
import { byAgent } from "../support/modelServerScripts.ts";

const step: typeof plannedStep = (id, more) => plannedStep(id, { agentType: "writer", ...more });
const write = (path: string, content: string) => useTool("write_md", { path, content });

/** A draft, a report made of it, and a last word; asked again each says something else. */
function script() {
  return byAgent({
    planner: [
      planOf(step("draft"), step("report", { dependsOn: ["draft"] }), step("end", { dependsOn: ["report"] })),
      planOf(step("other", { title: "Translate" })),
    ],
    steps: {
      "Step draft": [write("text.md", "draft"), say("Drafted."), say("Drafted again.")],
      "Step report": [
        write("text.md", "report"),
        write("more.md", "more"),
        say("Reported."),
        write("text.md", "second report"),
        say("Reported again."),
      ],
      "Step end": [say("The end."), say("Another end.")],
      Translate: [say("Traduit."), say("Traduit.")],
    },
  });
}

/** Below the summary are the files that were written. */
function expectSuccess({ exitCode, stdout, stderr }: CliResult, summary: string): void {
  expect(exitCode, stderr).toBe(0);
  expect(stdout.startsWith(summary), stdout).toBe(true);
}

/** The home holds more after every call: copies of the store, compiled code. */
async function filesOutsideHome(sandbox: CliSandbox): Promise<string[]> {
  return (await sandbox.everything()).filter((file) => !file.startsWith("home/"));
}

interface Done extends AsyncDisposable {
  readonly server: ModelServer;
  readonly sandbox: CliSandbox;
}

/** A session `one` that is complete, with v2 after the draft, v3 after the report and v4 at its end. */
async function complete(): Promise<Done> {
  const server = await startModelServer({ script: script() });
  const sandbox = await createCliSandbox({ server, files: { "mine.txt": "mine" } });
  const result = await sandbox.run(["--session", "one", "A goal"]);
  expectSuccess(result, "The end.\n");
  return {
    server,
    sandbox,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

describe("--fork", () => {
  test("with another goal, in a new folder: planned anew, the parent and its folder as they were", async () => {
    await using done = await complete();
    const { sandbox, server } = done;
    const asked = server.turns.length;
    const before = await sandbox.show("one");
    const model = ["--model", "claude-haiku-4-5", "--prompt", "Speak French."];
    const result = await sandbox.run([
      "--fork",
      "one",
      "v2",
      "In French",
      "--session",
      "two",
      "-w",
      "../new",
      ...model,
    ]);
    expectSuccess(result, "Traduit.\n");
    expect(result.stderr).toContain(`Put 2 files of v2 into ${sandbox.root.join("new")}.`);
    expect(await sandbox.root.read("new/text.md")).toBe("draft\n");
    expect(await sandbox.root.read("new/mine.txt")).toBe("mine");
    expect(await sandbox.workspace.read("text.md")).toBe("report\n");
    expect(await sandbox.show("one")).toEqual(before);

    const turns = server.turns.slice(asked);
    expect(firstUserTextOf(turns.find(isPlannerRequest)!)).toContain("Drafted.");
    for (const request of turns) {
      expect(modelOf(request)).toBe("claude-haiku-4-5");
      expect(systemTextOf(request)).toContain("Speak French.");
    }
    const [fork, parent] = await sandbox.sessions();
    expect(fork).toMatchObject({ sessionId: "two", goal: "In French", parent: { sessionId: "one", versionId: "v2" } });
    expect(parent).toMatchObject({ sessionId: "one", parent: null });
    expect((await sandbox.run(["--show", "two"])).stdout).toMatch(/^Fork of +one\/v2$/m);
    expect((await sandbox.run(["--list"])).stdout).toContain("In French (fork of one/v2)");
    await sandbox.run(["--delete", "one"]);
    expect((await sandbox.run(["--show", "two"])).stdout).toMatch(/^Fork of +one\/v2, which is deleted$/m);
    expect((await sandbox.run(["--doctor"])).exitCode).toBe(0);
  });

  test("with the same goal: the rest of the plan runs, and is shown with what is done", async () => {
    await using done = await complete();
    const { sandbox } = done;
    const result = await sandbox.run(["--fork", "one", "v3", "--session", "two", "--streaming"]);
    expectSuccess(result, "");
    expect(result.stdout).toMatch(/^\[orchestrator\] session two, forked from one\/v3: A goal\n/);
    expect(result.stdout).toContain("[orchestrator] session two goes on: A goal\n[orchestrator] 2 of 3 steps done\n");
    expect(result.stdout).toMatch(/\[orchestrator\] completed: 3 of 3 steps/);
    expect(result.stderr).toContain("Nothing had to be restored.");
    const shown = await sandbox.show("two");
    expect(shown).toMatchObject({
      summary: "Another end.",
      parent: { sessionId: "one", versionId: "v3", isDeleted: false },
    });
    expect(shown["costUsd"]).toBeLessThan((await sandbox.show("one"))["costUsd"] as number);
  });

  test("with a plan that a person changed: what is the same stays done; what is no plan is refused", async () => {
    await using done = await complete();
    const { sandbox } = done;
    const shown = await sandbox.run(["--show", "one", "--json"]);
    const session = JSON.parse(shown.stdout) as { plan: { steps: Record<string, unknown>[] } };
    session.plan.steps.splice(1);
    session.plan.steps.push({ ...session.plan.steps[0], id: "other", title: "Translate", dependsOn: ["draft"] });
    await sandbox.workspace.write({ "plan.json": JSON.stringify(session), "none.json": '{"steps": [{"id": 7}]}' });
    const fork = await sandbox.run(["--fork", "one", "v3", "--session", "two", "--keep-files", "--plan", "plan.json"]);
    expectSuccess(fork, "Traduit.\n");
    expect((await sandbox.show("two"))["steps"]).toMatchObject([
      { stepId: "draft", status: "completed" },
      { stepId: "other", status: "completed" },
    ]);
    const resumed = await sandbox.run(["--resume", "one", "--plan", "plan.json"]);
    expectSuccess(resumed, "");
    expect((await sandbox.show("one"))["plan"]).toEqual(session.plan);

    const before = await sandbox.show("one");
    for (const [argv, words] of [
      [["--resume", "one", "--plan", "none.json"], /none\.json holds no plan\. .*steps\[0\]\.id/],
      [["--resume", "one", "--plan", "nowhere.json"], /The plan .*nowhere\.json cannot be read/],
      [["--fork", "one", "v2", "Another goal", "--plan", "plan.json"], /another goal is planned anew/],
    ] as const) {
      const { exitCode, stderr } = await sandbox.run(argv);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(words)]);
    }
    expect(await sandbox.show("one")).toEqual(before);
  });

  test("of a session that runs must have a folder of its own", async () => {
    const gate = createGate();
    const held = byAgent({
      planner: [planOf(step("draft"), step("held", { dependsOn: ["draft"] }))],
      steps: {
        "Step draft": [write("text.md", "draft"), say("Drafted.")],
        "Step held": [stall(4, gate, say("These words ", "come late.")), say("Not held.")],
      },
    });
    await using server = await startModelServer({ script: held });
    await using sandbox = await createCliSandbox({ server });
    await using running = await sandbox.start(["--json", "--session", "one", "A goal"]);
    await running.waitForJson((line) => line["type"] === "text_chunk" && line["content"] === "These words ");
    const refused = await sandbox.run(["--fork", "one", "v2"]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(/is being run by terminal.*--fork one v2 --workspace DIR/s);
    const resumed = await sandbox.run(["--resume", "one/v1"]);
    expect(resumed.stderr).toContain("--fork one v1 --workspace DIR");

    const fork = await sandbox.run(["--fork", "one", "v2", "--session", "two", "--workspace", "../new"]);
    expectSuccess(fork, "Not held.\n");
    expect(await sandbox.root.read("new/text.md")).toBe("draft\n");
    gate.open();
    expect(await running.exited).toMatchObject({ exitCode: 0 });
    expect(await sandbox.show("one")).toMatchObject({ status: "completed", summary: "These words come late." });
  });

  test("what cannot be is refused with what to do instead, and nothing is there then", async () => {
    await using done = await complete();
    const { sandbox } = done;
    await sandbox.root.write({ "full/a.txt": "a" });
    const cases: [string[], RegExp][] = [
      [["ons", "v2"], /no session ons\. Did you mean one\?/],
      [["one", "v22"], /no version v22\. Did you mean v2\?/],
      [["one", "v2", " "], /goal is empty/],
      [["one", "v2", "x".repeat(100_001)], /at most 100000 fit/],
      [["one", "v4"], /At v4 everything .* is done.*another goal/s],
      [["one", "v2", "--session", "one"], /exists already/],
      [["one", "v2", "-w", "../full"], /full is not empty/],
      [["one", "v2", "-w", sandbox.home], /Sessions are kept in/],
      [["one", "v2", "-w", "a", "-w", "b"], /one new folder/],
      [["one", "v2", "-w", "a", "--keep-files"], /do not go together/],
    ];
    const before = await filesOutsideHome(sandbox);
    for (const [args, words] of cases) {
      const result = await sandbox.run(["--fork", ...args]);
      expect(result.stderr, args.join(" ").slice(0, 60)).toMatch(words);
      expect(result, args.join(" ").slice(0, 60)).toMatchObject({ exitCode: 2, stdout: "" });
    }
    expect(await sandbox.sessions()).toHaveLength(1);
    expect(await filesOutsideHome(sandbox)).toEqual(before);
  });
});

describe("--resume S/v2", () => {
  test("restores the folder, keeps what somebody else changed and says so, and runs what follows", async () => {
    await using done = await complete();
    const { sandbox } = done;
    await sandbox.workspace.write({ "more.md": "my own" });
    const result = await sandbox.run(["--resume", "one/v2", "--json"]);
    expectSuccess(result, "");
    expect(result.stderr).toContain("Restored 1 file; `ai-orchestrator --restore one v5` undoes that.");
    expect(result.stderr).toContain(
      "These stay as they are, because a person has to decide:\n  more.md: it was changed since\n",
    );
    const events = eventsOf(result.lines);
    expect(events[0]).toMatchObject({ type: "workflow_resumed", versionId: "v2" });
    expect(ofKind(events, "steps_reset")).toMatchObject([{ stepIds: ["report", "end"] }]);
    expect(events.at(-1)).toMatchObject({ type: "workflow_completed", summary: "Another end." });
    expect(await sandbox.workspace.read("more.md")).toBe("my own");
    expect(await sandbox.workspace.read("text.md")).toBe("second report\n");
  });

  test("goes on in a new folder, and stays there", async () => {
    await using done = await complete();
    const { sandbox } = done;
    const result = await sandbox.run(["--resume", "one/v2", "--workspace", "../new"]);
    expectSuccess(result, "Another end.\n");
    expect(await sandbox.root.read("new/text.md")).toBe("second report\n");
    expect(await readdir(sandbox.root.join("new"))).toEqual(["mine.txt", "text.md"]);
    expect(await sandbox.workspace.read("text.md")).toBe("report\n");
    expect(await sandbox.show("one")).toMatchObject({ folders: [{ path: sandbox.root.join("new") }] });
  });

  test("leaves the files as they are where that is said", async () => {
    await using done = await complete();
    const result = await done.sandbox.run(["--resume", "one/v2", "--keep-files", "--from-step", "draft"]);
    expectSuccess(result, "Another end.\n");
    expect(await done.sandbox.workspace.read("more.md")).toBe("more\n");
  });

  test("asks on a terminal", async () => {
    await using done = await complete();
    const { sandbox } = done;
    await using cancelled = await sandbox.startOnTerminal(["--resume", "one/v2"]);
    await cancelled.waitForScreen((text) => text.includes("[c] cancel"));
    expect(cancelled.screen.text).toContain("[r] as it was at v2: 2 files change, which can be undone");
    cancelled.type("c");
    expect(await cancelled.exited).toBe(130);
    expect(await sandbox.show("one")).toMatchObject({ status: "completed" });

    await using terminal = await sandbox.startOnTerminal(["--resume", "one/v2"]);
    await terminal.waitForScreen((text) => text.includes("[n] a new folder"));
    terminal.type("n");
    await terminal.waitForScreen((text) => text.includes("Path of the new folder:"));
    terminal.type("../typed\r");
    expect(await terminal.exited, terminal.screen.text).toBe(0);
    expect(await sandbox.root.read("typed/text.md")).toBe("second report\n");
    expect(await sandbox.workspace.read("more.md")).toBe("more\n");
  });
});
