/**
 * The live view as lines: a pure function of the view model and the size of the terminal.
 *
 * Where there is too little room, detail goes first (what is done, then what waits), never what runs.
 */
import { countOf, formatCost, formatCount, formatDuration } from "./format.ts";
import { packedLines, styledLine } from "./styledLine.ts";
import type { Paint, Piece, Style } from "./styledLine.ts";
import type { AgentView, RunView, StepView } from "./viewModel.ts";

export interface Frame {
  readonly columns: number;
  /** Lines there is room for; Infinity for the last frame, which stays. */
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly paint: Paint;
  /** Words for an error. */
  readonly words: (error: NonNullable<RunView["error"]>) => string;
}

type ItemState = StepView["state"] | AgentView["state"];

/** A step or an agent without one. */
interface Item {
  readonly state: ItemState;
  readonly title: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly outputs: readonly string[];
  readonly error?: RunView["error"];
  readonly agent?: AgentView;
}

const ICONS: Record<ItemState, { readonly icon: string; readonly style: Style }> = {
  waiting: { icon: "○", style: "dim" },
  running: { icon: "●", style: "cyan" },
  asking: { icon: "?", style: "yellow" },
  retrying: { icon: "↻", style: "yellow" },
  completed: { icon: "✓", style: "green" },
  failed: { icon: "✗", style: "red" },
  skipped: { icon: "–", style: "dim" },
  stopped: { icon: "■", style: "yellow" },
};

/** States a person must see even when there is little room. */
const URGENT: ReadonlySet<ItemState> = new Set<ItemState>(["running", "asking", "retrying", "failed"]);

/** At most `frame.rows` lines, none wider than `frame.columns`. */
export function liveView(view: RunView, frame: Frame): string[] {
  const goal = styledLine([{ text: view.goal, style: "bold" }], frame.columns, frame.paint);
  const status = packedLines(statusParts(view, frame), frame.columns, frame.paint);
  const items = itemsOf(view);
  const room = Math.max(1, frame.rows);
  const short = status.slice(0, 1);
  const attempts = [
    ...DETAILED.map((layout) => ({ header: [goal, ...status], layout })),
    ...[...DETAILED, ...TERSE].map((layout) => ({ header: short, layout })),
  ];
  for (const { header, layout } of attempts) {
    const lines = [...header, ...layout(items, frame)];
    if (lines.length <= room) return lines;
  }
  const urgent = items.filter(({ state }) => URGENT.has(state)).map((item) => headOf(item, frame));
  return cutOff([...short, ...urgent], room, frame);
}

function cutOff(lines: readonly string[], room: number, { columns, paint }: Frame): string[] {
  if (lines.length <= room || room === 1) return lines.slice(0, room);
  const kept = lines.slice(0, room - 1);
  return [...kept, styledLine([{ text: `… ${lines.length - kept.length} more`, style: "dim" }], columns, paint)];
}

type Layout = (items: readonly Item[], frame: Frame) => string[];

/** From everything to the least; the first that fits is used, first with the whole header, then with a short one. */
const DETAILED: readonly Layout[] = [
  (items, frame) => items.flatMap((item) => itemLines(item, frame, 2)),
  (items, frame) => items.flatMap((item) => itemLines(item, frame, URGENT.has(item.state) ? 2 : 0)),
  (items, frame) => counted(items, frame, ["completed"], [], 2),
];
const TERSE: readonly Layout[] = [2, 1, 0].map(
  (details): Layout =>
    (items, frame) =>
      counted(items, frame, ["completed"], ["skipped", "waiting"], details),
);

/** The most important first: where there is little room, only the first line of them is shown. */
function statusParts(view: RunView, frame: Frame): Piece[] {
  const done = view.steps.filter(({ state }) => state === "completed").length;
  const running = view.agents.filter(({ endedAt }) => endedAt === undefined).length;
  const asking = view.agents.filter(({ state }) => state === "asking").length;
  const tokens =
    view.usage.inputTokens + view.usage.outputTokens + view.usage.cacheReadTokens + view.usage.cacheWriteTokens;
  const status: Piece = view.isPaused
    ? { text: "paused", style: "yellow" }
    : { text: view.status, style: STATUS_STYLES[view.status] };
  const parts: Piece[] = [status];
  if (asking > 0) parts.push({ text: `${countOf(asking, "question")} waiting`, style: "yellow" });
  if (view.demo) parts.push({ text: "demo, not an AI", style: "yellow" });
  if (view.steps.length > 0) parts.push({ text: `${done}/${countOf(view.steps.length, "step")}` });
  if (running > 0) parts.push({ text: countOf(running, "agent") });
  parts.push({ text: `${formatCount(tokens)} tokens` }, { text: formatCost(view.costUsd, view.costIsPartial) });
  if (view.startedAt !== undefined) parts.push({ text: formatDuration((view.endedAt ?? frame.now) - view.startedAt) });
  return parts;
}

