/**
 * How an approval rule is matched against a call.
 *
 * `tool` names tools (`*` within it stands for any characters: `mcp__github__*`). `argv` is the whole argv of
 * a command; `*` as an argument stands for one or more arguments, never for the program. `path` is a pattern
 * over workspace paths. A rule that allows must prove that it covers the call; a rule that asks or denies
 * counts already when it may.
 */
import { basename } from "node:path";
import type { ApprovalRule } from "../settings/settings.ts";
import { matchesPattern } from "./globPattern.ts";

/** What rules look at. */
export interface RuledCall {
  readonly tool: string;
  readonly access: "read" | "write" | "execute" | "none";
  /** Workspace paths the call names. */
  readonly paths: readonly string[];
  /** Of a command that is one plain argv. */
  readonly argv?: readonly string[];
  /** The command as it was written. */
  readonly line: string;
}

export function ruleCovers(rule: ApprovalRule, call: RuledCall): boolean {
  return rule.decision === "allow" ? allows(rule, call) : refuses(rule, call);
}

/** True when `rule` names the tool, whatever else it says. */
export function ruleNamesTool(rule: ApprovalRule, tool: string): boolean {
  if (!rule.tool.includes("*")) return rule.tool === tool;
  const parts = rule.tool.split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(tool);
}

function allows(rule: ApprovalRule, call: RuledCall): boolean {
  if (!ruleNamesTool(rule, call.tool)) return false;
  // Nothing but a whole argv allows a command: no rule covers a shell line.
  if (call.access === "execute" && (rule.argv === undefined || call.argv === undefined)) return false;
  if (rule.argv !== undefined && !(call.argv !== undefined && matchesArgv(rule.argv, call.argv))) return false;
  if (rule.path !== undefined && !everyPathMatches(rule.path, call)) return false;
  return rule.domains === undefined;
}

function refuses(rule: ApprovalRule, call: RuledCall): boolean {
  if (!ruleNamesTool(rule, call.tool)) return false;
  if (rule.argv !== undefined && call.access === "execute" && !mayRun(rule.argv, call)) return false;
  const { path } = rule;
  return path === undefined || call.paths.some((candidate) => matchesPattern(candidate, path, true));
}

function everyPathMatches(pattern: string, call: RuledCall): boolean {
  if (call.access !== "read" && call.access !== "write") return false;
  return call.paths.length > 0 && call.paths.every((path) => matchesPattern(path, pattern, false));
}

/** Whole argv against whole argv. The program must be written exactly as the rule has it. */
export function matchesArgv(rule: readonly string[], argv: readonly string[]): boolean {
  const [program, ...rest] = rule;
  if (program === undefined || program === "*" || program !== argv[0]) return false;
  return matchesArguments(rest, argv.slice(1));
}

function matchesArguments(rule: readonly string[], given: readonly string[]): boolean {
  // A table over ends of both lists: a rule with several `*` must not cost exponential time.
  let row = Array.from({ length: given.length + 1 }, (_, index) => index === given.length);
  for (const expected of rule.toReversed()) {
    const next = Array.from({ length: given.length + 1 }, () => false);
    for (let index = given.length - 1; index >= 0; index--) {
      if (expected === "*") next[index] = (row[index + 1] ?? false) || (next[index + 1] ?? false);
      else next[index] = expected === given[index] && (row[index + 1] ?? false);
    }
    row = next;
  }
  return row[0] ?? false;
}

/**
 * May the command run what the rule names? For an argv the program counts also with its folder. In a shell
 * line it is enough that the rule's words stand in this order: what a shell makes of a line cannot be told
 * from its text, so a rule that denies is no wall against a command written to get around it. The person who
 * is asked, and without one the denial of every question, is.
 */
function mayRun(rule: readonly string[], call: RuledCall): boolean {
  const [program = "", ...rest] = rule;
  if (call.argv !== undefined) {
    const [given = "", ...args] = call.argv;
    return isProgram(program, given) && matchesArguments(rest, args);
  }
  const expected = rest.filter((word) => word !== "*");
  const words = wordsOf(call.line);
  return words.some((word, index) => isProgram(program, word) && isSubsequence(expected, words.slice(index + 1)));
}

function isProgram(expected: string, given: string): boolean {
  return expected === "*" || given === expected || basename(given) === expected;
}

function wordsOf(line: string): string[] {
  return line
    .replace(/["'\\]/g, "")
    .split(/[\s;&|<>(){}`$!]+/)
    .filter((word) => word !== "");
}

function isSubsequence(expected: readonly string[], words: readonly string[]): boolean {
  let next = 0;
  for (const word of words) if (word === expected[next]) next++;
  return next === expected.length;
}
