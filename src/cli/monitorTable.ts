/** The table of `--monitor`: a line for each session at work and, below it, one for each of its agents. */
import { countOf, formatCost, formatCount, formatDuration } from "./format.ts";
import type { WatchedSession } from "./sessionWatch.ts";
import { styledLine } from "./styledLine.ts";
import type { Paint, Piece, Style } from "./styledLine.ts";
import { fill, widthOf } from "./textWidth.ts";
import type { AgentView, RunView } from "./viewModel.ts";

export interface TableFrame {
  readonly columns: number;
  /** Lines there is room for; Infinity where they scroll. */
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly paint: Paint;
  /** Percent of the machine; absent before the first sample. */
  readonly machine?: { readonly cpu: number; readonly memory: number };
}

interface Row {
  readonly name: string;
  readonly state: Piece;
  readonly tokens: string;
  readonly cost: string;
  readonly time: string;
  /** The goal, or the call under way. */
  readonly what: string;
  readonly isSession: boolean;
}

const AGENT_STYLES: Record<AgentView["state"], Style> = {
  running: "cyan",
  asking: "yellow",
  retrying: "yellow",
  completed: "green",
  failed: "red",
  stopped: "yellow",
};
const LONGEST_NAME = 30;
/** Narrower than this, tokens and cost give way to what is being done. */
const WIDE = 72;
/** In fewer lines the titles give way to a session. */
const ROOM_FOR_TITLES = 5;

/** At most `frame.rows` lines, none wider than `frame.columns`. */
export function monitorTable(watched: readonly WatchedSession[], frame: TableFrame): string[] {
  const { columns, paint } = frame;
  const summary = styledLine([{ text: summaryOf(watched, frame), style: "bold" }], columns, paint);
  if (watched.length === 0) {
    return [
      summary,
      styledLine([{ text: "Nothing runs. A session appears here as soon as it does." }], columns, paint),
    ];
  }
  const rows = watched.flatMap((session) => rowsOf(session, frame.now));
  const lines = [summary, ...tableLines(rows, frame)];
  if (lines.length <= frame.rows) return lines;
  const kept = lines.slice(0, Math.max(1, frame.rows - 1));
  return [...kept, styledLine([{ text: `… ${lines.length - kept.length} more`, style: "dim" }], columns, paint)];
}

/** What other programs get to know. */
export function watchedObject({ row, view }: WatchedSession): Record<string, unknown> {
  const { sessionId, effectiveStatus, createdAt, updatedAt, folders, stepsTotal, stepsCompleted } = row;
  const { costUsd, costIsPartial, demo, owner } = row;
  return {
    ...{ sessionId, goal: view.goal, status: effectiveStatus, isPaused: view.isPaused, createdAt, updatedAt, folders },
    ...{ stepsTotal, stepsCompleted, usage: view.usage, costUsd, costIsPartial, demo },
    owner: owner && { host: owner.host, pid: owner.pid },
    questions: view.questions,
    agents: view.agents.map(withoutText),
  };
}

function withoutText(agent: AgentView): Omit<AgentView, "text"> {
  const { text: _, ...rest } = agent;
  return rest;
}

function summaryOf(watched: readonly WatchedSession[], { machine }: TableFrame): string {
  const agents = watched.reduce((sum, { view }) => sum + view.agents.filter(isAtWork).length, 0);
  const cost = watched.reduce((sum, { row }) => sum + row.costUsd, 0);
  const isPartial = watched.some(({ row }) => row.costIsPartial);
  return [
    ...(machine ? [`CPU ${machine.cpu.toFixed(0)}%`, `memory ${machine.memory.toFixed(0)}%`] : []),
    countOf(watched.length, "session"),
    `${countOf(agents, "agent")} at work`,
    formatCost(cost, isPartial),
  ].join(" · ");
}

function rowsOf({ row, view }: WatchedSession, now: number): Row[] {
  const steps = row.stepsTotal > 0 ? ` ${row.stepsCompleted}/${row.stepsTotal}` : "";
  const { text, style } = stateOf(row.effectiveStatus, view);
  const session: Row = {
    name: row.sessionId,
    state: { text: `${text}${steps}`, style },
    tokens: tokensOf(view.usage),
    cost: row.demo ? "demo" : formatCost(row.costUsd, row.costIsPartial),
    time: timeOf(view, now),
    what: view.goal,
    isSession: true,
  };
  return [session, ...view.agents.filter(isAtWork).map((agent) => agentRow(agent, now))];
}

function agentRow(agent: AgentView, now: number): Row {
  return {
    name: `  ${agent.agentId}`,
    state: { text: agent.state, style: AGENT_STYLES[agent.state] },
    tokens: tokensOf(agent.usage),
    cost: "",
    time: timeOf(agent, now),
    what: agent.tool === undefined ? "" : `${agent.tool.name} ${agent.tool.subject}`.trim(),
    isSession: false,
  };
}

function isAtWork({ endedAt }: AgentView): boolean {
  return endedAt === undefined;
}

function stateOf(status: string, view: RunView): { text: string; style: Style } {
  if (view.questions.length > 0 && view.endedAt === undefined)
    return { text: countOf(view.questions.length, "question"), style: "yellow" };
  if (view.isPaused) return { text: "paused", style: "yellow" };
  const styles: Readonly<Record<string, Style>> = { completed: "green", failed: "red", interrupted: "yellow" };
  return { text: status, style: styles[status] ?? "cyan" };
}

function tokensOf(usage: RunView["usage"]): string {
  return formatCount(usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
}

function timeOf({ startedAt, endedAt }: { startedAt?: number; endedAt?: number }, now: number): string {
  return startedAt === undefined ? "" : formatDuration((endedAt ?? now) - startedAt);
}

function tableLines(rows: readonly Row[], { columns, rows: room, paint }: TableFrame): string[] {
  const isWide = columns >= WIDE;
  const width = (title: string, cell: (row: Row) => string, most = Infinity): number =>
    Math.min(most, Math.max(widthOf(title), ...rows.map((row) => widthOf(cell(row)))));
  const widths = {
    name: width("SESSION", ({ name }) => name, Math.min(LONGEST_NAME, Math.max(8, Math.floor(columns / 3)))),
    state: width("STATE", ({ state }) => state.text),
    tokens: width("TOKENS", ({ tokens }) => tokens),
    cost: width("COST", ({ cost }) => cost),
    time: width("TIME", ({ time }) => time),
  };
  const line = (row: Omit<Row, "isSession">, style: Style | undefined): string => {
    const piece = (text: string): Piece => ({ text, ...(style ? { style } : {}) });
    const numbers = isWide ? [right(row.tokens, widths.tokens), right(row.cost, widths.cost)] : [];
    return styledLine(
      [
        piece(fill(row.name, widths.name)),
        { text: "  " },
        { ...row.state, text: fill(row.state.text, widths.state) },
        ...[...numbers, right(row.time, widths.time)].map((text) => piece(`  ${text}`)),
        piece(`  ${row.what}`),
      ],
      columns,
      paint,
    );
  };
  const head = { name: "SESSION", state: { text: "STATE", style: "dim" as const }, tokens: "TOKENS", cost: "COST" };
  const titles = { ...head, time: "TIME", what: "GOAL, OR WHAT AN AGENT DOES" };
  return [
    ...(room >= ROOM_FOR_TITLES ? [line(titles, "dim")] : []),
    ...rows.map((row) => line(row, row.isSession ? "bold" : undefined)),
  ];
}

function right(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - widthOf(text))) + text;
}
