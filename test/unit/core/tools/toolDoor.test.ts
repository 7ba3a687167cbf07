import { existsSync } from "node:fs";
import { rename, symlink, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { eventSchema, type EventDraft } from "../../../../src/core/events/event.ts";
import { REDACTED } from "../../../../src/core/policy/redaction.ts";
import { ToolFailure, type AgentTool } from "../../../../src/core/tools/tool.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../support/temporaryFolder.ts";
import { DoorScene, type DoorOptions } from "./doorHarness.ts";
import { ClockWithHeldTimers, is } from "./toolHarness.ts";

let disk: TemporaryFolder;
let clock: ClockWithHeldTimers;

beforeEach(async () => {
  disk = await createTemporaryFolder();
  await disk.write({ "work/a.txt": "one two\n", "outside/secret.txt": "secret", "home/config.json": "{}" });
  clock = new ClockWithHeldTimers();
});

afterEach(() => disk[Symbol.asyncDispose]());

const scene = (options: Partial<DoorOptions> = {}) => new DoorScene({ disk, clock, ...options });

describe("an allowed call", () => {
  it("is told before, committed before its effect, and committed before the model sees the result", async () => {
    const agent = scene().agent();
    agent.onEmit = (draft) => {
      if (draft.type === "tool_started") expect(existsSync(disk.join("work/b.md"))).toBe(false);
      if (draft.type === "tool_result") expect(existsSync(disk.join("work/b.md"))).toBe(true);
    };
    expect(await agent.call("write", { file_path: "b.md", content: "x" })).toEqual({
      content: "created b.md (1 bytes)",
      isError: false,
    });
    const shared = { toolUseId: "toolu_1", tool: "write" };
    expect(agent.events).toEqual([
      { type: "tool_use", ...shared, input: { file_path: "b.md", content: "x" } },
      { type: "tool_started", ...shared, preImages: [{ path: "b.md", after: is("x").after }] },
      {
        type: "tool_result",
        ...shared,
        isError: false,
        content: "created b.md (1 bytes)",
        effects: [{ path: "b.md", change: "created", ...is("x") }],
      },
    ]);
  });

  it("makes events of the right shape, with the identity of the agent", async () => {
    const { door } = scene();
    const drafts: EventDraft[] = [];
    const agent = scene().agent({ emit: async (draft) => void drafts.push(draft) });
    await door.call({ toolUseId: "toolu_9", name: "bash", input: { command: "echo hi" } }, agent.calling);
    const assigned = { id: "e1", seq: 1, epoch: 1, timestamp: "2026-01-01T00:00:00Z", sessionId: "session_1" };
    for (const draft of drafts) {
      expect(eventSchema.safeParse({ ...assigned, ...draft }).error).toBeUndefined();
      expect(draft).toMatchObject({ source: "coder_1", agentId: "coder_1", stepId: "build", attempt: 1 });
    }
    expect(drafts.map((draft) => draft.type)).toEqual([
      "tool_use",
      "approval_requested",
      "approval_resolved",
      "tool_started",
      "tool_output",
      "tool_result",
    ]);
  });

  it("reads without an intent and without asking", async () => {
    const door = scene();
    const agent = door.agent();
    expect(await agent.call("read", { file_path: "a.txt" })).toEqual({ content: "one two\n", isError: false });
    expect(agent.kinds()).toEqual(["tool_use", "tool_result"]);
    expect(door.asked).toEqual([]);
  });
});

describe("a call that does not fit", () => {
  it.each([
    ["read", {}, "file_path: Invalid input: expected string, received undefined"],
    ["read", { file_path: "a.txt", lines: 3 }, 'Unrecognized key: "lines"'],
    ["read", { file_path: "a.txt", view_range: ["1", 2] }, "view_range.0: Invalid input: expected number"],
    ["read", "a.txt", "expected object"],
    ["bash", { command: "ls", timeout_seconds: 9999 }, "timeout_seconds: Too big"],
  ])("to %s with %j is answered with the field and what fits", async (tool, input, words) => {
    const agent = scene().agent();
    const { content, isError } = await agent.call(tool, input);
    expect(isError).toBe(true);
    expect(content).toContain(words);
    expect(content).toMatch(/It takes .*(file_path|command) \(string\).*Nothing was done\.$/);
    expect(agent.kinds()).toEqual(["tool_use", "tool_result"]);
  });

  it("names the agent's own tools when there is none of that name", async () => {
    const agent = scene().agent({ names: ["read", "glob"] });
    for (const tool of ["erase", "write", "constructor"]) {
      expect(await agent.call(tool, { file_path: "b.md", content: "x" })).toEqual({
        content: `There is no tool "${tool}" for you. Your tools are: read, glob.`,
        isError: true,
      });
    }
    expect(existsSync(disk.join("work/b.md"))).toBe(false);
  });

  it.each([
    ["../outside/secret.txt", 'read: "../outside/secret.txt" is outside the workspace.'],
    ["/etc/passwd", 'read: "/etc/passwd" is outside the workspace.'],
    ["../home/config.json", "belongs to the program that runs you"],
    ["a\0b", "is not a usable path: the path holds a NUL character."],
    ["none.txt", "read: none.txt: no such file or directory"],
  ])("to the path %j is refused, and nobody is asked", async (file_path, words) => {
    const door = scene();
    const { content, isError } = await door.agent().call("read", { file_path });
    expect(isError).toBe(true);
    expect(content).toContain(words);
    expect(content).not.toContain(disk.path);
    expect(door.asked).toEqual([]);
  });
});

describe("approval", () => {
  it("shows what would happen, not what the model calls it", async () => {
    const door = scene();
    await symlink(".git", disk.join("work/innocent"));
    await disk.write({ "work/.git/config": "" });
    const agent = door.agent();
    await agent.call("write", { file_path: "innocent/config", content: "x" });
    await agent.call("bash", { command: "echo  hi", description: "harmless" });
    await agent.call("bash", { command: "echo hi > b.txt" });
    expect(door.asked.map(({ tool, subject, severity, reason }) => [tool, subject, severity, reason])).toEqual([
      ["write", ".git/config", "protected", "approval.protectedPath"],
      ["bash", "echo hi", "normal", "approval.rule"],
      ["bash", "echo hi > b.txt", "normal", "approval.rule"],
    ]);
  });

  it.each([
    [{ by: "user" }, "the user declined this call. Do not try"],
    [{ by: "user", reason: "use npm ci" }, "the user declined this call and says: use npm ci"],
    [{ by: "no terminal", reason: "approval.nobodyToAsk" }, "nobody is there to give it. Go on without it"],
    [{ by: "--approve none", reason: "approval.deniedByFlag" }, "the user has declined every such call"],
    [{ by: "timeout", reason: "approval.timeout" }, "nobody answered in time"],
  ])("that is denied (%j) has no effect and is told to the agent", async (answer, words) => {
    const agent = scene({ answer: () => ({ decision: "deny", ...answer }) }).agent();
    const { content, isError } = await agent.call("bash", { command: "touch ran" });
    expect(isError).toBe(true);
    expect(content).toContain(words);
    expect(agent.kinds()).toEqual(["tool_use", "approval_requested", "approval_resolved", "tool_result"]);
    expect(existsSync(disk.join("work/ran"))).toBe(false);
  });

  it("is not needed where a rule allows the very argv, and not asked where one denies", async () => {
    const door = scene({
      rules: [
        { tool: "bash", decision: "allow", argv: ["echo", "*"] },
        { tool: "bash", decision: "deny", argv: ["touch", "*"] },
      ],
    });
    const agent = door.agent();
    expect(await agent.call("bash", { command: "echo hi" })).toEqual({ content: "hi\n[exit code 0]", isError: false });
    const denied = await agent.call("bash", { command: "true; touch ran" });
    expect(denied.content).toContain("the user's rules do not allow this");
    expect(door.asked).toEqual([]);
    await agent.call("bash", { command: "echo hi > b.txt" });
    expect(door.asked).toHaveLength(1);
  });

  it("does not hold for what took the path's place while it was given", async () => {
    const door = scene({
      rules: [{ tool: "write", decision: "ask" }],
      answer: async () => {
        await disk.write({ "work/docs/x": "" });
        await rename(disk.join("work/docs"), disk.join("work/away"));
        await symlink(disk.join("outside"), disk.join("work/docs"));
        return { decision: "allow", by: "user" };
      },
    });
    const { content, isError } = await door.agent().call("write", { file_path: "docs/secret.txt", content: "x" });
    expect([isError, content]).toEqual([
      true,
      'write: "docs/secret.txt" was replaced by something else at this moment. Nothing was done.',
    ]);
    expect(await disk.read("outside/secret.txt")).toBe("secret");
  });
});

describe("content from outside", () => {
  it("makes shell and protected files a question of their own, whatever the rules say", async () => {
    const door = scene({ rules: [{ tool: "bash", decision: "allow", argv: ["echo", "*"] }] });
    const agent = door.agent({ taintSources: ["search_web"] });
    await agent.call("bash", { command: "echo hi" });
    expect(door.asked).toMatchObject([{ severity: "tainted", reason: "approval.tainted", taint: ["search_web"] }]);
    expect(agent.last("approval_requested")).toMatchObject({ taint: ["search_web"] });
  });

  it("travels through files an agent wrote to the one that reads them", async () => {
    const door = scene();
    await door.agent({ taintSources: ["fetch_web"] }).call("write", { file_path: "notes/web.md", content: "inject" });
    const reader = door.agent({ agentId: "coder_2" });
    await reader.call("read", { file_path: "a.txt" });
    expect([...reader.sources]).toEqual([]);
    await reader.call("grep", { pattern: "inject" });
    expect([...reader.sources]).toEqual(["fetch_web"]);
  });

  it("may be what a command has read or written", async () => {
    const door = scene();
    await door.agent({ taintSources: ["fetch_web"] }).call("write", { file_path: "notes.md", content: "inject" });
    const second = door.agent({ agentId: "coder_2" });
    await second.call("bash", { command: "cat notes.md" });
    expect([...second.sources]).toEqual(["fetch_web"]);
    const third = door.agent({ agentId: "coder_3" });
    await third.call("read", { file_path: "a.txt" });
    expect([...third.sources]).toEqual([]);
    await second.call("bash", { command: "cp notes.md b.txt" });
    await third.call("read", { file_path: "b.txt" });
    expect([...third.sources]).toEqual(["fetch_web"]);
  });
});

describe("secrets", () => {
  it("are in no event and in no result", async () => {
    const secret = "sk-very-secret-value";
    const agent = scene({ secrets: [secret] }).agent();
    await disk.write({ "work/key.txt": `key=${secret}` });
    const read = await agent.call("read", { file_path: "key.txt" });
    const shell = await agent.call("bash", { command: "cat key.txt" });
    await agent.call("write", { file_path: "b.txt", content: secret });
    expect(read.content).toBe(`key=${REDACTED}`);
    expect(shell.content).toBe(`key=${REDACTED}\n[exit code 0]`);
    expect(JSON.stringify(agent.events)).not.toContain(secret);
    // What the model asked to write is written as it is.
    expect(await disk.read("work/b.txt")).toBe(secret);
  });
});

describe("the end", () => {
  it("of a session stops a call that runs, and what it said is told", async () => {
    const agent = scene().agent();
    const running = agent.call("bash", { command: "echo ready; sleep 300" });
    await new Promise<void>((resolve) => {
      agent.onEmit = (draft) => (draft.type === "tool_output" ? resolve() : undefined);
    });
    agent.controller.abort(new Error("stopped"));
    expect(await running).toEqual({ content: "ready\n[stopped, with everything it had started]", isError: true });
    expect(agent.kinds().at(-1)).toBe("tool_result");
  });

  it("before a call begins leaves it undone", async () => {
    const agent = scene().agent();
    agent.controller.abort(new Error("stopped"));
    expect(await agent.call("write", { file_path: "b.md", content: "x" })).toEqual({
      content: "The call was stopped before it ended.",
      isError: true,
    });
    expect(existsSync(disk.join("work/b.md"))).toBe(false);
  });

  it("while a person is asked leaves it undone", async () => {
    const door = scene({ answer: () => new Promise(() => undefined) });
    const agent = door.agent();
    const running = agent.call("bash", { command: "touch ran" });
    await new Promise<void>((resolve) => {
      agent.onEmit = (draft) => (draft.type === "approval_requested" ? resolve() : undefined);
    });
    agent.controller.abort(new Error("stopped"));
    expect(await running).toEqual({ content: "The call was stopped before it ended.", isError: true });
    expect(agent.last("approval_resolved")).toMatchObject({ decision: "deny", by: "stopped" });
  });

  it("of the lease is the end of everything: what cannot be committed has no effect and no result", async () => {
    for (const type of ["tool_use", "tool_started", "tool_result"]) {
      const agent = scene().agent();
      agent.onEmit = (draft) => {
        if (draft.type === type) throw new Error("fenced");
      };
      await expect(agent.call("write", { file_path: `${type}.md`, content: "x" })).rejects.toThrow("fenced");
      expect(existsSync(disk.join(`work/${type}.md`))).toBe(type === "tool_result");
    }
  });
});

it("does not run a call again whose result is recorded", async () => {
  const recorded = { content: "created b.md (1 bytes)", isError: false };
  const agent = scene().agent({ recordedResult: (id) => (id === "toolu_1" ? recorded : undefined) });
  expect(await agent.call("write", { file_path: "b.md", content: "x" })).toEqual(recorded);
  expect(agent.events).toEqual([]);
  expect(existsSync(disk.join("work/b.md"))).toBe(false);
});

describe("tools of others", () => {
  function failing(name: string, error: Error): AgentTool<never> {
    const tool: AgentTool<object> = {
      name,
      description: "",
      inputSchema: z.strictObject({}),
      intent: () => ({ access: "none", subject: name }),
      run: () => Promise.reject(error),
    };
    return tool as unknown as AgentTool<never>;
  }

  it("ask by default, and the engine's own do not", async () => {
    const tool = failing("mcp__x__y", new ToolFailure("the server is away"));
    const door = scene({ tools: [tool] });
    expect(await door.agent().call("mcp__x__y", {})).toEqual({ content: "the server is away", isError: true });
    expect(door.asked).toHaveLength(1);
    await scene()
      .agent({ extraTools: [tool] })
      .call("mcp__x__y", {});
    expect(door.asked).toHaveLength(1);
  });

  it("that fail tell no secrets of this machine", async () => {
    const system = Object.assign(new Error(`EACCES: open '${disk.path}'`), { code: "EACCES" });
    const odd = new TypeError(`cannot read ${disk.path}`);
    const door = scene({ tools: [failing("one", system), failing("two", odd)] });
    const agent = door.agent();
    expect(await agent.call("one", {})).toMatchObject({
      content: "one: the file system answered EACCES (permission denied).",
    });
    const { content } = await agent.call("two", {});
    expect(content).toMatch(/^two failed for a reason that is not yours/);
    expect(door.errors).toEqual([{ tool: "two", error: odd.message }]);
  });
});

it("keeps parallel calls of one turn apart and loses none", async () => {
  await writeFile(disk.join("work/many.txt"), Array.from({ length: 10 }, (_, index) => `<${index}>`).join(""));
  const agent = scene().agent();
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      agent.call("edit", { file_path: "many.txt", old_string: `<${index}>`, new_string: "." }),
    ),
  );
  expect(results.every((result) => !result.isError)).toBe(true);
  expect(await disk.read("work/many.txt")).toBe("..........");
  expect(new Set(agent.events.map((event) => event["toolUseId"])).size).toBe(10);
});
