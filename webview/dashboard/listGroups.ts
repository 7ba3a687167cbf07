/** How the list of sessions is divided, and how old things are. */
import type { ListedSession } from "../../src/protocol/dashboardMessage.ts";

export interface SessionGroup {
  readonly title: string;
  readonly sessions: readonly ListedSession[];
}

/** The groups that have sessions: what runs first, then what waits to be taken up again, then by day. */
export function groupsOf(sessions: readonly ListedSession[], now: number): SessionGroup[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const titleOf = ({ status, updatedAt }: ListedSession): string => {
    if (status === "interrupted") return "Interrupted";
    if (status === "running" || status === "planning" || status === "created") return "Running";
    return updatedAt >= midnight ? "Today" : "Earlier";
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
