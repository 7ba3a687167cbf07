/** The list of events, page by page from the store, so that neither side holds a long session's. */
import type { EventLines } from "./eventLines.ts";
import type { LogPage } from "./hostMessage.ts";
import type { ReadEvents } from "./monitorHistory.ts";
import type { LogRow } from "./monitorModel.ts";
import type { LogRequest } from "./uiMessage.ts";

/** Events looked at for one page: a search that finds little answers with how far it got. */
const MOST_LOOKED_AT = 10_000;
/** Positions of the log read at once going backwards, where the store only reads forwards. */
const FIRST_WINDOW = 500;

/** @param until the last `seq` that is part of what is shown */
export function readLogPage(
  request: LogRequest,
  options: { readonly read: ReadEvents; readonly lines: EventLines; readonly until: number },
): Promise<LogPage> {
  return request.direction === "after" ? pageAfter(request, options) : pageBefore(request, options);
}

async function pageAfter(
  { seq, filter, limit }: LogRequest,
  { read, lines, until }: { readonly read: ReadEvents; readonly lines: EventLines; readonly until: number },
): Promise<LogPage> {
  const rows: LogRow[] = [];
  let reached = seq;
  let lookedAt = 0;
  for await (const event of read(seq, { withoutText: true, beforeSeq: until + 1 })) {
    reached = event.seq;
    lookedAt += 1;
    const row = lines.row(event, filter);
    if (row) rows.push(row);
    if (rows.length >= limit || lookedAt >= MOST_LOOKED_AT) return { rows, reached, isEnd: false };
  }
  // Text that came since has no row: there is nothing more up to the end of what is shown.
  return { rows, reached: Number.isFinite(until) ? Math.max(reached, until) : reached, isEnd: true };
}

async function pageBefore(
  { seq, filter, limit }: LogRequest,
  { read, lines, until }: { readonly read: ReadEvents; readonly lines: EventLines; readonly until: number },
): Promise<LogPage> {
  let rows: LogRow[] = [];
  /** Everything from here to the beginning of the request has been looked at. */
  let reached = Math.min(seq, until + 1);
  let lookedAt = 0;
  for (let size = FIRST_WINDOW; reached > 1 && rows.length < limit && lookedAt < MOST_LOOKED_AT; size *= 2) {
    const from = Math.max(0, reached - 1 - size);
    const found: LogRow[] = [];
    for await (const event of read(from, { withoutText: true, beforeSeq: reached })) {
      lookedAt += 1;
      const row = lines.row(event, filter);
      if (row) found.push(row);
    }
    rows = [...found, ...rows];
    reached = from + 1;
  }
  const kept = rows.slice(-limit);
  if (kept.length < rows.length) reached = kept[0]?.seq ?? reached;
  return { rows: kept, reached, isEnd: reached <= 1 };
}
