import { expect, test } from "vitest";
import { readInvocation } from "../../../src/cli/invocation.ts";

test("called by its name it works where it was called", () => {
  expect(readInvocation({}, "/here")).toEqual({ command: "ai-orchestrator", folder: "/here", underNpm: false });
});

test("under npm it works where npm was called", () => {
  const environment = { npm_package_json: "/project/package.json", INIT_CWD: "/here" };
  expect(readInvocation(environment, "/project")).toEqual({ command: "npm start --", folder: "/here", underNpm: true });
});

test("variables inherited from an npm script of another folder say nothing", () => {
  const environment = { npm_package_json: "/other/package.json", INIT_CWD: "/other" };
  expect(readInvocation(environment, "/here")).toEqual({
    command: "ai-orchestrator",
    folder: "/here",
    underNpm: false,
  });
  expect(readInvocation({ INIT_CWD: "/other" }, "/here").folder).toBe("/here");
});
