/**
 * The session that is killed again and again: three agents at the same time with changes of files, a command
 * that counts its own runs, an approval and a denial, then a step that needs all three, and a report.
 * At the end its context is compressed and kept with it.
 *
 * What the model answers follows from the request alone, so that after any kill the right answer comes: an agent
 * goes through its beats, and is at the first one whose tool calls its conversation does not hold.
 */
import type { ApprovalAnswer, ApprovalRequest } from "../../../src/core/ports.ts";
import type { RecordedRequest } from "../modelServerRequests.ts";
import { firstUserTextOf, isPlannerRequest, messagesOf, toolResultsOf } from "../modelServerRequests.ts";
import { plan, say, think, turn, useTool, type ScriptedBlock, type Turn } from "../modelServerReplies.ts";
import { ScriptError } from "../modelServerScripts.ts";

export const GOAL = "Bring the notes in order";
export const SESSION_ID = "session_durability";
export const STEPS = ["alpha", "beta", "gamma", "report"] as const;
export type Role = "planner" | (typeof STEPS)[number];

export const INITIAL_FILES: Readonly<Record<string, string>> = {
  "notes.txt": "first note\nsecond note\n",
  "beta.txt": "one\ntwo\nthree\n",
  "gamma/data.txt": "1\n2\n3\n",
  "untouched/keep.txt": "nobody changes this\n",
};

/** Beside the workspace, so that it is no part of what is compared: one line for every run of the command. */
export const COUNTER_FILE = "counter.txt";
/** What the command writes into the workspace. */
export const MADE_FILE = "made.txt";
const MADE_TEXT = "made by a command\n";
const COUNTING_COMMAND = `echo begun; echo run >> ../${COUNTER_FILE}; printf 'made by a command\\n' > ${MADE_FILE}; echo done`;
const DENIED_COMMAND = "echo denied > denied.txt";

export const COUNTING_CALL = "toolu_alpha_count";
/** Made by the agent when it is told that nobody knows what became of the command. */
export const RECOVERY_CALL = "toolu_alpha_recover";
export const OUTCOME_UNKNOWN = "outcome is unknown";

/** Where the session keeps its context, compressed after its end. */
export const CONTEXT_KEY = "context";
export const CONTEXT_CHARACTERS = 2_000;

/** The person in this session: no to one command, yes to every other question. */
export function answerQuestion({ subject }: ApprovalRequest): ApprovalAnswer {
  return subject.includes("denied")
    ? { decision: "deny", by: "the scenario", reason: "approval.deniedByFlag" }
    : { decision: "allow", by: "the scenario" };
}

/** One turn of an agent. Without tool calls it is the last. */
interface Beat {
  readonly blocks: (request: RecordedRequest) => readonly ScriptedBlock[];
  /** The first tool call of the turn. */
  readonly call?: string;
  readonly when?: (request: RecordedRequest) => boolean;
}

/** What the server is asked, and what it says. */
export interface Answer {
  readonly role: Role;
  /** From 1. */
  readonly beat: number;
  readonly turn: Turn;
}

const step = (id: string, agentType: string, more: object = {}) => ({
  id,
  title: `Title ${id}`,
  description: `Do the ${id} part.`,
  agentType,
  dependsOn: [],
  ...more,
});

const PLAN = {
  summary: "Three parts and a report.",
  steps: [
    step("alpha", "coder"),
    step("beta", "writer"),
    step("gamma", "analyst", { outputFile: "gamma.md" }),
    step("report", "writer", { dependsOn: ["alpha", "beta", "gamma"], outputFile: "report.md" }),
  ],
};

