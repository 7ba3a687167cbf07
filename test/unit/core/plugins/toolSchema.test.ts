import { describe, expect, it } from "vitest";
import { PluginScene } from "../../../support/pluginScene.ts";
import { pluginText } from "../../../support/pluginText.ts";

/** A plugin whose tool has this input; `code` gives the schema. */
const withInput = (index: number, code: string, tool = "use") =>
  pluginText({
    name: `plugin${index}`,
    before: 'import { z } from "zod";',
    initialize: `context.registerTool({ name: "${tool}", description: "d", inputSchema: ${code}, run: () => "ran" });`,
  });

describe("the input of a plugin's tool", () => {
  const REFUSED = [
    ["a union", "z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])", "anyOf at its top"],
    ["a choice", '{ type: "object", oneOf: [{ required: ["a"] }] }', "oneOf at its top"],
    ["a text", '{ type: "string" }', 'its type must be "object"'],
    ["no properties but a number", '{ type: "object", properties: 5 }', "properties: "],
    ["a property of no type there is", '{ type: "object", properties: { a: { type: "text" } } }', "properties.a"],
    ["a name that is required and no list", '{ type: "object", required: "a" }', "required: "],
    ["a pattern that is none", '{ type: "object", properties: { a: { pattern: "(" } } }', "regular expression"],
    ["beyond all measure", '{ type: "object", description: "x".repeat(70000) }', "longer than 65536"],
  ] as const;

  it("is refused where it would spoil every request of the agents that have the tool", async () => {
    await using scene = await PluginScene.start({
      plugins: {
        ...Object.fromEntries(REFUSED.map(([, code], index) => [`p${index}.js`, withInput(index, code)])),
        "named.js": withInput(98, '{ type: "object" }', "x".repeat(48)),
        "good.js": withInput(
          99,
          `z.object({ kind: z.union([z.literal("a"), z.object({ b: z.string().regex(/^x/) })]), list: z.array(z.number().min(1)).optional() })`,
        ),
      },
      calls: [{ tool: "plugin__plugin99__use", input: { kind: { b: "xy" } } }],
    });
    await scene.run();
    for (const [index, [why, , words]] of REFUSED.entries()) {
      const { state, error } = scene.plugin(`plugin${index}`);
      expect([why, state]).toEqual([why, "failed"]);
      expect(JSON.stringify(error?.params)).toContain(JSON.stringify(words).slice(1, -1));
    }
    expect(scene.plugin("plugin98").error?.params).toMatchObject({
      detail: expect.stringContaining("46 characters fit"),
    });
    expect(scene.results("plugin__plugin99__use")).toEqual([{ content: "ran", isError: false }]);
  });
});
