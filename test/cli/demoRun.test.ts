/** What a stranger sees first: no key, no server, one command. */
import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, interleavedAgents, joinedText, ofKind, onlyOne, textOfTurns } from "../support/eventStream.ts";

const FILES = {
  "README.md": "# Sample\n\nA sample project.\n\n## Usage\n\nRun it.\n",
  "src/index.ts": "// TODO: say hello in other languages\nexport const greeting = 'hello';\n",
  "src/trends.ts": "export const trends = ['agents'];\n",
  "package.json": '{ "name": "sample", "main": "src/index.ts" }\n',
};

describe("a goal without a key", () => {
  test("ends with a report on disk, and the session is in the list", async () => {
    await using sandbox = await createCliSandbox({ files: FILES });
    const result = await sandbox.run(["Research AI trends"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toMatch(/demo model/);
    expect(result.stderr).toMatch(/ANTHROPIC_API_KEY/);
    const written = (await sandbox.workspace.files()).filter((path) => !(path in FILES));
    expect(written.some((path) => path.endsWith(".md"))).toBe(true);
    const report = await sandbox.workspace.read(written.findLast((path) => path.endsWith(".md")) ?? "");
    expect(report).toMatch(/demo/i);
    expect(report).toContain("say hello in other languages");
    expect(result.stdout).toContain(written.findLast((path) => path.endsWith(".md")));
    const [session, ...others] = await sandbox.sessions();
    expect(others).toEqual([]);
    expect(session).toMatchObject({ goal: "Research AI trends" });
    expect(session).toMatchObject({ status: "completed" });
  });

  test("shows at least two agents at the same time", async () => {
    await using sandbox = await createCliSandbox({ files: FILES });
    const result = await sandbox.run(["--json", "--streaming", "Research AI trends"]);
    const events = eventsOf(result.lines);
    expect(interleavedAgents(events)).not.toEqual([]);
    expect(joinedText(events)).toEqual(textOfTurns(events));
    const plan = onlyOne(events, "plan_created").plan;
    expect(plan.steps.length).toBeGreaterThanOrEqual(3);
    expect(plan.steps.length).toBeLessThanOrEqual(5);
    expect(ofKind(events, "step_completed")).toHaveLength(plan.steps.length);
    expect(onlyOne(events, "session_created").demo).toBe(true);
    expect(onlyOne(events, "workflow_completed")).toMatchObject({ costUsd: 0 });
  });

  test("does the same in an empty folder", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["Say what is here"]);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect((await sandbox.workspace.files()).some((path) => path.endsWith(".md"))).toBe(true);
  });

  test("takes the goal from standard input", async () => {
    await using sandbox = await createCliSandbox();
    const result = await sandbox.run(["-", "--json"], { stdin: "Goal from\nstandard input\n" });
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(onlyOne(eventsOf(result.lines), "session_created").goal).toBe("Goal from\nstandard input");
  });

  test("leaves nothing outside the workspace and the home", async () => {
    await using sandbox = await createCliSandbox({ files: FILES });
    await sandbox.run(["Research AI trends"]);
    const around = (await sandbox.everything()).filter(
      (path) => !path.startsWith("workspace/") && !path.startsWith("home/"),
    );
    expect(around).toEqual([]);
  });
});
