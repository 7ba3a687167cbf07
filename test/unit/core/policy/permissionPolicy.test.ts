import { describe, expect, it } from "vitest";
import type { GuardedPath } from "../../../../src/core/policy/pathGuard.ts";
import { PermissionPolicy } from "../../../../src/core/policy/permissionPolicy.ts";
import { settingsSchema, type ApprovalRule, type Settings } from "../../../../src/core/settings/settings.ts";
import type { ToolIntent } from "../../../../src/core/tools/tool.ts";

const folder = { name: "app", path: "/projects/app" };

function guarded(workspacePath: string, isProtected = false): GuardedPath {
  return {
    absolute: `/projects/app/${workspacePath}`,
    folder,
    root: "/projects/app",
    workspacePath,
    protected: isProtected,
  };
}

function policyWith(...rules: ApprovalRule[]): PermissionPolicy {
  const values = settingsSchema.parse({ "approvals.rules": rules });
  const settings: Settings = { get: (name) => values[name] };
  return new PermissionPolicy({ settings });
}

function decide(
  policy: PermissionPolicy,
  tool: string,
  intent: Omit<ToolIntent, "subject">,
  paths: GuardedPath[] = [],
  taint: string[] = [],
) {
  return policy.decide({ tool, intent: { subject: (intent.argv ?? []).join(" "), ...intent }, paths, taint });
}

describe("by default", () => {
  const policy = policyWith();

  it.each(["read", "glob", "grep"])("%s is allowed in the workspace", (tool) => {
    expect(decide(policy, tool, { access: "read" }, [guarded("a")])).toEqual({ decision: "allow" });
    expect(decide(policy, tool, { access: "read" }, [guarded("a")], ["web"])).toEqual({ decision: "allow" });
  });

  it.each(["write", "edit", "write_md"])("%s is allowed in the workspace, and asks for a protected path", (tool) => {
    expect(decide(policy, tool, { access: "write" }, [guarded("a")])).toEqual({ decision: "allow" });
    expect(decide(policy, tool, { access: "write" }, [guarded("a")], ["web"])).toEqual({ decision: "allow" });
    expect(decide(policy, tool, { access: "write" }, [guarded(".git/config", true)])).toEqual({
      decision: "ask",
      severity: "protected",
      reason: { code: "approval.protectedPath", params: { path: ".git/config" } },
    });
  });

  it.each(["bash", "mcp__server__tool", "plugin__name__tool", "anything"])("%s asks", (tool) => {
    expect(decide(policy, tool, { access: "execute", argv: ["ls"] })).toMatchObject({
      decision: "ask",
      severity: "normal",
      reason: { code: "approval.rule" },
    });
    expect(decide(policy, tool, { access: "none" })).toMatchObject({ decision: "ask", severity: "normal" });
  });

  it("a workspace tool's name gives nothing to a call that is something else", () => {
    expect(decide(policy, "read", { access: "execute", argv: ["rm"] })).toMatchObject({ decision: "ask" });
    expect(decide(policy, "write", { access: "write" }, [])).toMatchObject({ decision: "ask" });
  });
});

