/**
 * The rules of the Messages API that a request must keep, with messages worded like the API's own.
 *
 * A test server that takes anything hides faults until a real key is used; this one refuses what the API refuses.
 */
import { checkConversation } from "./modelServerConversationRules.ts";
import { type Fields, isFields, RuleBroken, requireRule } from "./ruleBroken.ts";

export interface RuleContext {
  readonly purpose: "create" | "count";
  /** Whether this content was the answer of a turn that ended with `pause_turn`, which is sent back as it is. */
  wasPaused(content: unknown): boolean;
}

/** Top-level fields of a request: those of counting, and those only a message has. */
const COUNT_FIELDS = new Set(
  "model messages system tools tool_choice thinking cache_control compaction context_management mcp_servers output_config output_format speed billing_policy user_profile_id workspace_id".split(
    " ",
  ),
);
const CREATE_FIELDS = new Set(
  "max_tokens stream stop_sequences metadata service_tier container inference_geo diagnostics fallbacks fallback_credit_token thread".split(
    " ",
  ),
);

/** Most blocks of a request that may carry `cache_control`. */
const CACHE_BREAKPOINTS = 4;
/** Least `budget_tokens` of thinking. */
const THINKING_BUDGET = 1024;

/** The first rule the body breaks, in words, or undefined when it keeps them all. */
export function brokenRule(body: unknown, context: RuleContext): string | undefined {
  try {
    checkRequest(body, context);
    return undefined;
  } catch (error) {
    if (error instanceof RuleBroken) return error.message;
    throw error;
  }
}

function checkRequest(body: unknown, context: RuleContext): void {
  requireRule(isFields(body), "Input should be a valid dictionary");
  for (const field of Object.keys(body)) {
    const known = COUNT_FIELDS.has(field) || (context.purpose === "create" && CREATE_FIELDS.has(field));
    requireRule(known, `${field}: Extra inputs are not permitted`);
  }
  requireRule(typeof body["model"] === "string" && body["model"] !== "", "model: Field required");
  if (context.purpose === "create") checkMaxTokens(body);
  checkSystem(body["system"]);
  const toolNames = checkTools(body["tools"]);
  checkToolChoice(body["tool_choice"], toolNames);
  checkThinking(body);
  checkConversation(body["messages"], {
    offersTools: toolNames.size > 0,
    wasPaused: (content) => context.wasPaused(content),
  });
  const breakpoints = countCacheControls(body);
  requireRule(
    breakpoints <= CACHE_BREAKPOINTS,
    `A maximum of ${CACHE_BREAKPOINTS} blocks with cache_control may be provided. Found ${breakpoints}.`,
  );
}

function checkMaxTokens(body: Fields): void {
  const limit = body["max_tokens"];
  requireRule(limit !== undefined, "max_tokens: Field required");
  requireRule(Number.isInteger(limit) && Number(limit) >= 1, "max_tokens: Input should be greater than or equal to 1");
}

function checkSystem(system: unknown): void {
  if (system === undefined || typeof system === "string") return;
  requireRule(Array.isArray(system), "system: Input should be a valid string or list");
  system.forEach((block: unknown, index) => {
    requireRule(isFields(block) && block["type"] === "text", `system.${index}: Input should be a text block`);
    requireRule(
      typeof block["text"] === "string" && block["text"].trim() !== "",
      `system.${index}: text content blocks must be non-empty`,
    );
  });
}

function checkTools(tools: unknown): Set<string> {
  const names = new Set<string>();
  if (tools === undefined) return names;
  requireRule(Array.isArray(tools), "tools: Input should be a valid list");
  tools.forEach((tool: unknown, index) => {
    const where = `tools.${index}`;
    requireRule(isFields(tool), `${where}: Input should be a valid dictionary`);
    const type = tool["type"] ?? "custom";
    requireRule(typeof type === "string", `${where}.type: Input should be a valid string`);
    if (type === "mcp_toolset") return;
    const name = tool["name"];
    requireRule(
      typeof name === "string" && /^[a-zA-Z0-9_-]{1,128}$/.test(name),
      `${where}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`,
    );
    requireRule(!names.has(name), "tools: Tool names must be unique.");
    names.add(name);
    if (type !== "custom") return;
    const schema = tool["input_schema"];
    requireRule(isFields(schema), `${where}.custom.input_schema: Field required`);
    requireRule(schema["type"] === "object", `${where}.custom.input_schema.type: Input should be 'object'`);
    const description = tool["description"];
    requireRule(
      description === undefined || typeof description === "string",
      `${where}.custom.description: Input should be a valid string`,
    );
  });
  return names;
}

function checkToolChoice(choice: unknown, names: ReadonlySet<string>): void {
  if (choice === undefined) return;
  requireRule(isFields(choice), "tool_choice: Input should be a valid dictionary");
  const type = choice["type"];
  requireRule(
    type === "auto" || type === "any" || type === "tool" || type === "none",
    "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
  );
  requireRule(names.size > 0, "tool_choice may only be specified while providing tools");
  if (type !== "tool") return;
  requireRule(
    typeof choice["name"] === "string" && names.has(choice["name"]),
    `Tool '${String(choice["name"])}' not found in provided tools`,
  );
}

function checkThinking(body: Fields): void {
  const thinking = body["thinking"];
  if (!isFields(thinking) || thinking["type"] !== "enabled") return;
  const budget = Number(thinking["budget_tokens"]);
  requireRule(
    budget >= THINKING_BUDGET,
    `thinking.enabled.budget_tokens: Input should be greater than or equal to ${THINKING_BUDGET}`,
  );
  const limit = body["max_tokens"];
  requireRule(
    limit === undefined || budget < Number(limit),
    "`max_tokens` must be greater than `thinking.budget_tokens`",
  );
}

/** Counts what marks the prompt's own parts, not what a tool's input or schema happens to call so. */
function countCacheControls(body: Fields): number {
  const own = (value: unknown): number => (isFields(value) && isFields(value["cache_control"]) ? 1 : 0);
  const each = (list: unknown): number =>
    Array.isArray(list) ? list.reduce((sum: number, item) => sum + own(item), 0) : 0;
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const inMessages = messages.reduce(
    (sum: number, message) => sum + (isFields(message) ? each(message["content"]) : 0),
    0,
  );
  return own(body) + each(body["system"]) + each(body["tools"]) + inMessages;
}
