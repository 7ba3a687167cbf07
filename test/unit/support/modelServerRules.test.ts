import { describe, expect, test } from "vitest";
import { brokenRule } from "../../support/modelServerRules.ts";
import { signatureOf } from "../../support/modelServerWire.ts";

const CONTEXT = { purpose: "create", wasPaused: () => false } as const;
const TOOL = { name: "read", description: "Reads.", input_schema: { type: "object", properties: {} } };
const GOOD = {
  model: "claude-sonnet-5-5",
  max_tokens: 100,
  tools: [TOOL],
  messages: [{ role: "user", content: "Hi" }],
};

function check(change: object): string | undefined {
  return brokenRule({ ...GOOD, ...change }, CONTEXT);
}

function checkMessages(...messages: unknown[]): string | undefined {
  return check({ messages });
}

const call = (id: string) => ({ type: "tool_use", id, name: "read", input: {} });
const result = (id: string, more: object = {}) => ({ type: "tool_result", tool_use_id: id, content: "ok", ...more });
const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });

describe("what is allowed", () => {
  test.each([
    ["the least request", {}],
    ["no tools", { tools: undefined }],
    [
      "a system prompt of blocks",
      { system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }] },
    ],
    ["a provider tool", { tools: [TOOL, { type: "web_search_20250305", name: "web_search", max_uses: 3 }] }],
    ["a choice of tool", { tool_choice: { type: "tool", name: "read" } }],
    ["adaptive thinking and effort", { thinking: { type: "adaptive" }, output_config: { effort: "low" } }],
    ["neighbouring user messages", { messages: [user("a"), user("b")] }],
    [
      "a tool's argument called cache_control",
      { messages: [user("a"), assistant([{ ...call("t1"), input: { cache_control: {} } }]), user([result("t1")])] },
    ],
    [
      "results first, then text",
      { messages: [user("a"), assistant([call("t1")]), user([result("t1"), { type: "text", text: "and?" }])] },
    ],
    [
      "results in neighbouring user messages",
      { messages: [user("a"), assistant([call("t1"), call("t2")]), user([result("t1")]), user([result("t2")])] },
    ],
    [
      "an empty result",
      { messages: [user("a"), assistant([call("t1")]), user([{ type: "tool_result", tool_use_id: "t1" }])] },
    ],
    [
      "a system message between",
      { messages: [user("a"), { role: "system", content: "Note." }, assistant("b"), user("c")] },
    ],
    [
      "thinking sent back unchanged",
      {
        messages: [
          user("a"),
          assistant([{ type: "thinking", thinking: "x", signature: signatureOf("x") }, call("t1")]),
          user([result("t1")]),
        ],
      },
    ],
  ])("%s", (_, change) => {
    expect(check(change)).toBeUndefined();
  });

  test("counting needs no max_tokens", () => {
    expect(brokenRule({ model: "m", messages: [user("a")] }, { ...CONTEXT, purpose: "count" })).toBeUndefined();
  });

  test("a paused turn as the last message", () => {
    const messages = [user("a"), assistant([{ type: "text", text: "paused" }])];
    expect(brokenRule({ ...GOOD, messages }, { ...CONTEXT, wasPaused: () => true })).toBeUndefined();
    expect(checkMessages(...messages)).toMatch(/does not support assistant message prefill/);
  });
});

