import fc from "fast-check";
import { expect, test } from "vitest";
import { LayeredSettings, LIMITS } from "../../../../src/core/settings/layeredSettings.ts";
import { settingsSchema } from "../../../../src/core/settings/settings.ts";

test("without layers every setting has its default", () => {
  const settings = new LayeredSettings({ values: {} }, {});
  expect(settings.get("maxTurns")).toBe(20);
  expect(settings.get("provider")).toBe("auto");
  expect(settings.get("plannerModel")).toBeUndefined();
});

test("the upper layer wins where nothing is a limit", () => {
  const settings = new LayeredSettings(
    { values: { model: "base", provider: "demo" } },
    { model: "over", provider: undefined },
  );
  expect(settings.get("model")).toBe("over");
  expect(settings.get("provider")).toBe("demo");
});

test("a limit of the file holds against a larger one, and says so", () => {
  const settings = new LayeredSettings({ values: { maxTurns: 10 } }, { maxTurns: 50, maxConcurrentAgents: 9 });
  expect(settings.get("maxTurns")).toBe(10);
  expect(settings.get("maxConcurrentAgents")).toBe(9);
  expect(settings.heldLimits()).toEqual([{ name: "maxTurns", asked: 50, held: 10 }]);
});

test("rules of both layers apply", () => {
  const deny = { tool: "bash", decision: "deny" as const };
  const allow = { tool: "bash", decision: "allow" as const };
  const settings = new LayeredSettings({ values: { "approvals.rules": [deny] } }, { "approvals.rules": [allow] });
  expect(settings.get("approvals.rules")).toEqual([deny, allow]);
});

test("a value read after the file was reloaded is the new one", () => {
  const file = { values: { maxTurns: 10 } };
  const settings = new LayeredSettings(file, {});
  expect(settings.get("maxTurns")).toBe(10);
  file.values = { maxTurns: 11 };
  expect(settings.get("maxTurns")).toBe(11);
});

test("no limit ever exceeds what either layer wrote", () => {
  const limit = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
  fc.assert(
    fc.property(fc.constantFrom(...LIMITS), limit, limit, (name, base, over) => {
      const value = new LayeredSettings({ values: { [name]: base } }, { [name]: over }).get(name);
      for (const given of [base, over]) if (given !== undefined) expect(value).toBeLessThanOrEqual(given);
      if (base === undefined && over === undefined) expect(value).toBe(settingsSchema.parse({})[name]);
    }),
  );
});
