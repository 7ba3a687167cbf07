/** The folder is the border, whatever the model asks for; and what it asks wrongly it is told. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type CliSandbox, createCliSandbox } from "../support/cliSandbox.ts";
import { eventsOf, ofKind } from "../support/eventStream.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { type ToolResult, toolResultsOf } from "../support/modelServerRequests.ts";

const SECRET = "the secret outside";

/** A sandbox with a secret beside the workspace and links that lead to it. */
async function besideASecret(server: Awaited<ReturnType<typeof startModelServer>>): Promise<CliSandbox> {
  const sandbox = await createCliSandbox({ server, files: { "inside.txt": "inside" } });
  await sandbox.root.write({ "outside/secret.txt": SECRET });
  await symlink("../outside", sandbox.workspace.join("folder-link"));
  await symlink("../outside/secret.txt", sandbox.workspace.join("file-link"));
  await symlink(sandbox.root.join("outside/new.txt"), sandbox.workspace.join("dangling-link"));
  return sandbox;
}

/** What the model was told for each of its calls, made in one turn. */
async function callAll(
  calls: readonly (readonly [string, unknown])[],
  prepare?: (sandbox: CliSandbox) => Promise<void>,
) {
  const script = oneStep([calls.map(([name, input]) => useTool(name, input)), say("Done.")]);
  await using server = await startModelServer({ script });
  const sandbox = await besideASecret(server);
  await prepare?.(sandbox);
  const result = await sandbox.run(["--json", "A goal"]);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(server.violations).toEqual([]);
  return {
    sandbox,
    results: toolResultsOf(server.turns.at(-1)!),
    events: eventsOf(result.lines),
    [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
  };
}

describe("outside the workspace", () => {
  test.each([
    ["..", "../outside/secret.txt"],
    ["a detour", "a/../../outside/secret.txt"],
    ["a link to a folder", "folder-link/secret.txt"],
    ["a link to a file", "file-link"],
    ["an absolute path", "/etc/passwd"],
    ["the process's own files", "/proc/self/environ"],
    ["a home path", "~/.bashrc"],
    ["a NUL byte", "inside.txt\u0000/../../outside/secret.txt"],
    ["a Windows path", "..\\outside\\secret.txt"],
  ])("nothing is read or written through %s, and the model is told", async (_, path) => {
    await using outcome = await callAll([
      ["read", { file_path: path }],
      ["write", { file_path: path, content: "changed" }],
      ["edit", { file_path: path, old_string: "the", new_string: "changed" }],
      ["write_md", { path, content: "# changed" }],
      ["glob", { pattern: path }],
    ]);
    const { sandbox, results } = outcome;
    const [read, write, edit] = results as [ToolResult, ToolResult, ToolResult];
    // A backslash is an ordinary character of a name here; reading it must fail, writing it stays inside.
    if (!path.includes("\\"))
      for (const result of [read, write, edit]) expect(result, JSON.stringify(result)).toMatchObject({ isError: true });
    expect(read.isError).toBe(true);
    expect(results.map((result) => result.text).join("\n")).not.toContain(SECRET);
    expect(await readFile(sandbox.root.join("outside/secret.txt"), "utf8")).toBe(SECRET);
    expect((await sandbox.everything()).filter((file) => file.startsWith("outside/"))).toEqual(["outside/secret.txt"]);
  });

  test("nothing is made through a link that leads nowhere yet", async () => {
    await using outcome = await callAll([
      ["write", { file_path: "dangling-link", content: "x" }],
      ["write", { file_path: "folder-link/new.txt", content: "x" }],
      ["write", { file_path: "folder-link/sub/new.txt", content: "x" }],
    ]);
    const { sandbox, results } = outcome;
    expect(results.map((result) => result.isError)).toEqual([true, true, true]);
    expect((await sandbox.everything()).filter((file) => file.startsWith("outside/"))).toEqual(["outside/secret.txt"]);
  });

  test("searches do not follow links out", async () => {
    await using outcome = await callAll([
      ["grep", { pattern: "secret" }],
      ["grep", { pattern: "secret", path: "folder-link" }],
      ["glob", { pattern: "**/*.txt" }],
      ["glob", { pattern: "../**/*" }],
    ]);
    const { results } = outcome;
    expect(results.map((result) => result.text).join("\n")).not.toMatch(/the secret outside|outside\/secret/);
    expect(results[2]?.text).toContain("inside.txt");
  });

  test("the home of the sessions is closed even when a link leads there", async () => {
    await using outcome = await callAll(
      [
        ["read", { file_path: "home-link/config.json" }],
        ["write", { file_path: "home-link/config.json", content: "{}" }],
        ["glob", { pattern: "home-link/*" }],
      ],
      async (prepared) => {
        await mkdir(prepared.home, { recursive: true });
        await writeFile(prepared.root.join("home/config.json"), '{ "maxTurns": 19 }');
        await symlink(prepared.home, prepared.workspace.join("home-link"));
      },
    );
    const { sandbox, results } = outcome;
    expect(results[0]?.isError).toBe(true);
    expect(results[1]?.isError).toBe(true);
    expect(results.map((result) => result.text).join("\n")).not.toContain("19");
    expect(await readFile(sandbox.root.join("home/config.json"), "utf8")).toBe('{ "maxTurns": 19 }');
  });
});

test("protected places inside are not written without a person", async () => {
  const places = [
    ".git/hooks/post-commit",
    ".vscode/tasks.json",
    "x.code-workspace",
    ".husky/pre-commit",
    ".ai-orchestrator/agents/evil.md",
    ".GIT/config",
  ];
  await using outcome = await callAll(places.map((path) => ["write", { file_path: path, content: "evil" }] as const));
  const { sandbox, results } = outcome;
  expect(results.map((result) => result.isError)).toEqual(places.map(() => true));
  expect((await sandbox.workspace.files()).toSorted()).toEqual([
    "dangling-link",
    "file-link",
    "folder-link",
    "inside.txt",
  ]);
});

describe("input that does not fit", () => {
  test("is answered to the model, which can mend it", async () => {
    await using outcome = await callAll([
      ["read", {}],
      ["read", { file_path: 7 }],
      ["write", { file_path: "a.txt" }],
      ["read", { file_path: "not-there.txt" }],
      ["read", { file_path: "." }],
      ["no_such_tool", { x: 1 }],
      ["read", { file_path: "inside.txt" }],
    ]);
    const { sandbox, results, events } = outcome;
    expect(results.map((result) => result.isError)).toEqual([true, true, true, true, true, true, false]);
    expect(results[0]?.text).toMatch(/file_path/);
    expect(results[6]?.text).toContain("inside");
    for (const result of results) expect(result.text).not.toMatch(/\n\s+at /);
    const told = ofKind(events, "tool_result");
    expect(told.filter((event) => event.isError).length).toBeGreaterThanOrEqual(5);
    // Ways of this machine are nothing the model has to know.
    expect(results.map((result) => result.text).join("\n")).not.toContain(sandbox.root.path);
  });
});

test("every change is told as an effect with what was there before and after", async () => {
  const script = oneStep([
    [
      useTool("write", { file_path: "new.txt", content: "one\n" }),
      useTool("edit", { file_path: "inside.txt", old_string: "inside", new_string: "within" }),
    ],
    say("Done."),
  ]);
  await using server = await startModelServer({ script });
  await using sandbox = await createCliSandbox({ server, files: { "inside.txt": "inside" } });
  const events = eventsOf((await sandbox.run(["--json", "A goal"])).lines);
  // Calls of one turn run at the same time, so their results come in any order.
  const byPath = (left: { path: string }, right: { path: string }) => right.path.localeCompare(left.path);
  const effects = ofKind(events, "tool_result")
    .flatMap((event) => event.effects)
    .toSorted(byPath);
  expect(effects).toMatchObject([
    { path: "new.txt", change: "created", after: expect.stringMatching(/^[0-9a-f]{64}$/) },
    {
      path: "inside.txt",
      change: "modified",
      before: expect.stringMatching(/^[0-9a-f]{64}$/),
      after: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  // The intent is in the log before the effect.
  const sequence = events.filter((event) => event.type === "tool_started" || event.type === "tool_result");
  for (const { toolUseId, seq } of ofKind(events, "tool_started")) {
    expect(
      sequence.find((event) => event.type === "tool_result" && event.toolUseId === toolUseId)?.seq,
    ).toBeGreaterThan(seq ?? 0);
  }
  expect(await sandbox.workspace.read("inside.txt")).toBe("within");
});
