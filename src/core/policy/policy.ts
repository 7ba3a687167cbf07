/** The vocabulary of permission: what a call wants, and what the policy says to it. */
import type { MessageCode } from "../messages.ts";

export type PolicyDecision =
  | { readonly decision: "allow" }
  | {
      readonly decision: "ask";
      /** Why: a message code with its parameters. */
      readonly reason: { readonly code: MessageCode; readonly params: Record<string, string | number> };
      readonly severity: "normal" | "protected" | "tainted";
    }
  | { readonly decision: "deny"; readonly reason: { readonly code: MessageCode; readonly params: Record<string, string | number> } };
