/**
 * What agents are told when a call is refused or fails. In English, because models read it best; people see
 * the same through their host's catalogue. Every sentence says what the agent can do instead.
 */
import type { z } from "zod";
import { isOrchestratorError, type OrchestratorError } from "../errors.ts";
import type { PolicyReason } from "../policy/policy.ts";
import type { ApprovalAnswer } from "../ports.ts";
import { ToolFailure } from "./tool.ts";

export const STOPPED = "The call was stopped before it ended.";

export function unknownTool(name: string, known: readonly string[]): string {
  return `There is no tool ${JSON.stringify(name)} for you. Your tools are: ${known.join(", ") || "none"}.`;
}

/** Names each field that does not fit and why, then what fits. */
export function invalidInput(tool: string, error: z.ZodError, schema: Record<string, unknown>): string {
  const faults = error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  return `The input of ${tool} does not fit: ${faults.join("; ")}. It takes ${fieldsOf(schema)}. Nothing was done.`;
}

export function deniedByPolicy(tool: string, reason: PolicyReason): string {
  if (reason.code === "approval.ruleDenied")
    return `${tool}: the user's rules do not allow this. Do not try to reach it in another way.`;
  return `${tool}: this is not allowed (${reason.code}).`;
}

export function deniedByAnswer(tool: string, { by, reason }: ApprovalAnswer): string {
  switch (reason) {
    case "approval.nobodyToAsk":
      return `${tool}: this needs the user's approval, and nobody is there to give it. Go on without it, and say in your result what was left undone.`;
    case "approval.deniedByFlag":
      return `${tool}: this needs the user's approval, and the user has declined every such call of this run. Go on without it.`;
    case "approval.timeout":
      return `${tool}: this needs the user's approval, and nobody answered in time. Go on without it, and say in your result what was left undone.`;
    case undefined:
    case "":
      return `${tool}: the user declined this call. Do not try to reach the same in another way; go on without it.`;
    default:
      return by === "approver failed"
        ? `${tool}: the user could not be asked. Go on without it.`
        : `${tool}: the user declined this call and says: ${reason}`;
  }
}

/** A failure in words, without a path of this machine; undefined for an error nobody foresaw. */
export function failure(tool: string, error: unknown): string | undefined {
  if (error instanceof ToolFailure) return error.message;
  if (isOrchestratorError(error)) return refusal(tool, error);
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code)
    ? `${tool}: the file system answered ${code}${meaningOf(code)}.`
    : undefined;
}

export function unforeseen(tool: string): string {
  return `${tool} failed for a reason that is not yours. What it changed, if anything, is unknown.`;
}

function refusal(tool: string, error: OrchestratorError): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const path = JSON.stringify(params["path"] ?? "");
  switch (error.code) {
    case "path.outside":
      return `${tool}: ${path} is outside the workspace. Only paths inside it can be used.`;
    case "path.home":
      return `${tool}: ${path} belongs to the program that runs you and cannot be used.`;
    case "path.invalid":
      return `${tool}: ${path} is not a usable path: ${String(params["detail"])}.`;
    case "path.unknownFolder":
      return `${tool}: ${path} does not begin with the name of a workspace folder. The folders are: ${String(params["folders"])}.`;
    case "path.changed":
      return `${tool}: ${path} was replaced by something else at this moment. Nothing was done.`;
    default:
      return error.message.replace(`${error.code}: `, "");
  }
}

function meaningOf(code: string): string {
  const meanings: Readonly<Record<string, string>> = {
    EACCES: " (permission denied)",
    EPERM: " (not permitted)",
    ENOENT: " (no such file or folder)",
    EISDIR: " (it is a folder)",
    ENOTDIR: " (a file is used as a folder)",
    ENOSPC: " (the disk is full)",
    EROFS: " (the disk is read-only)",
    ENAMETOOLONG: " (the name is too long)",
  };
  return meanings[code] ?? "";
}

function fieldsOf(schema: Record<string, unknown>): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, { readonly type?: unknown }>);
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
  if (properties.length === 0) return "no fields";
  return properties
    .map(
      ([name, { type }]) =>
        `${name} (${typeof type === "string" ? type : "any"}${required.has(name) ? "" : ", optional"})`,
    )
    .join(", ");
}
