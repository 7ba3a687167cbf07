/** `--show S`: one session, from the state its log adds up to. */
import { addUsage, ZERO_USAGE } from "../core/events/event.ts";
import type { ErrorInfo, TokenUsage } from "../core/events/event.ts";
import { isOrchestratorError } from "../core/errors.ts";
import type { SessionManager } from "../core/sessions/sessionManager.ts";
import type { SessionState } from "../core/sessions/sessionState.ts";
import type { SessionParent, SessionRow, VersionRow } from "../core/store/sessionStore.ts";
import type { Engine } from "../core/engine.ts";
import type { Console } from "./console.ts";
import { choicesOf } from "./controlSession.ts";
import { countOf, formatBytes, formatCost, formatCount, formatDuration } from "./format.ts";
import type { OpenQuestion } from "./openQuestions.ts";
import { fill, widthOf } from "./textWidth.ts";
import { versionSizes, type VersionSizes } from "./versionSizes.ts";
import { EMPTY_VIEW, foldSession } from "./viewModel.ts";
import type { RunView } from "./viewModel.ts";

export interface ShowOptions {
  /** Tells what versions hold. */
  readonly engine: Pick<Engine, "files" | "retention">;
  readonly json: boolean;
  readonly words: (error: ErrorInfo) => string;
  /** What a person types to call the program. */
  readonly command: string;
}

type Sessions = Pick<SessionManager, "getSession" | "getActiveSession" | "listVersions" | "readEvents">;

/** What only the log of a session that runs tells. */
type Waiting = Pick<RunView, "isPaused" | "questions">;

/** @throws OrchestratorError `session.unknown`, `session.invalidId` */
export async function showSession(
  sessions: Sessions,
  console: Console,
  sessionId: string,
  options: ShowOptions,
): Promise<void> {
  const row = await sessions.getSession(sessionId);
  const [state, versions] = await Promise.all([sessions.getActiveSession(sessionId), sessions.listVersions(sessionId)]);
  const shown = { ...row, parent: row.parent && (await shownParent(sessions, row.parent)) };
  const sizes = await versionSizes(options.engine, sessionId, versions);
  // Of a session that nobody runs nothing waits, so its log need not be read.
  const waiting = row.owner === null ? EMPTY_VIEW : await readView(sessions, sessionId);
  if (options.json) await console.printJson(sessionObject(shown, state, versionObjects(versions, sizes), waiting));
  else await console.print(sessionText(shown, state, { versions, sizes }, waiting, options));
}

/** A fork outlives its parent. */
async function shownParent(sessions: Sessions, parent: SessionParent): Promise<NonNullable<ShownRow["parent"]>> {
  try {
    await sessions.getSession(parent.sessionId);
    return { ...parent, isDeleted: false };
  } catch (error) {
    if (isOrchestratorError(error) && error.code === "session.unknown") return { ...parent, isDeleted: true };
    throw error;
  }
}

function readView(sessions: Sessions, sessionId: string): Promise<RunView> {
  return foldSession(sessions.readEvents(sessionId, 0, { withoutText: true }));
}

type ShownRow = SessionRow & { readonly parent: (SessionParent & { readonly isDeleted: boolean }) | null };

function sessionObject(
  row: ShownRow,
  { workflow, agents }: SessionState,
  versions: readonly object[],
  { isPaused, questions }: Waiting,
): Record<string, unknown> {
  const {
    sessionId,
    goal,
    effectiveStatus,
    createdAt,
    updatedAt,
    folders,
    demo,
    costUsd,
    costIsPartial,
    lastCompletedStep,
    parent,
  } = row;
  const { summary, outputs, error } = workflow;
  return {
    ...{ sessionId, goal, status: effectiveStatus, createdAt, updatedAt, folders, demo, lastCompletedStep, parent },
    plan: workflow.plan ?? null,
    steps: stepsInOrder(workflow).map(([stepId, step]) => ({ stepId, ...step })),
    agents: Object.entries(agents).map(([agentId, agent]) => ({ agentId, ...agent })),
    ...{ outputs: outputs ?? [], summary: summary ?? "", ...(error === undefined ? {} : { error }) },
    ...{ usage: usageOf(agents), costUsd, costIsPartial, versions, isPaused, questions },
  };
}

const ICONS: Record<string, string> = {
  pending: "○",
  running: "●",
  completed: "✓",
  failed: "✗",
  skipped: "–",
  interrupted: "■",
};