const STATUS_STYLES: Record<RunView["status"], Style> = {
  starting: "cyan",
  planning: "cyan",
  running: "cyan",
  completed: "green",
  failed: "red",
  interrupted: "yellow",
};

/** Agents without a step (the planner, single ones) first, then the steps in the order of the plan. */
function itemsOf(view: RunView): Item[] {
  const stepIds = new Set(view.steps.map(({ stepId }) => stepId));
  const single = view.agents
    .filter(({ stepId }) => stepId === undefined || !stepIds.has(stepId))
    .map((agent): Item => ({
      ...timesOf(agent),
      state: agent.state,
      title: agent.agentType,
      outputs: agent.outputs,
      error: agent.error,
      agent,
    }));
  const steps = view.steps.map((step): Item => {
    const agent = view.agents.findLast(({ stepId }) => stepId === step.stepId);
    const state =
      step.state === "running" && agent !== undefined && agent.endedAt === undefined ? agent.state : step.state;
    return {
      ...timesOf(step),
      state,
      title: step.title,
      outputs: step.outputs,
      error: step.error,
      ...(agent && { agent }),
    };
  });
  return [...single, ...steps];
}

function timesOf({
  startedAt,
  endedAt,
}: {
  startedAt?: number;
  endedAt?: number;
}): Pick<Item, "startedAt" | "endedAt"> {
  return { ...(startedAt !== undefined && { startedAt }), ...(endedAt !== undefined && { endedAt }) };
}

function itemLines(item: Item, frame: Frame, details: number): string[] {
  const lines = detailsOf(item, frame).slice(0, details);
  return [
    headOf(item, frame),
    ...lines.map((pieces) => styledLine([{ text: "  " }, ...pieces], frame.columns, frame.paint)),
  ];
}

function headOf(item: Item, frame: Frame): string {
  const { icon, style } = ICONS[item.state];
  const pieces: Piece[] = [{ text: icon, style }, { text: ` ${item.title}` }];
  if (item.startedAt !== undefined) {
    pieces.push({ text: `  ${formatDuration((item.endedAt ?? frame.now) - item.startedAt)}`, style: "dim" });
  }
  return styledLine(pieces, frame.columns, frame.paint);
}

function detailsOf(item: Item, frame: Frame): Piece[][] {
  const agent = item.agent;
  const name: Piece = { text: agent?.agentId ?? "", style: "dim" };
  switch (item.state) {
    case "running":
    case "asking":
    case "retrying": {
      const doing: Piece = { text: doingOf(agent), ...(item.state === "running" ? {} : { style: "yellow" as const }) };
      const text = lastLine(agent?.text ?? "");
      return [[name, { text: "  " }, doing], ...(text === "" ? [] : [[{ text, keepEnd: true } as const]])];
    }
    case "failed":
      return item.error === undefined ? [] : [[{ text: frame.words(item.error), style: "red" }]];
    case "completed": {
      const text = item.outputs.length > 0 ? `→ ${item.outputs.join(", ")}` : lastLine(agent?.text ?? "");
      return text === "" ? [] : [[name, { text: `  ${text}` }]];
    }
    default:
      return [];
  }
}

function doingOf(agent: AgentView | undefined): string {
  if (agent === undefined) return "starting";
  if (agent.state === "asking") return `waits for an answer: ${toolText(agent)}`;
  if (agent.state === "retrying") return "tries again soon";
  if (agent.tool !== undefined) return toolText(agent);
  return agent.text === "" ? "thinking" : "writing";
}

function toolText({ tool }: AgentView): string {
  return tool === undefined ? "" : `${tool.name} ${tool.subject}`.trim();
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** Items of the states `above` and `below` only as a line each that counts them. */
function counted(
  items: readonly Item[],
  frame: Frame,
  above: ItemState[],
  below: ItemState[],
  details: number,
): string[] {
  const countLines = (states: readonly ItemState[]) =>
    states.flatMap((state) => {
      const count = items.filter((item) => item.state === state).length;
      const { icon, style } = ICONS[state];
      return count === 0
        ? []
        : [styledLine([{ text: icon, style }, { text: ` ${count} ${state}` }], frame.columns, frame.paint)];
    });
  const shown = items.filter(({ state }) => !above.includes(state) && !below.includes(state));
  return [
    ...countLines(above),
    ...shown.flatMap((item) => itemLines(item, frame, URGENT.has(item.state) ? details : 0)),
    ...countLines(below),
  ];
}
