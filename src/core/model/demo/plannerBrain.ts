/** The demo planner: one look at the workspace, then always the same kind of plan. */
import type { Conversation } from "./conversation.ts";
import { callTools, type DemoReply, finish, type ToolCall } from "./demoReply.ts";
import { describeTask, type DemoTaskKind } from "./demoTask.ts";
import { type FolderSummary, readFolderSummary, readPaths, summaryCall } from "./globAnswer.ts";
import { code, count, counted, oneLine, quote } from "./markdown.ts";
import { fingerprintOf } from "./messageWire.ts";
import { rootsOf } from "./workspaceFolders.ts";

interface PlannedStep {
  readonly id: DemoTaskKind;
  readonly title: string;
  readonly description: string;
  readonly agentType: string;
  readonly dependsOn: readonly string[];
  readonly outputFile?: string;
}

/** A plan that was turned down is submitted once more in its simplest form, never a third time. */
const MOST_SUBMISSIONS = 2;
const MOST_SLUG_CHARACTERS = 40;

const LOOK_CALL = summaryCall(undefined);
const EARLIER_REPORTS_CALL: ToolCall = { tool: "glob", input: { pattern: "**/demo-report-*.md" } };

export function planNext(conversation: Conversation): DemoReply {
  const submissions = conversation.callsOf("submit_plan");
  const last = submissions.at(-1);
  if (last?.finding.state === "found") return finish("The plan is submitted. I am the demo model, not an AI.");
  if (last !== undefined && submissions.length >= MOST_SUBMISSIONS) {
    const reason = last.finding.state === "failed" ? last.finding.text : "no answer";
    return finish(
      `The demo model, which is not an AI, could not get its plan accepted. The last answer was:\n\n${quote(reason, 1_000)}`,
    );
  }
  if (last !== undefined) {
    return callTools("The plan was not accepted; I submit its simplest form.", [submission(conversation, "simple")]);
  }
  const looks = [LOOK_CALL, EARLIER_REPORTS_CALL];
  const open = looks.filter((call) => conversation.finding(call).state === "open");
  if (open.length > 0 && conversation.addition === "") {
    return callTools(
      "I am the built-in demo model, not an AI. I plan the same kind of survey for every goal, and look at the workspace first.",
      open,
    );
  }
  return callTools(describeLook(conversation), [submission(conversation, "full")]);
}

/** Where the task of a fork tells of the goal before, as forkedPlanTask.md has it. */
const BEFORE = "\n# What was done before\n\nThe workspace holds what a team did for an earlier goal:\n";

/** The goal out of the planner's first message: what stands under `# Goal`, or else the whole text. */
export function goalOf(task: string): string {
  const text = task.trim();
  const start = "# Goal\n";
  if (!text.startsWith(start)) return text;
  // A goal may hold the same heading; the one of the task itself comes last.
  const end = text.lastIndexOf("\n# Agents you can plan with\n");
  const own = text.slice(start.length, end === -1 ? undefined : end);
  const before = own.indexOf(BEFORE);
  return own.slice(0, before === -1 ? undefined : before).trim();
}

function submission(conversation: Conversation, form: "full" | "simple"): ToolCall {
  const goal = goalOf(conversation.task);
  const steps = planSteps(conversation, goal, form);
  return {
    tool: "submit_plan",
    input: {
      summary: `Demo plan, not made by an AI: a survey of the workspace for the goal "${oneLine(goal, 120)}", with a report of true facts at the end.`,
      steps,
    },
  };
}

function planSteps(conversation: Conversation, goal: string, form: "full" | "simple"): PlannedStep[] {
  const step = (id: DemoTaskKind, title: string, agentType: string): PlannedStep => ({
    id,
    title,
    description: describeTask(id, goal),
    agentType,
    dependsOn: [],
  });
  const inquiries = [
    step("inventory", "Count files, languages and sizes", "analyst"),
    step("documentation", "Outline the README and find entry points", "researcher"),
  ];
  if (form === "full" && !isEmptyWorkspace(conversation)) {
    inquiries.push(step("open-ends", "Find open ends and the words of the goal", "researcher"));
  }
  const report: PlannedStep = {
    ...step("report", "Write the demo report", "writer"),
    dependsOn: inquiries.map((inquiry) => inquiry.id),
    ...(form === "full" ? { outputFile: reportPath(conversation, goal) } : {}),
  };
  return [...inquiries, report];
}

function isEmptyWorkspace(conversation: Conversation): boolean {
  return lookAt(conversation)?.files === 0;
}

function lookAt(conversation: Conversation): FolderSummary | undefined {
  const look = conversation.finding(LOOK_CALL);
  return look.state === "found" ? readFolderSummary(look.text) : undefined;
}

function describeLook(conversation: Conversation): string {
  const summary = lookAt(conversation);
  if (summary === undefined) return "I could not look at the workspace, so I plan without having seen it.";
  const most = summary.extensions.find(({ extension }) => extension !== "");
  const kind = most === undefined ? "" : `, among them ${count(most.files)} with the extension ${code(most.extension)}`;
  return `I see ${counted(summary.files, "file")}${kind}. Two or more agents can look at them at the same time, and one then writes the report.`;
}

/** A name of its own for each goal, and one that no file has: an earlier report is never overwritten. */
function reportPath(conversation: Conversation, goal: string): string {
  const root = rootsOf(conversation)[0];
  const base = `${root === undefined ? "" : `${root}/`}demo-report-${slugOf(goal)}`;
  const look = conversation.finding(EARLIER_REPORTS_CALL);
  const taken = new Set(look.state === "found" ? readPaths(look.text).paths.map((path) => path.toLowerCase()) : []);
  let path = `${base}.md`;
  for (let number = 2; taken.has(path.toLowerCase()); number += 1) path = `${base}-${number}.md`;
  return path;
}

/** The goal's first words in letters that every file system takes. */
function slugOf(goal: string): string {
  const words = goal
    .slice(0, 400)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "")
    .reduce((slug, word) => (slug.length + word.length < MOST_SLUG_CHARACTERS ? `${slug}-${word}` : slug), "")
    .slice(1);
  return words === "" ? fingerprintOf(goal).slice(0, 8) : words;
}
