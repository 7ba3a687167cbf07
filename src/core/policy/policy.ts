/** The vocabulary of permission: what a call wants, and what the policy says to it. */
import type { MessageCode } from "../messages.ts";

/** Why: a message code with its parameters. */
export interface PolicyReason {
  readonly code: MessageCode;
  readonly params: Readonly<Record<string, string | number>>;
}

/** Protected paths and tainted calls are never allowed by a rule or a blanket yes. */
export type Severity = "normal" | "protected" | "tainted";

export type PolicyDecision =
  | { readonly decision: "allow" }
  | { readonly decision: "ask"; readonly reason: PolicyReason; readonly severity: Severity }
  | { readonly decision: "deny"; readonly reason: PolicyReason };

/** How a tool that the provider runs may be used; absent means without limit. */
export interface ProviderToolLimits {
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly maxUses?: number;
}
