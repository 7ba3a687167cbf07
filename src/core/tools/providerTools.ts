/**
 * `search_web` and `fetch_web`: tools that the model's provider runs itself.
 *
 * Their calls cannot be held one by one; whether they are offered, and what they may reach, is decided once
 * for an agent. Their results are content from outside.
 */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { ProviderToolLimits } from "../policy/policy.ts";
import type { ProviderTool } from "./tool.ts";

type Definition = Anthropic.Beta.BetaWebSearchTool20260318 | Anthropic.Beta.BetaWebFetchTool20260318;

/** Our names and the provider's. The newest versions; both are in the stable API and need no beta header. */
const DEFINITIONS = {
  search_web: { type: "web_search_20260318", name: "web_search" },
  fetch_web: { type: "web_fetch_20260318", name: "web_fetch" },
} as const;

export function isProviderTool(name: string): name is ProviderTool["name"] {
  return Object.hasOwn(DEFINITIONS, name);
}

/**
 * The tool with the limits the rules give. Only the model itself calls it (`direct`): from within code that
 * the provider runs, calls and results would not be seen here.
 */
export function providerTool(name: ProviderTool["name"], limits: ProviderToolLimits): ProviderTool {
  const { allowedDomains, blockedDomains, maxUses } = limits;
  const definition = {
    ...DEFINITIONS[name],
    allowed_callers: ["direct"],
    ...(allowedDomains === undefined ? {} : { allowed_domains: [...allowedDomains] }),
    ...(blockedDomains === undefined ? {} : { blocked_domains: [...blockedDomains] }),
    ...(maxUses === undefined ? {} : { max_uses: maxUses }),
  } satisfies Definition;
  return { name, definition };
}

/** What is asked of a person: the tool and what it may reach. */
export function providerToolSubject(
  name: ProviderTool["name"],
  { allowedDomains, blockedDomains, maxUses }: ProviderToolLimits,
): string {
  const domains = allowedDomains === undefined ? "any site" : allowedDomains.join(", ");
  const except = blockedDomains === undefined ? "" : ` except ${blockedDomains.join(", ")}`;
  return `${name}: ${domains}${except}${maxUses === undefined ? "" : `, at most ${maxUses} times in a request`}`;
}

/** Our name of the tool whose result a content block is: that is where content from outside entered. */
export function taintOfBlock(block: { readonly type: string }): ProviderTool["name"] | undefined {
  if (block.type === "web_search_tool_result") return "search_web";
  return block.type === "web_fetch_tool_result" ? "fetch_web" : undefined;
}
