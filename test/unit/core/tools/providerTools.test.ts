import { expect, it } from "vitest";
import {
  isProviderTool,
  providerTool,
  providerToolSubject,
  taintOfBlock,
} from "../../../../src/core/tools/providerTools.ts";

it("maps our names to the provider's, with the limits of the rules", () => {
  expect(providerTool("search_web", {})).toEqual({
    name: "search_web",
    definition: { type: "web_search_20260318", name: "web_search", allowed_callers: ["direct"] },
  });
  expect(providerTool("fetch_web", { allowedDomains: ["nodejs.org"], maxUses: 3 })).toEqual({
    name: "fetch_web",
    definition: {
      type: "web_fetch_20260318",
      name: "web_fetch",
      allowed_callers: ["direct"],
      allowed_domains: ["nodejs.org"],
      max_uses: 3,
    },
  });
  expect(providerTool("fetch_web", { blockedDomains: ["evil.org"] }).definition).toMatchObject({
    blocked_domains: ["evil.org"],
  });
});

it("knows which tools and which content are the provider's", () => {
  expect(["search_web", "fetch_web", "read", "toString"].map(isProviderTool)).toEqual([true, true, false, false]);
  expect(["web_search_tool_result", "web_fetch_tool_result", "text"].map((type) => taintOfBlock({ type }))).toEqual([
    "search_web",
    "fetch_web",
    undefined,
  ]);
});

it("says what the tool may reach", () => {
  expect(providerToolSubject("search_web", {})).toBe("search_web: any site");
  expect(providerToolSubject("fetch_web", { allowedDomains: ["a.org", "b.org"], maxUses: 2 })).toBe(
    "fetch_web: a.org, b.org, at most 2 times in a request",
  );
  expect(providerToolSubject("fetch_web", { blockedDomains: ["evil.org"] })).toBe(
    "fetch_web: any site except evil.org",
  );
});