function sessionText(
  row: ShownRow,
  state: SessionState,
  kept: Versions,
  waiting: Waiting,
  { words, command }: ShowOptions,
): string {
  const { workflow, agents } = state;
  // Not those of the agents: a fork's came with their work.
  const tokens = row.inputTokens + row.outputTokens;
  const took = formatDuration(Date.parse(row.updatedAt) - Date.parse(row.createdAt));
  const head = [
    ["Session", row.sessionId],
    ["Goal", row.goal.replace(/\s+/g, " ")],
    ["Status", statusWords(row, waiting)],
    ...(row.parent === null ? [] : [["Fork of", parentWords(row.parent)]]),
    ...row.folders.map(({ path }) => ["Folder", path]),
    ["Started", `${row.createdAt.slice(0, 19).replace("T", " ")} UTC, took ${took}`],
    ["Cost", `${formatCost(row.costUsd, row.costIsPartial)}, ${formatCount(tokens)} tokens`],
    ...(workflow.error === undefined ? [] : [["Error", words(workflow.error)]]),
    ...(canGoOn(row) ? [["Go on", `${command} --resume ${row.sessionId}`]] : []),
  ];
  return [
    table(head).join("\n"),
    section(
      "Questions",
      waiting.questions.flatMap((question) => questionLines(question, `${command} --answer ${row.sessionId}`)),
    ),
    section("Plan", planLines(state, words)),
    section("Agents", table(Object.entries(agents).map(([agentId, agent]) => agentCells(agentId, agent)))),
    section("Files", workflow.outputs ?? []),
    section("Versions", versionLines(kept)),
    section("Summary", (workflow.summary ?? "").trim().split("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function parentWords({ sessionId, versionId, isDeleted: isGone }: NonNullable<ShownRow["parent"]>): string {
  return `${sessionId}/${versionId}${isGone ? ", which is deleted" : ""}`;
}

function statusWords({ effectiveStatus, demo }: SessionRow, { isPaused }: Waiting): string {
  return [effectiveStatus, isPaused ? ", paused" : "", demo ? " (demo, not an AI)" : ""].join("");
}

function canGoOn({ effectiveStatus }: SessionRow): boolean {
  return effectiveStatus === "interrupted" || effectiveStatus === "failed";
}

/** What is asked, whole, and what to type to answer it. */
function questionLines(question: OpenQuestion, answer: string): string[] {
  const { id, agentId } = question;
  if (question.kind === "question") {
    const suggested = question.options.map((option) => `    - ${option}`);
    return [`${agentId} asks: ${question.question}`, ...suggested, `  ${answer} ${id} "TEXT"`];
  }
  const { tool, subject, severity, taint } = question;
  const why = severity === "protected" ? ["  It is protected."] : [];
  if (taint.length > 0) why.push(`  The agent has read content from outside: ${taint.join(", ")}`);
  return [
    `${agentId} wants to use ${tool}:`,
    ...subject.split("\n").map((line) => `    ${line}`),
    ...why,
    // A line each, so that what is copied answers and does nothing else.
    ...choicesOf(question).map((choice) => `  ${answer} ${id} ${choice}`),
  ];
}

function planLines(state: SessionState, words: (error: ErrorInfo) => string): string[] {
  return stepsInOrder(state.workflow).flatMap(([stepId, step]) => {
    const { status, title, agentId, error } = step;
    const by = agentId === null ? "" : ` (${agentId})`;
    return [
      `${ICONS[status] ?? "?"} ${stepId}: ${title}${by}, ${status}${durationOf(step)}`,
      ...(error === undefined ? [] : [`    ${words(error)}`]),
    ];
  });
}

function agentCells(agentId: string, agent: SessionState["agents"][string]): string[] {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = agent.usage;
  const tokens = formatCount(inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens);
  const outputs = agent.outputs.length === 0 ? "" : `→ ${agent.outputs.join(", ")}`;
  return [ICONS[agent.status] ?? "?", agentId, agent.model, `${tokens} tokens${durationOf(agent)}`, outputs];
}

/** Versions with what they hold. */
interface Versions {
  readonly versions: readonly VersionRow[];
  readonly sizes: VersionSizes | undefined;
}

function versionLines({ versions, sizes }: Versions): string[] {
  const lines = table(
    versions.map((version) => {
      const { versionId, label, isPinned, isRemoved } = version;
      const size = sizes?.versions.get(versionId);
      const held = size
        ? `${countOf(size.files, "file")}, ${formatBytes(size.bytes)}`
        : isRemoved
          ? "files not kept"
          : "";
      const marks = [isPinned ? "pinned" : "", label === null ? "" : `"${label}"`].filter((mark) => mark !== "");
      return [versionId, reasonOf(version), held, marks.join(", ")];
    }),
  );
  return sizes ? [...lines, `${formatBytes(sizes.storedBytes)} on the disk`] : lines;
}

/** For programs: what each version adds to the one before; of the first, all it holds. */
function versionObjects(versions: readonly VersionRow[], sizes: VersionSizes | undefined): object[] {
  return versions.map((version) => {
    const size = sizes?.versions.get(version.versionId);
    return { ...version, ...(size ? { heldFiles: size.files, heldBytes: size.bytes } : {}) };
  });
}

const REASONS: Readonly<Record<string, string>> = {
  session_created: "the folder as the session found it",
  before_restore: "before a restore",
  requested: "on request",
  command: "after a command",
  session_updated: "after an update",
};

function reasonOf({ reason, stepId }: VersionRow): string {
  return reason === "step_completed" ? `after step ${stepId ?? ""}` : (REASONS[reason] ?? reason);
}

/** In the order of the plan; steps a later plan dropped come last. */
function stepsInOrder({
  plan,
  steps,
}: SessionState["workflow"]): [string, SessionState["workflow"]["steps"][string]][] {
  const order = (plan?.steps ?? []).map(({ id }) => id);
  const place = (stepId: string) => (order.includes(stepId) ? order.indexOf(stepId) : order.length);
  return Object.entries(steps).toSorted(([left], [right]) => place(left) - place(right));
}

function durationOf({ startedAt, endedAt }: { startedAt?: string; endedAt?: string }): string {
  if (startedAt === undefined || endedAt === undefined) return "";
  return `, ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
}

function usageOf(agents: SessionState["agents"]): TokenUsage {
  return Object.values(agents).reduce((sum, { usage }) => addUsage(sum, usage), ZERO_USAGE);
}

function section(title: string, lines: readonly string[]): string {
  const shown = lines.join("").trim() === "" ? [] : lines;
  return shown.length === 0 ? "" : [`${title}:`, ...shown.map((line) => `  ${line}`.trimEnd())].join("\n");
}

/** Cells in columns; the last one is as long as it is. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => widthOf(row[index] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : fill(cell, widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
