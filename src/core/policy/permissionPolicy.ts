/**
 * What a call may do: the defaults, the user's rules, protected paths and taint, in one order.
 *
 * Deny beats ask beats allow. A protected path always asks, whatever the rules say. Once content from
 * outside has entered an agent's context, nothing but a person allows shell, network and protected files.
 * Paths outside the workspace never come here: PathGuard refuses them, and nobody is asked.
 */
import type { Settings } from "../settings/settings.ts";
import type { ToolIntent } from "../tools/tool.ts";
import { matchesPattern } from "./globPattern.ts";
import type { GuardedPath } from "./pathGuard.ts";
import type { PolicyDecision, ProviderToolLimits } from "./policy.ts";
import { looksSecret } from "./secretFiles.ts";
import { ruleCovers, ruleNamesTool, type RuledCall } from "./rules.ts";

/** Allowed in the workspace without a rule, because what they do can be undone. */
const WORKSPACE_TOOLS: ReadonlySet<string> = new Set(["read", "glob", "grep", "write", "edit", "write_md"]);

export interface PolicyRequest {
  readonly tool: string;
  readonly intent: ToolIntent;
  /** The intent's paths, resolved. */
  readonly paths: readonly GuardedPath[];
  /** Where content from outside entered the agent's context; empty when it did not. */
  readonly taint: readonly string[];
}

export class PermissionPolicy {
  readonly #settings: Settings;

  constructor({ settings }: { readonly settings: Settings }) {
    this.#settings = settings;
  }

  decide({ tool, intent, paths, taint }: PolicyRequest): PolicyDecision {
    const call: RuledCall = {
      tool,
      access: intent.access,
      paths: paths.map((path) => path.workspacePath),
      line: intent.subject,
      ...(intent.argv === undefined ? {} : { argv: intent.argv }),
    };
    const decisions = new Set(this.#rules().flatMap((rule) => (ruleCovers(rule, call) ? [rule.decision] : [])));
    if (decisions.has("deny")) return { decision: "deny", reason: { code: "approval.ruleDenied", params: { tool } } };
    const protectedPath = paths.find((path) => path.protected && intent.access !== "read");
    if (protectedPath !== undefined) {
      return {
        decision: "ask",
        reason: { code: "approval.protectedPath", params: { path: protectedPath.workspacePath } },
        severity: "protected",
      };
    }
    const isWorkspaceTool =
      WORKSPACE_TOOLS.has(tool) && paths.length > 0 && (intent.access === "read" || intent.access === "write");
    if (!isWorkspaceTool && taint.length > 0) return taintedAsk(taint);
    if (decisions.has("ask")) return ask(tool);
    const secret = intent.access === "write" ? call.paths.find(looksSecret) : undefined;
    if (secret !== undefined && !decisions.has("allow"))
      return {
        decision: "ask",
        reason: { code: "approval.secretFile", params: { path: secret } },
        severity: "normal",
      };
    return isWorkspaceTool || decisions.has("allow") ? { decision: "allow" } : ask(tool);
  }

  /**
   * Whether a tool that the provider runs may be offered, and with which limits. Its calls cannot be held
   * one by one, so rules with domains narrow what it may reach instead of deciding about a call.
   */
  decideOffer(
    tool: string,
    taint: readonly string[],
  ): { readonly decision: PolicyDecision; readonly limits: ProviderToolLimits } {
    const rules = this.#rules().filter(
      (rule) => ruleNamesTool(rule, tool) && rule.argv === undefined && rule.path === undefined,
    );
    const limits = limitsOf(rules);
    const decisions = new Set(
      rules.flatMap((rule) => (rule.decision === "deny" && rule.domains !== undefined ? [] : [rule.decision])),
    );
    const nothingLeft = limits.allowedDomains?.length === 0;
    if (decisions.has("deny") || nothingLeft)
      return { decision: { decision: "deny", reason: { code: "approval.ruleDenied", params: { tool } } }, limits };
    if (taint.length > 0) return { decision: taintedAsk(taint), limits };
    return { decision: decisions.has("allow") && !decisions.has("ask") ? { decision: "allow" } : ask(tool), limits };
  }

  /** False when a rule denies, or asks before, reading `path` with `tool`: a search leaves it out. */
  mayShow(tool: string, path: string): boolean {
    return !this.#rules().some(
      (rule) =>
        rule.decision !== "allow" &&
        rule.path !== undefined &&
        ruleNamesTool(rule, tool) &&
        matchesPattern(path, rule.path, true),
    );
  }

  #rules() {
    return this.#settings.get("approvals.rules");
  }
}

function ask(tool: string): PolicyDecision {
  return { decision: "ask", reason: { code: "approval.rule", params: { tool } }, severity: "normal" };
}

function taintedAsk(taint: readonly string[]): PolicyDecision {
  return {
    decision: "ask",
    reason: { code: "approval.tainted", params: { sources: taint.join(", ") } },
    severity: "tainted",
  };
}

/** Rules that let the tool be used add up their domains; one without domains lifts the limit; the least `maxUses` holds. */
function limitsOf(
  rules: readonly { decision: string; domains?: string[] | undefined; maxUses?: number | undefined }[],
): ProviderToolLimits {
  const granting = rules.filter((rule) => rule.decision !== "deny");
  const blocked = rules.flatMap((rule) => (rule.decision === "deny" ? (rule.domains ?? []) : []));
  const unlimited = granting.length === 0 || granting.some((rule) => rule.domains === undefined);
  const allowed = unlimited
    ? undefined
    : [...new Set(granting.flatMap((rule) => rule.domains ?? []))].filter((domain) => !blocked.includes(domain));
  const uses = rules.flatMap((rule) => (rule.maxUses === undefined ? [] : [rule.maxUses]));
  return {
    ...(allowed === undefined ? {} : { allowedDomains: allowed }),
    // The provider takes one of the two lists, never both.
    ...(allowed === undefined && blocked.length > 0 ? { blockedDomains: [...new Set(blocked)] } : {}),
    ...(uses.length === 0 ? {} : { maxUses: Math.min(...uses) }),
  };
}
