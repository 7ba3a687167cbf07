/** A session and its lease as the tables hold them, and what the store's users get to see of it. */
import type { LeaseOwner, LoggedStatus, SessionParent, SessionRow, SessionSummary } from "../sessionStore.ts";
import { DamagedRow } from "./storeFiles.ts";

/** A session joined with its lease, as SQLite gives it. */
export interface SessionRecord {
  number: number;
  session_id: string;
  created_at: string;
  updated_at: string;
  last_seq: number;
  goal: string;
  title: string;
  status: LoggedStatus;
  folders: string;
  steps_total: number;
  steps_completed: number;
  agents_running: number;
  cost_usd: number;
  cost_is_partial: number;
  input_tokens: number;
  output_tokens: number;
  last_completed_step: string | null;
  versions: number;
  demo: number;
  tags: string;
  /** JSON; null for a session of its own. */
  parent: string | null;
  epoch: number;
  machine_id: string;
  boot_id: string;
  pid: number;
  process_started_at: string;
  host: string;
  /** Null when the owner gave the lease back. */
  expires_at: number | null;
}

export const DERIVED_COLUMNS = [
  "goal",
  "title",
  "status",
  "folders",
  "steps_total",
  "steps_completed",
  "agents_running",
  "cost_usd",
  "cost_is_partial",
  "input_tokens",
  "output_tokens",
  "last_completed_step",
  "versions",
  "demo",
  "tags",
  "parent",
] as const;

/** Statuses that say somebody is at work. */
const UNFINISHED: ReadonlySet<LoggedStatus> = new Set(["created", "planning", "running"]);

/** `owner` is the one that lives, if one does. */
export function rowOf(record: SessionRecord, owner: LeaseOwner | null): SessionRow {
  const folders = listIn(record.folders) as SessionSummary["folders"];
  const abandoned = owner === null && folders.length > 0 && UNFINISHED.has(record.status);
  return {
    sessionId: record.session_id,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    lastSeq: record.last_seq,
    epoch: record.epoch,
    owner,
    effectiveStatus: abandoned ? "interrupted" : record.status,
    goal: record.goal,
    title: record.title,
    status: record.status,
    folders,
    stepsTotal: record.steps_total,
    stepsCompleted: record.steps_completed,
    agentsRunning: record.agents_running,
    costUsd: record.cost_usd,
    costIsPartial: record.cost_is_partial !== 0,
    inputTokens: record.input_tokens,
    outputTokens: record.output_tokens,
    lastCompletedStep: record.last_completed_step,
    versions: record.versions,
    demo: record.demo !== 0,
    tags: listIn(record.tags) as string[],
    parent: record.parent === null ? null : parentIn(record.parent),
  };
}

function parentIn(json: string): SessionParent {
  try {
    const { sessionId, versionId } = JSON.parse(json) as Record<keyof SessionParent, unknown>;
    if (typeof sessionId === "string" && typeof versionId === "string") return { sessionId, versionId };
  } catch {
    // Told below.
  }
  throw new DamagedRow("a parent that is none");
}

function listIn(json: string): unknown[] {
  try {
    const list: unknown = JSON.parse(json);
    if (Array.isArray(list)) return list;
  } catch {
    // Told below.
  }
  throw new DamagedRow("a list that is none");
}

/** Whoever holds or held the lease. */
export function ownerOf(record: SessionRecord): LeaseOwner {
  return {
    machineId: record.machine_id,
    bootId: record.boot_id,
    pid: record.pid,
    processStartedAt: record.process_started_at,
    host: record.host,
  };
}

export function ownerValues(owner: LeaseOwner): [string, string, number, string, string] {
  return [owner.machineId, owner.bootId, owner.pid, owner.processStartedAt, owner.host];
}

/** In the order of DERIVED_COLUMNS. */
export function derivedValues(summary: SessionSummary): (string | number | null)[] {
  return [
    summary.goal,
    summary.title,
    summary.status,
    JSON.stringify(summary.folders),
    summary.stepsTotal,
    summary.stepsCompleted,
    summary.agentsRunning,
    summary.costUsd,
    Number(summary.costIsPartial),
    summary.inputTokens,
    summary.outputTokens,
    summary.lastCompletedStep,
    summary.versions,
    Number(summary.demo),
    JSON.stringify(summary.tags),
    summary.parent === null ? null : JSON.stringify(summary.parent),
  ];
}