describe("what is refused", () => {
  test.each([
    ["no object", undefined, /valid dictionary/],
    ["an unknown field", { temperature: 1 }, /temperature: Extra inputs/],
    ["no model", { model: undefined }, /model: Field required/],
    ["no max_tokens", { max_tokens: undefined }, /max_tokens: Field required/],
    ["no room for an answer", { max_tokens: 0 }, /greater than or equal to 1/],
    ["no messages", { messages: [] }, /at least one message/],
    [
      "an empty system block",
      { system: [{ type: "text", text: " " }] },
      /system.0: text content blocks must be non-empty/,
    ],
    ["a bad tool name", { tools: [{ ...TOOL, name: "read file" }] }, /should match pattern/],
    ["a long tool name", { tools: [{ ...TOOL, name: "a".repeat(129) }] }, /should match pattern/],
    ["one tool name twice", { tools: [TOOL, TOOL] }, /names must be unique/],
    ["a schema that is no object", { tools: [{ ...TOOL, input_schema: { type: "string" } }] }, /should be 'object'/],
    ["a tool without schema", { tools: [{ name: "read" }] }, /input_schema: Field required/],
    ["the choice of an unknown tool", { tool_choice: { type: "tool", name: "write" } }, /not found in provided tools/],
    ["a choice without tools", { tools: undefined, tool_choice: { type: "auto" } }, /while providing tools/],
    ["a small thinking budget", { thinking: { type: "enabled", budget_tokens: 10 } }, /budget_tokens/],
    [
      "five cache points",
      {
        messages: [
          user(Array.from({ length: 5 }, () => ({ type: "text", text: "x", cache_control: { type: "ephemeral" } }))),
        ],
      },
      /maximum of 4 blocks/,
    ],
  ])("%s", (_, change, expected) => {
    const body: unknown = change === undefined ? [] : { ...GOOD, ...change };
    expect(brokenRule(body, CONTEXT)).toMatch(expected);
  });

  test("a conversation the assistant begins", () => {
    expect(checkMessages(assistant("a"), user("b"))).toMatch(/first message must use the "user" role/);
  });

  test("empty texts", () => {
    expect(checkMessages(user(""))).toMatch(/non-empty content/);
    expect(checkMessages(user([]))).toMatch(/non-empty content/);
    expect(checkMessages(user([{ type: "text", text: "" }]))).toMatch(/must be non-empty/);
    expect(checkMessages(user("a"), assistant([{ type: "text", text: "\n" }]), user("b"))).toMatch(/non-whitespace/);
    expect(
      checkMessages(
        user("a"),
        assistant([call("t1")]),
        user([result("t1", { content: [{ type: "text", text: "" }] })]),
      ),
    ).toMatch(/must be non-empty/);
  });

  test("an error without words", () => {
    expect(
      checkMessages(user("a"), assistant([call("t1")]), user([result("t1", { content: "", is_error: true })])),
    ).toMatch(/content cannot be empty/);
  });

  test("calls without results", () => {
    expect(checkMessages(user("a"), assistant([call("t1")]), user("b"))).toMatch(
      /without `tool_result` blocks immediately after: t1/,
    );
    expect(checkMessages(user("a"), assistant([call("t1"), call("t2")]), user([result("t1")]))).toMatch(
      /immediately after: t2/,
    );
    expect(checkMessages(user("a"), assistant([call("t1")]), user("b"), assistant("c"), user([result("t1")]))).toMatch(
      /immediately after/,
    );
  });

  test("results without calls", () => {
    expect(checkMessages(user([result("t1")]))).toMatch(/unexpected `tool_use_id`/);
    expect(checkMessages(user("a"), assistant([call("t1")]), user([result("t1"), result("t2")]))).toMatch(
      /unexpected `tool_use_id`.*t2/,
    );
    expect(checkMessages(user("a"), assistant([call("t1")]), user([result("t1"), result("t1")]))).toMatch(
      /single result/,
    );
  });

  test("text before results", () => {
    expect(
      checkMessages(user("a"), assistant([call("t1")]), user([{ type: "text", text: "first" }, result("t1")])),
    ).toMatch(/must come before/);
  });

  test("one id for two calls", () => {
    expect(
      checkMessages(
        user("a"),
        assistant([call("t1")]),
        user([result("t1")]),
        assistant([call("t1")]),
        user([result("t1")]),
      ),
    ).toMatch(/ids must be unique/);
  });

  test("blocks in the wrong mouth", () => {
    expect(checkMessages(user([call("t1")]))).toMatch(/only be in `assistant`/);
    expect(checkMessages(user("a"), assistant([result("t1")]), user("b"))).toMatch(/only be in `user`/);
  });

  test("changed thinking", () => {
    const changed = { type: "thinking", thinking: "y", signature: signatureOf("x") };
    expect(checkMessages(user("a"), assistant([changed, call("t1")]), user([result("t1")]))).toMatch(
      /Invalid `signature`/,
    );
  });

  test("tool calls when no tools are offered", () => {
    expect(check({ tools: undefined, messages: [user("a"), assistant([call("t1")]), user([result("t1")])] })).toMatch(
      /must define tools/,
    );
  });
});
