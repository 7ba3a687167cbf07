/** What the Sessions view shows, as plain data; sessionsView.ts turns it into tree items. */
import type { StepState } from "../../core/sessions/sessionState.ts";
import { hasEnded } from "../../core/sessions/sessionStatus.ts";
import type { EntryChange, LeftOutFile } from "../../core/snapshots/snapshotWork.ts";
import type { SessionRow } from "../../core/store/sessionStore.ts";
import type { KeptVersion, VersionInSession } from "../snapshots/versionFiles.ts";

export type SessionGroup = "running" | "interrupted" | "today" | "earlier";

export type SessionNode =
  | { readonly kind: "problem"; readonly words: string }
  | { readonly kind: "group"; readonly group: SessionGroup; readonly sessions: readonly SessionRow[] }
  | { readonly kind: "session"; readonly row: SessionRow }
  /** The next page of sessions, or of what is in a node. */
  | { readonly kind: "more"; readonly within?: SessionNode }
  | { readonly kind: "plan"; readonly row: SessionRow }
  | { readonly kind: "step"; readonly row: SessionRow; readonly stepId: string; readonly step: StepState }
  | { readonly kind: "versions"; readonly row: SessionRow }
  | VersionNode
  | ChangeNode
  | LeftOutNode
  | { readonly kind: "leftOutFile"; readonly within: LeftOutNode; readonly file: LeftOutFile }
  /** Said where there is nothing to show, and why. */
  | { readonly kind: "note"; readonly within: VersionNode; readonly words: string; readonly isProblem: boolean }
  | { readonly kind: "outputs"; readonly row: SessionRow }
  | { readonly kind: "output"; readonly row: SessionRow; readonly path: string };

export interface VersionNode extends VersionInSession {
  readonly kind: "version";
}

/** A file that differs from the version before. */
export interface ChangeNode extends VersionInSession {
  readonly kind: "change";
  readonly version: KeptVersion;
  readonly before: KeptVersion;
  readonly change: EntryChange;
}

/** What a version has by name only. */
export interface LeftOutNode extends VersionInSession {
  readonly kind: "leftOut";
  readonly version: KeptVersion;
  readonly files: readonly LeftOutFile[];
}

/** What a command about a session is called with: a node of the view, an id, or nothing from the palette. */
export type SessionTarget = SessionNode | string | undefined;

export function sessionIdOf(target: SessionTarget): string | undefined {
  if (typeof target === "string") return target;
  return target && "row" in target ? target.row.sessionId : undefined;
}

const ORDER: readonly SessionGroup[] = ["running", "interrupted", "today", "earlier"];

/** The sessions, newest first, in their groups; groups without sessions are left out. */
export function groupSessions(rows: readonly SessionRow[], now: Date): SessionNode[] {
  const groups = new Map<SessionGroup, SessionRow[]>(ORDER.map((group) => [group, []]));
  for (const row of rows) groups.get(groupOf(row, now))?.push(row);
  return ORDER.flatMap((group) => {
    const sessions = groups.get(group) ?? [];
    return sessions.length > 0 ? [{ kind: "group", group, sessions } as const] : [];
  });
}

function groupOf(row: SessionRow, now: Date): SessionGroup {
  if (isRunning(row)) return "running";
  if (row.effectiveStatus === "interrupted") return "interrupted";
  return new Date(row.createdAt).toDateString() === now.toDateString() ? "today" : "earlier";
}

/** Does somebody work on it? A session that only keeps state has no owner, and so has one whose owner is gone. */
export function isRunning(row: SessionRow): boolean {
  return row.owner !== null && !hasEnded(row.effectiveStatus);
}

/** Can it go on as it is: it was interrupted, or a step of it failed. */
export function canResume(row: SessionRow): boolean {
  return row.effectiveStatus === "interrupted" || row.effectiveStatus === "failed";
}

/** `4/6 steps · $0.31 · 12 min` */
export function describeSession(row: SessionRow, now: number): string {
  const parts: string[] = [];
  if (row.stepsTotal > 0) parts.push(`${row.stepsCompleted}/${row.stepsTotal} steps`);
  else if (isRunning(row)) parts.push("planning");
  parts.push(row.demo ? "demo" : formatCost(row.costUsd, row.costIsPartial));
  const start = Date.parse(row.createdAt);
  parts.push(isRunning(row) ? formatElapsed(now - start) : formatDuration(Date.parse(row.updatedAt) - start));
  return parts.join(" · ");
}

/** `isPartial`: the prices of some requests are not known. */
export function formatCost(usd: number, isPartial = false): string {
  if (isPartial) return `≥ $${usd.toFixed(2)}`;
  return usd > 0 && usd < 0.01 ? "< $0.01" : `$${usd.toFixed(2)}`;
}

/** `950`, `1.2K`, `3.4M` */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  const [value, unit] = count < 1_000_000 ? [count / 1000, "K"] : [count / 1_000_000, "M"];
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}

/** How long something has been running, in whole minutes: what is shown is not redrawn every second. */
export function formatElapsed(milliseconds: number): string {
  return milliseconds < 60_000 ? "< 1 min" : formatDuration(milliseconds);
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
