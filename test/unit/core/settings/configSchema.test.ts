import { expect, test } from "vitest";
import { z } from "zod";
import { settingsSchema } from "../../../../src/core/settings/settings.ts";

test("the schema editors use for config.json is the one settings are checked with", async () => {
  const schema = z.toJSONSchema(settingsSchema, { io: "input" });
  const text = `${JSON.stringify({ title: "AI Orchestrator configuration", ...schema }, undefined, 2)}\n`;
  // After a change of the settings: vitest run test/unit/core/settings --update
  await expect(text).toMatchFileSnapshot("../../../../media/config.schema.json");
});