const BEATS: Readonly<Record<Role, readonly Beat[]>> = {
  planner: [
    {
      call: "toolu_planner_look",
      blocks: () => [say("Let me look."), useTool("glob", { pattern: "**/*.txt" }, { id: "toolu_planner_look" })],
    },
    { call: "toolu_planner_plan", blocks: () => [plan(PLAN, { id: "toolu_planner_plan" })] },
  ],
  alpha: [
    {
      call: "toolu_alpha_write",
      blocks: () => [
        think("A new file in a new folder."),
        say("First the result."),
        useTool("write", { file_path: "alpha/result.txt", content: "result of alpha\n" }, { id: "toolu_alpha_write" }),
      ],
    },
    { call: COUNTING_CALL, blocks: () => [useTool("bash", { command: COUNTING_COMMAND }, { id: COUNTING_CALL })] },
    {
      call: RECOVERY_CALL,
      when: (request) => toolResultsOf(request).some(({ text }) => text.includes(OUTCOME_UNKNOWN)),
      blocks: () => [useTool("write", { file_path: MADE_FILE, content: MADE_TEXT }, { id: RECOVERY_CALL })],
    },
    { blocks: () => [say("Alpha is done: one file written, one command run.")] },
  ],
  beta: [
    {
      call: "toolu_beta_edit",
      blocks: () => [
        say("Two changes at once."),
        useTool(
          "edit",
          { file_path: "beta.txt", old_string: "two\n", new_string: "two and a half\n" },
          { id: "toolu_beta_edit" },
        ),
        useTool("read", { file_path: "notes.txt" }, { id: "toolu_beta_read" }),
        useTool("write", { file_path: "beta-copy.txt", content: "copied\n" }, { id: "toolu_beta_write" }),
      ],
    },
    {
      call: "toolu_beta_document",
      blocks: () => [
        useTool(
          "write_md",
          { path: "docs/beta", content: "# Beta\n\nWritten by beta.", front_matter: { title: "Beta" } },
          { id: "toolu_beta_document" },
        ),
      ],
    },
    { blocks: () => [say("Beta is done: an edit, a copy and a document.")] },
  ],
  gamma: [
    {
      call: "toolu_gamma_denied",
      blocks: () => [useTool("bash", { command: DENIED_COMMAND }, { id: "toolu_gamma_denied" })],
    },
    {
      call: "toolu_gamma_document",
      blocks: () => [
        useTool("write_md", { path: "notes.md", content: "# Notes\n\nIn order." }, { id: "toolu_gamma_document" }),
      ],
    },
    { blocks: () => [say("# Gamma\n\nNo command was run, and the notes are in order.")] },
  ],
  report: [
    {
      call: "toolu_report_document",
      blocks: (request) => [
        useTool("write_md", { path: "report.md", content: reportOf(request) }, { id: "toolu_report_document" }),
      ],
    },
    { blocks: (request) => [say(`The report has ${reportOf(request).length} characters.`)] },
  ],
};

/** The report holds what the other steps handed over, so that it is only right when all of it arrived. */
function reportOf(request: RecordedRequest): string {
  const task = firstUserTextOf(request);
  return `# Report\n\n${withoutFileLists(task.slice(task.indexOf("## Result of step")))}`;
}

/** Files are told in the order of their writing, which for calls made at the same time is anybody's guess. */
export function withoutFileLists(text: string): string {
  return text.replace(/\n\nFiles of this step: .*/g, "");
}

/** @throws ScriptError for a request that the scenario does not know */
export function answerTo(request: RecordedRequest): Answer {
  const role = roleOf(request);
  const calls = new Set(
    messagesOf(request).flatMap(({ content }) =>
      typeof content === "string" ? [] : content.flatMap(({ type, id }) => (type === "tool_use" ? [id] : [])),
    ),
  );
  const index = BEATS[role].findIndex(
    ({ call, when }) => (call === undefined || !calls.has(call)) && (when?.(request) ?? true),
  );
  const beat = BEATS[role][index];
  if (!beat) throw new ScriptError(`${role} has nothing more to say`);
  return { role, beat: index + 1, turn: turn(beat.blocks(request), { usage: usageOf(role, index + 1) }) };
}

function roleOf(request: RecordedRequest): Role {
  if (isPlannerRequest(request)) return "planner";
  const task = firstUserTextOf(request);
  const role = STEPS.find((id) => task.includes(`Do the ${id} part.`));
  if (role) return role;
  throw new ScriptError(`no step of the scenario matches the task: ${task.slice(0, 300)}`);
}

/** Every turn of every agent costs something else, so that a ledger tells which were paid. */
export function usageOf(role: Role, beat: number): { inputTokens: number; outputTokens: number } {
  const place = ["planner", ...STEPS].indexOf(role) + 1;
  return { inputTokens: 1000 * place + 100 * beat, outputTokens: 10 * place + beat };
}
