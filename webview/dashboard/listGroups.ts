/** How the list of sessions is divided, and how old things are. */
import type { ListedSession } from "../../src/protocol/dashboardMessage.ts";

export interface SessionGroup {
  readonly title: string;
  readonly sessions: readonly ListedSession[];
}

export function isOver({ status }: ListedSession): boolean {
  return status === "completed" || status === "failed" || status === "interrupted";
}

/** Somebody runs it; one that only a program keeps never ends, and nobody does. */
export function isAtWork(session: ListedSession): boolean {
  return session.owner !== null && !isOver(session);
}

/** The groups that have sessions: what runs first, then what waits to be taken up again, then by day. */
export function groupsOf(sessions: readonly ListedSession[], now: number): SessionGroup[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const titleOf = (session: ListedSession): string => {
    if (session.status === "interrupted") return "Interrupted";
    if (isAtWork(session)) return "Running";
    return session.updatedAt >= midnight ? "Today" : "Earlier";
  };
  const groups = Map.groupBy(sessions, titleOf);
  return ["Running", "Interrupted", "Today", "Earlier"].flatMap((title) => {
    const found = groups.get(title);
    return found ? [{ title, sessions: found }] : [];
  });
}

const MINUTE = 60_000;
const UNITS = [
  { unit: "day", milliseconds: 24 * 60 * MINUTE },
  { unit: "hour", milliseconds: 60 * MINUTE },
  { unit: "minute", milliseconds: MINUTE },
] as const;
const relative = new Intl.RelativeTimeFormat("en");

/** `Began 12 minutes ago`, `Last just now`. */
export function timeAgo(time: number, now: number, what: string): string {
  const age = now - time;
  const fitting = UNITS.find(({ milliseconds }) => age >= milliseconds);
  if (!fitting) return `${what} just now`;
  return `${what} ${relative.format(-Math.floor(age / fitting.milliseconds), fitting.unit)}`;
}
