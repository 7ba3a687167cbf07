import { describe, expect, test } from "vitest";
import { createCliSandbox } from "../support/cliSandbox.ts";
import { oneStep } from "../support/goalScenarios.ts";
import { startModelServer } from "../support/modelServer.ts";
import { say, useTool } from "../support/modelServerReplies.ts";
import { toolNamesOf, toolResultsOf } from "../support/modelServerRequests.ts";

const ASK = useTool("ask_user", { question: "Which language?", options: ["English", "German"] });

async function asking() {
  const server = await startModelServer({ script: oneStep([[ASK], say("Done.")]) });
  const sandbox = await createCliSandbox({ server });
  return { server, sandbox, close: async () => (await server.close(), await sandbox[Symbol.asyncDispose]()) };
}

describe.concurrent("a question of an agent", () => {
  test.each([
    [["--streaming"], "2", "German"],
    [["--approve", "all"], "Espéranto", "Espéranto"],
  ] as const)("is answered on a terminal, with %s", async (flags, typed, answer) => {
    const { server, sandbox, close } = await asking();
    await using terminal = await sandbox.startOnTerminal([...flags, "A goal"]);
    await terminal.waitForScreen((text) => text.includes("Which language?") && /^ {2}>/m.test(text));
    terminal.type(`${typed}\r`);
    expect(await terminal.exited).toBe(0);
    expect(toolResultsOf(server.turns.at(-1)!)).toMatchObject([{ text: answer, isError: false }]);
    await close();
  });

  test("is answered from another process", async () => {
    const { server, sandbox, close } = await asking();
    await using terminal = await sandbox.startOnTerminal(["--session", "asked", "A goal"]);
    await terminal.waitForScreen((text) => text.includes("Which language?") && /^ {2}>/m.test(text));
    const shown = await sandbox.run(["--show", "asked"]);
    const [questionId = ""] = /question_\w+/.exec(shown.stdout) ?? [];
    expect(await sandbox.run(["--answer", "asked", questionId, "Latin"])).toMatchObject({ exitCode: 0 });
    expect(await terminal.exited).toBe(0);
    expect(toolResultsOf(server.turns.at(-1)!)).toMatchObject([{ text: "Latin" }]);
    expect(terminal.screen.text).toContain("no answer needed any more");
    await close();
  });

  test("without an answer (Ctrl-D) lets the agent decide", async () => {
    const { server, sandbox, close } = await asking();
    await using terminal = await sandbox.startOnTerminal(["A goal"]);
    await terminal.waitForScreen((text) => text.includes("Which language?") && /^ {2}>/m.test(text));
    terminal.type("\u0004");
    expect(await terminal.exited).toBe(0);
    expect(toolResultsOf(server.turns.at(-1)!)).toMatchObject([{ text: expect.stringContaining("Nobody answered") }]);
    await close();
  });

  test("interrupted with Ctrl-C ends the run and saves it", async () => {
    const { sandbox, close } = await asking();
    await using terminal = await sandbox.startOnTerminal(["--streaming", "A goal"]);
    await terminal.waitForScreen((text) => text.includes("Which language?") && /^ {2}>/m.test(text));
    terminal.type("half an answer\u0003");
    expect(await terminal.exited).toBe(130);
    expect(await sandbox.sessions()).toMatchObject([{ status: "interrupted" }]);
    await close();
  });

  test("cannot be asked where nobody can be asked", async () => {
    const { server, sandbox, close } = await asking();
    await sandbox.run(["A goal"]);
    for (const turn of server.turns) expect(toolNamesOf(turn)).not.toContain("ask_user");
    await close();
  });
});
