/** Numbers as people read them. */

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat("en");
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });

/** `0:05`, `12:34`, `1:02:03`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** `PT754S`, for the `datetime` of a `<time>`. */
export function isoDuration(milliseconds: number): string {
  return `PT${Math.max(0, Math.floor(milliseconds / 1000))}S`;
}

/** `950`, `12.3K`, `1.2M`. */
export function formatCount(count: number): string {
  return compact.format(count);
}

/** `12,345`. */
export function formatExactly(count: number): string {
  return exact.format(count);
}

/** US dollars, and whether that is all: the price of some models is unknown. */
export function formatCost(costUsd: number, isPartial: boolean): string {
  if (isPartial) return costUsd === 0 ? "Cost unknown" : `Over ${amount(costUsd)}`;
  return amount(costUsd);
}

function amount(costUsd: number): string {
  return costUsd > 0 && costUsd < 0.01 ? `< ${dollars.format(0.01)}` : dollars.format(costUsd);
}

/** `1 step`, `2 steps`. */
export function countOf(count: number, noun: string): string {
  return `${formatExactly(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `14:03:59`, in the time zone of whoever reads it. */
export function formatClock(time: number): string {
  return clock.format(time);
}
