/** A session diff as lines of text. Whoever prints it makes control characters visible. */
import type { ConversationMessage } from "./conversationMessage.ts";
import type { FileDiff } from "./effectFold.ts";
import type { AgentDiff, Change, CostDiff, FieldChange, PlanDiff, SessionDiff, StepDiff } from "./sessionDiff.ts";

/** Longest value shown, in characters. */
const VALUE_LENGTH = 120;

/** Sections for what differs, each line with `+` new, `-` gone, `~` changed. */
export function sessionDiffText(diff: SessionDiff): string {
  const { sessionId, from, to, messages } = diff;
  const sections = [
    section("Workflow", diff.workflow.map(fieldLine)),
    section("Plan", planLines(diff.plan)),
    section("Steps", diff.steps.flatMap(stepLines)),
    section("Agents", diff.agents.map(agentLine)),
    section("Files", diff.files.map(fileLine)),
    section("Cost", costLines(diff.cost)),
    section("Messages", [
      ...messages.added.map((message) => `+ ${messageLine(message)}`),
      ...messages.removed.map((message) => `- ${messageLine(message)}`),
    ]),
    section("State", diff.state.map(fieldLine)),
  ].filter((part) => part !== "");
  const head = `${sessionId}: ${from.versionId} → ${to.versionId}`;
  return [head, ...(sections.length === 0 ? ["Nothing differs."] : sections)].join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function planLines({ added, removed, changed }: PlanDiff): string[] {
  return [
    ...added.map(({ id, title, agentType }) => `+ ${id}: ${oneLine(title)} (${agentType})`),
    ...removed.map(({ id, title, agentType }) => `- ${id}: ${oneLine(title)} (${agentType})`),
    ...changed.map(({ stepId, fields }) => `~ ${stepId}: ${fields.map(({ path }) => path.join(".")).join(", ")}`),
  ];
}

function stepLines({ stepId, title, status, attempt, agentId, result, outputs, error }: StepDiff): string[] {
  const by = agentId === null ? "" : ` by ${agentId}`;
  const again = attempt.after > 1 && attempt.after !== attempt.before ? `, attempt ${attempt.after}` : "";
  return [
    `${sign(status)} ${stepId}: ${oneLine(title)}, ${arrow(status)}${by}${again}`,
    ...(outputs ? [`    files: ${listed(outputs.before)} → ${listed(outputs.after)}`] : []),
    ...(error ? [`    error: ${shown(error.before)} → ${shown(error.after)}`] : []),
    ...(result ? [`    result: ${shown(result.before)} → ${shown(result.after)}`] : []),
  ];
}

function agentLine({ agentId, type, status, tokens, costUsd }: AgentDiff): string {
  const cost = signed(costUsd.after - costUsd.before, dollars);
  return `${sign(status)} ${agentId} (${type}): ${arrow(status)}, ${signed(tokens.after - tokens.before, String)} tokens, ${cost}`;
}

function fileLine({ path, change, agents, shared }: FileDiff): string {
  const signs = { created: "+", modified: "~", deleted: "-" } as const;
  const others = shared === undefined ? "" : `, perhaps ${shared.join(", ")}`;
  return `${signs[change]} ${oneLine(path)} (${agents.join(", ")}${others})`;
}

function costLines({ costUsd, usage }: CostDiff): string[] {
  const total = (tokens: CostDiff["usage"]["before"]): number =>
    Object.values(tokens).reduce((sum: number, count: number) => sum + count, 0);
  const [before, after] = [total(usage.before), total(usage.after)];
  if (before === after && costUsd.before === costUsd.after) return [];
  const price = (value: number | null): string => (value === null ? "price unknown" : dollars(value));
  return [`${price(costUsd.before)} → ${price(costUsd.after)}`, `${before} → ${after} tokens`];
}

function messageLine({ seq, by, agentId, text, characters, tools }: ConversationMessage): string {
  const who = by === agentId ? agentId : `${by} to ${agentId}`;
  const calls = tools.length === 0 ? "" : `[${tools.join(", ")}] `;
  return `${seq} ${who}: ${calls}${characters === 0 ? "" : cut(oneLine(text), characters > text.length)}`.trimEnd();
}

function fieldLine({ path, before, after }: FieldChange): string {
  const name = path.join(".");
  if (before === undefined) return `+ ${name}: ${shown(after)}`;
  if (after === undefined) return `- ${name}: ${shown(before)}`;
  return `~ ${name}: ${shown(before)} → ${shown(after)}`;
}

function sign({ before, after }: Change<string | null>): string {
  return before === null ? "+" : after === null ? "-" : "~";
}

function arrow({ before, after }: Change<string | null>): string {
  if (before === null || before === after) return after ?? "";
  return after === null ? before : `${before} → ${after}`;
}

function shown(value: unknown): string {
  if (value === null) return "none";
  return cut(typeof value === "string" ? oneLine(value) : JSON.stringify(value));
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.map(oneLine).join(", ");
}

function cut(text: string, goesOn = false): string {
  const characters = [...text];
  if (characters.length <= VALUE_LENGTH) return goesOn ? `${text}…` : text;
  return `${characters.slice(0, VALUE_LENGTH - 1).join("")}…`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function dollars(value: number): string {
  return `$${value.toFixed(4)}`;
}

function signed(value: number, show: (value: number) => string): string {
  return value < 0 ? `-${show(-value)}` : `+${show(value)}`;
}