describe("rules", () => {
  const status = { access: "execute", argv: ["git", "status"] } as const;

  it("deny beats ask beats allow, in any order", () => {
    const allow: ApprovalRule = { tool: "bash", decision: "allow", argv: ["git", "status"] };
    const ask: ApprovalRule = { tool: "bash", decision: "ask" };
    const deny: ApprovalRule = { tool: "bash", decision: "deny", argv: ["git", "status"] };
    expect(decide(policyWith(allow), "bash", status)).toEqual({ decision: "allow" });
    expect(decide(policyWith(allow, ask), "bash", status)).toMatchObject({ decision: "ask" });
    expect(decide(policyWith(ask, allow), "bash", status)).toMatchObject({ decision: "ask" });
    expect(decide(policyWith(allow, deny, ask), "bash", status)).toMatchObject({
      decision: "deny",
      reason: { code: "approval.ruleDenied" },
    });
  });

  it("narrow what is allowed by default", () => {
    const policy = policyWith(
      { tool: "write", decision: "ask", path: "src/**" },
      { tool: "*", decision: "deny", path: "secrets/**" },
    );
    expect(decide(policy, "write", { access: "write" }, [guarded("src/a.ts")])).toMatchObject({ decision: "ask" });
    expect(decide(policy, "write", { access: "write" }, [guarded("docs/a.md")])).toEqual({ decision: "allow" });
    expect(decide(policy, "read", { access: "read" }, [guarded("secrets/a")])).toMatchObject({ decision: "deny" });
  });

  it("never let a protected path through unasked, and may deny it", () => {
    const target = [guarded(".vscode/tasks.json", true)];
    const allow: ApprovalRule = { tool: "write", decision: "allow", path: "**" };
    expect(decide(policyWith(allow), "write", { access: "write" }, target)).toMatchObject({
      decision: "ask",
      severity: "protected",
    });
    const deny: ApprovalRule = { tool: "write", decision: "deny", path: ".vscode/**" };
    expect(decide(policyWith(allow, deny), "write", { access: "write" }, target)).toMatchObject({ decision: "deny" });
  });

  it("allow nothing but workspace files once content from outside was read", () => {
    const policy = policyWith(
      { tool: "bash", decision: "allow", argv: ["git", "status"] },
      { tool: "mcp__*", decision: "allow" },
    );
    expect(decide(policy, "bash", status)).toEqual({ decision: "allow" });
    expect(decide(policy, "bash", status, [], ["web_search"])).toEqual({
      decision: "ask",
      severity: "tainted",
      reason: { code: "approval.tainted", params: { sources: "web_search" } },
    });
    expect(decide(policy, "mcp__a__b", { access: "none" }, [], ["web_search"])).toMatchObject({
      decision: "ask",
      severity: "tainted",
    });
    expect(decide(policy, "write", { access: "write" }, [guarded(".git/x", true)], ["web_search"])).toMatchObject({
      decision: "ask",
      severity: "protected",
    });
  });

  it("keep files they deny or ask for out of searches", () => {
    const policy = policyWith(
      { tool: "*", decision: "deny", path: "secrets/**" },
      { tool: "grep", decision: "ask", path: "**/*.key" },
    );
    expect(policy.mayShow("glob", "secrets/a")).toBe(false);
    expect(policy.mayShow("grep", "deep/a.key")).toBe(false);
    expect(policy.mayShow("glob", "deep/a.key")).toBe(true);
  });
});

describe("tools of the provider", () => {
  it("ask by default, and when content from outside was read", () => {
    expect(policyWith().decideOffer("search_web", [])).toEqual({
      decision: {
        decision: "ask",
        severity: "normal",
        reason: { code: "approval.rule", params: { tool: "search_web" } },
      },
      limits: {},
    });
    const allowed = policyWith({ tool: "search_web", decision: "allow" });
    expect(allowed.decideOffer("search_web", []).decision).toEqual({ decision: "allow" });
    expect(allowed.decideOffer("search_web", ["fetch_web"]).decision).toMatchObject({
      decision: "ask",
      severity: "tainted",
    });
    expect(allowed.decideOffer("fetch_web", []).decision).toMatchObject({ decision: "ask" });
  });

  it("get the domains and the number of uses the rules name", () => {
    const policy = policyWith(
      { tool: "fetch_web", decision: "allow", domains: ["docs.example.org", "evil.example.org"], maxUses: 8 },
      { tool: "fetch_web", decision: "allow", domains: ["nodejs.org"], maxUses: 5 },
      { tool: "fetch_web", decision: "deny", domains: ["evil.example.org"] },
    );
    expect(policy.decideOffer("fetch_web", [])).toEqual({
      decision: { decision: "allow" },
      limits: { allowedDomains: ["docs.example.org", "nodejs.org"], maxUses: 5 },
    });
  });

  it("are blocked from denied domains where everything else is open", () => {
    const policy = policyWith(
      { tool: "*_web", decision: "allow" },
      { tool: "*_web", decision: "deny", domains: ["evil.example.org"] },
    );
    expect(policy.decideOffer("search_web", [])).toEqual({
      decision: { decision: "allow" },
      limits: { blockedDomains: ["evil.example.org"] },
    });
  });

  it("are withheld when denied, or when no domain is left", () => {
    expect(policyWith({ tool: "search_web", decision: "deny" }).decideOffer("search_web", []).decision).toMatchObject({
      decision: "deny",
    });
    const nothing = policyWith(
      { tool: "fetch_web", decision: "allow", domains: ["a.org"] },
      { tool: "fetch_web", decision: "deny", domains: ["a.org"] },
    );
    expect(nothing.decideOffer("fetch_web", []).decision).toMatchObject({ decision: "deny" });
  });
});
