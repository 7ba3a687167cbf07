import { expect, test } from "vitest";
import { isOrchestratorError } from "../../../src/core/errors.ts";
import { parseArguments } from "../../../src/cli/arguments.ts";
import { UsageError } from "../../../src/cli/usageError.ts";

const RUN = {
  kind: "run",
  streaming: false,
  json: false,
  workspaces: [],
  approve: "ask",
  trust: false,
  verbose: false,
};

/** The words that refuse `argv`. */
function refusal(...argv: string[]): string {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

test("a goal alone runs with nothing else set", () => {
  expect(parseArguments(["Write a report"])).toEqual({ ...RUN, goal: "Write a report" });
});

test("every option of a run", () => {
  const argv = [
    "--streaming",
    "--json",
    "--workspace",
    "a",
    "-w",
    "b",
    "--session=s1",
    "-m",
    "some-model",
    "--provider",
    "demo",
    "--concurrency",
    "3",
    "--max-turns",
    "7",
    "--approve",
    "none",
    "--trust",
    "-v",
    "goal",
  ];
  expect(parseArguments(argv)).toEqual({
    kind: "run",
    goal: "goal",
    streaming: true,
    json: true,
    workspaces: ["a", "b"],
    session: "s1",
    model: "some-model",
    provider: "demo",
    concurrency: 3,
    maxTurns: 7,
    approve: "none",
    trust: true,
    verbose: true,
  });
});

test("- is standard input, and -- ends the flags", () => {
  expect(parseArguments(["-"])).toMatchObject({ goal: "-" });
  expect(parseArguments(["--json", "--", "--list things"])).toMatchObject({ goal: "--list things", json: true });
});

test("the other commands", () => {
  expect(parseArguments(["--list", "--json"])).toEqual({ kind: "list", json: true, verbose: false });
  expect(parseArguments(["--show", "session_1"])).toEqual({
    kind: "show",
    session: "session_1",
    json: false,
    verbose: false,
  });
  expect(parseArguments(["--stop", "session_1", "--verbose"])).toEqual({
    kind: "stop",
    session: "session_1",
    verbose: true,
  });
  expect(parseArguments(["--version"])).toEqual({ kind: "version" });
  expect(parseArguments(["--list", "--help"])).toEqual({ kind: "help" });
});

test("a fork takes a version, and a goal if it has one of its own", () => {
  const { goal: _, kind: __, ...rest } = { ...RUN, goal: "" };
  const fork = { ...rest, kind: "fork", parent: "one", version: "v3", keepFiles: false };
  expect(parseArguments(["--fork", "one", "v3"])).toEqual(fork);
  expect(parseArguments(["--fork", "one", "v3", "In French", "--session", "two", "--prompt", "Briefly."])).toEqual({
    ...fork,
    goal: "In French",
    session: "two",
    prompt: "Briefly.",
  });
  expect(parseArguments(["--fork", "one", "v3", "--keep-files", "-w", "d"])).toMatchObject({
    keepFiles: true,
    workspaces: ["d"],
  });
  expect(refusal("--fork", "one")).toBe("VERSION is missing: --fork S VERSION [GOAL].");
  expect(refusal("--fork", "one", "v3", "In", "French")).toBe(
    '"French" is too much: --fork S VERSION [GOAL]. Put several words in quotes.',
  );
  expect(refusal("--keep-files", "goal")).toBe("--keep-files does not go with running a goal.");
});

test("an unknown flag is named with the one that was probably meant", () => {
  expect(refusal("--streeming", "goal")).toBe("The flag --streeming is not known. Did you mean --streaming?");
  expect(refusal("--budget", "3", "goal")).toBe("The flag --budget is not known. --help lists all flags.");
  expect(refusal("-x", "goal")).toContain("The flag -x is not known.");
});

test("commands that do not go together", () => {
  expect(refusal("--list", "--show", "s")).toContain("--list and --show do not go together");
  expect(refusal("--list", "goal")).toContain('takes no goal, but "goal" was given');
  expect(refusal("--list", "--model", "m")).toBe("--model does not go with --list.");
  expect(refusal("--stop", "s", "--streaming")).toBe("--streaming does not go with --stop.");
});

test("a goal that is missing, empty or not in quotes", () => {
  expect(refusal()).toContain("Give a goal in quotes");
  expect(refusal("Research", "AI", "trends")).toBe('Put the whole goal in quotes: "Research AI trends".');
  expect(() => parseArguments(["  \n "])).toThrow(
    expect.toSatisfy((error) => isOrchestratorError(error) && error.code === "goal.empty"),
  );
});

test("a value that is missing, superfluous or given twice", () => {
  expect(refusal("--model", "--json", "goal")).toBe("--model needs a value: --model M.");
  expect(refusal("goal", "--session")).toBe("--session needs a value: --session ID.");
  expect(refusal("--workspace=", "goal")).toBe("--workspace needs a value: --workspace DIR.");
  expect(refusal("--json=yes", "goal")).toBe("--json takes no value.");
  expect(refusal("--model", "a", "--model", "b", "goal")).toBe("--model is given twice.");
});

test("numbers outside their range and choices that are none", () => {
  for (const wrong of ["0", "65", "2.5", "1e1", "four", "0x3"]) {
    expect(refusal("--concurrency", wrong, "goal")).toBe(
      `--concurrency must be a whole number from 1 to 64, not "${wrong}".`,
    );
  }
  expect(refusal("--max-turns", "201", "goal")).toContain("from 1 to 200");
  expect(refusal("--max-turns=-1", "goal")).toContain("from 1 to 200");
  expect(refusal("--approve", "some", "goal")).toBe('--approve must be one of ask, all, none, not "some".');
  expect(refusal("--provider", "other", "goal")).toContain("must be one of auto, anthropic, demo");
});

test("the commands of a session and its run", () => {
  const resume = { ...RUN, kind: "resume", session: { sessionId: "s", version: "v2" } };
  expect(parseArguments(["--resume", "sessions/s/v2", "--from-step", "a", "--streaming"])).toEqual({
    ...resume,
    fromStep: "a",
    keepFiles: false,
    streaming: true,
  });
  expect(parseArguments(["--pause", "s"])).toEqual({ kind: "pause", session: "s", verbose: false });
  expect(parseArguments(["--answer", "s", "q1", "allow"])).toEqual({
    kind: "answer",
    session: "s",
    questionId: "q1",
    text: "allow",
    verbose: false,
  });
  expect(parseArguments(["--send", "s", "Hurry up.", "--agent", "a1"])).toEqual({
    kind: "send",
    session: "s",
    text: "Hurry up.",
    agent: "a1",
    verbose: false,
  });
});

test("the commands on sessions that are kept", () => {
  const flags = { json: false, verbose: false };
  const diff = { kind: "diff", session: "s", from: "v1", to: "latest", ...flags };
  expect(parseArguments(["--diff", "s", "v1", "latest"])).toEqual(diff);
  expect(parseArguments(["--export", "s", "a b.session", "--json"])).toEqual({
    kind: "export",
    session: "s",
    file: "a b.session",
    json: true,
    verbose: false,
  });
  expect(parseArguments(["--import", "f"])).toEqual({ kind: "import", file: "f", ...flags });
  const whole = { kind: "delete", session: "s", snapshots: false, dryRun: false, ...flags };
  expect(parseArguments(["--delete", "s"])).toEqual(whole);
  expect(parseArguments(["--delete", "s", "--snapshots", "--dry-run"])).toEqual({
    ...whole,
    snapshots: true,
    dryRun: true,
  });
  expect(refusal("--delete", "s", "--dry-run")).toMatch(/only together with --snapshots/);
  expect(parseArguments(["--cleanup", "7"])).toEqual({ kind: "cleanup", days: 7, dryRun: false, ...flags });
  expect(parseArguments(["--dry-run", "--cleanup=7"])).toEqual({ kind: "cleanup", days: 7, dryRun: true, ...flags });
  expect(parseArguments(["--doctor"])).toEqual({ kind: "doctor", ...flags });
  expect(refusal("--cleanup=-7")).toBe('--cleanup must be a whole number from 1 to 36500, not "-7".');
});

test("the commands on versions", () => {
  const flags = { json: false, verbose: false };
  const restore = { kind: "restore", session: "s", what: "v3", paths: [], workspaces: [], dryRun: false, ...flags };
  expect(parseArguments(["--restore", "s", "v3"])).toEqual(restore);
  expect(parseArguments(["--restore", "s", "v3", "--path", "./a/", "--path", "b c", "--dry-run", "-w", "d"])).toEqual({
    ...restore,
    paths: ["a", "b c"],
    workspaces: ["d"],
    dryRun: true,
  });
  expect(parseArguments(["--restore", "s", "agent:writer_1"])).toMatchObject({ what: "agent:writer_1" });
  expect(refusal("--restore", "s", "step:a", "--path", "b")).toBe("--path goes with a version, not with step:a.");
  expect(refusal("--restore", "s", " ")).toBe("WHAT is empty.");
  expect(parseArguments(["--snapshot", "s", "--label", "now"])).toEqual({
    kind: "snapshot",
    session: "s",
    label: "now",
    workspaces: [],
    ...flags,
  });
  expect(parseArguments(["--pin", "s", "v3"])).toEqual({ kind: "pin", session: "s", version: "v3", ...flags });
  expect(refusal("--unpin", "s")).toBe("VERSION is missing: --unpin S VERSION.");
});

test("words of a command that are missing, empty or too many", () => {
  expect(refusal("--answer", "s", "q1")).toBe("ANSWER is missing: --answer S ID ANSWER.");
  expect(refusal("--send", "s", "Hurry", "up")).toBe('"up" is too much: --send S TEXT. Put several words in quotes.');
  expect(refusal("--send", "s", " ")).toBe("TEXT is empty.");
  expect(refusal("--resume", "s", "goal")).toContain("--resume takes no goal");
  expect(refusal("--resume", "s", "--session", "t")).toBe("--session does not go with --resume.");
  expect(refusal("--from-step", "a", "goal")).toBe("--from-step does not go with running a goal.");
});
