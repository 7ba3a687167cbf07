import { expect, test } from "vitest";
import { catalogueFor, wordsOfError, wordsOfErrorInfo } from "../../../src/cli/catalogue.ts";
import { FLAGS } from "../../../src/cli/flags.ts";
import { OrchestratorError } from "../../../src/core/errors.ts";

const catalogue = catalogueFor("ai-orchestrator");
const flags = new Set<string>(FLAGS.map(({ name }) => name));

/** Every parameter is there and recognisable. */
const anyParameters = new Proxy({}, { get: (_, name) => `<${String(name)}>` });

test("every message is sentences with a full stop and names only flags that exist", () => {
  for (const [code, words] of Object.entries(catalogue)) {
    const text = (words as (params: unknown) => string)(anyParameters);
    expect(text, code).toMatch(/[.?`]$/);
    expect(text, code).not.toContain("undefined");
    for (const [, name] of text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g))
      expect(flags, `${code}: --${name}`).toContain(name);
  }
});

test("commands are named the way the person started the program", () => {
  const words = catalogueFor("npm start --")["session.notRunning"]({ id: "s1", status: "completed" });
  expect(words).toBe("The session s1 is not running; it is completed. Look at it with `npm start -- --show s1`.");
});

test("an unknown session is answered with the nearest one, if there is one", () => {
  expect(catalogue["session.unknown"]({ id: "s1", nearest: "s2" })).toContain("Did you mean s2?");
  expect(catalogue["session.unknown"]({ id: "s1", nearest: "" })).toBe(
    "There is no session s1. `ai-orchestrator --list` shows all of them.",
  );
});

test("anything thrown has words", () => {
  expect(wordsOfError(catalogue, new OrchestratorError("workspace.missing", { path: "/x" }))).toContain(
    "/x does not exist",
  );
  expect(wordsOfError(catalogue, new Error("boom"))).toContain("boom");
});

test("an error of an event has its words, one of a newer version its plain message", () => {
  const known = { code: "agent.maxTurns", params: { turns: 3 }, message: "plain" };
  expect(wordsOfErrorInfo(catalogue, known)).toContain("within 3 model turns");
  expect(wordsOfErrorInfo(catalogue, { ...known, code: "future.code" })).toBe("plain");
  expect(wordsOfErrorInfo(catalogue, { ...known, code: "toString" })).toBe("plain");
});
