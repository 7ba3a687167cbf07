import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOrchestratorError } from "../../../../src/core/errors.ts";
import { builtinDefinitions } from "../../../../src/core/agents/builtinDefinitions.ts";
import { DEFAULT_TOOLS, parseAgentDefinition } from "../../../../src/core/agents/definitionFile.ts";
import { AgentType } from "../../../../src/core/agents/agentType.ts";

describe("parseAgentDefinition", () => {
  it("reads our own format", () => {
    const text =
      "---\nname: poet\ndescription: Writes poems.\ntools: [read, write_md]\nmodel: claude-haiku-5-5\nmaxTurns: 3\n---\nYou are a poet.\n";
    expect(parseAgentDefinition(text, "poet.md")).toEqual({
      name: "poet",
      description: "Writes poems.",
      tools: ["read", "write_md"],
      model: "claude-haiku-5-5",
      maxTurns: 3,
      systemPrompt: "You are a poet.",
      origin: "poet.md",
    });
  });

  it("reads other products' formats: tool names, a list in one string, inherited model, no name", () => {
    const text =
      "---\ndescription: Reviews.\ntools: Read, Grep, MultiEdit, WebSearch\nmodel: inherit\ncolor: red\n---\r\nBody";
    const definition = parseAgentDefinition(text, "x", "reviewer2");
    expect(definition).toMatchObject({ name: "reviewer2", tools: ["read", "grep", "edit", "search_web"] });
    expect(definition).not.toHaveProperty("model");
  });

  it("gives an agent without a tool list the workspace and nothing that leaves it", () => {
    expect(parseAgentDefinition("---\nname: a\ndescription: b\n---\nc", "x").tools).toEqual(DEFAULT_TOOLS);
    expect(DEFAULT_TOOLS).not.toContain("bash");
  });

  it.each([
    ["no front matter", "You are a poet.", /front matter/],
    ["broken YAML", "---\nname: [\n---\nx", /agent\.invalidDefinition/],
    ["a list as front matter", "---\n- a\n---\nx", /mapping/],
    ["no description", "---\nname: a\n---\nx", /description/],
    ["a name that could be a path", "---\nname: ../a\ndescription: b\n---\nx", /name/],
    ["an empty body", "---\nname: a\ndescription: b\n---\n\n", /body/],
  ])("names what is wrong: %s", (_, text, expected) => {
    expect(() => parseAgentDefinition(text, "file.md")).toThrow(expected);
  });

  it("throws nothing but its own error for any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (front, body) => {
        try {
          parseAgentDefinition(`---\n${front}\n---\n${body}`, "file.md");
        } catch (error) {
          expect(isOrchestratorError(error)).toBe(true);
        }
      }),
    );
  });
});

describe("built-in agents", () => {
  it("are the ones AgentType names", () => {
    expect(
      builtinDefinitions()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.values(AgentType).sort());
  });
});
