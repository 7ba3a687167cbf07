/** Kinds of events that are treated differently from the rest. Alone here, so that they are known without any schema. */
import type { EventKind } from "./event.ts";

/** Kinds that carry text for eyes, most of a log; who needs none of it reads past them. */
export const TEXT_KINDS: ReadonlySet<string> = new Set<EventKind>(["text_chunk", "thinking_chunk", "tool_output"]);

/**
 * Kinds that are delivered at once and committed up to 50 ms later, and that change no state; every other kind is
 * committed first.
 */
export const VOLATILE_KINDS: ReadonlySet<string> = new Set([...TEXT_KINDS, "metrics_sampled"]);
