/** What of an event leaves the machine: everything but secrets. */
import { eventSchema, type OrchestratorEvent } from "../events/event.ts";
import { OrchestratorError } from "../errors.ts";
import type { SecretRedactor } from "../policy/redaction.ts";

/**
 * Fields that are ours and not anybody's words: a secret that happens to be one of them (`running`, `write`) stands
 * for no secret there.
 */
const OWN_FIELDS = new Set([
  "id",
  "seq",
  "epoch",
  "timestamp",
  "sessionId",
  "source",
  "type",
  "agentId",
  "stepId",
  "attempt",
  "toolUseId",
  "approvalId",
  "questionId",
  "requestId",
  "commandId",
  "versionId",
  "decision",
  "severity",
  "usage",
  "stopReason",
]);

/** The event with every secret in it replaced. Throws `export.invalidEvent` where that leaves no event. */
export function redactEvent(event: OrchestratorEvent, redactor: SecretRedactor): OrchestratorEvent {
  const redacted = Object.fromEntries(
    Object.entries(event).map(([key, value]) => [key, OWN_FIELDS.has(key) ? value : redactField(key, value, redactor)]),
  );
  const { success, data, error } = eventSchema.safeParse(redacted);
  if (success) return data;
  const issue = error.issues[0];
  const detail = `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`;
  throw new OrchestratorError("export.invalidEvent", { id: event.sessionId, seq: event.seq, detail });
}

function redactField(key: string, value: unknown, redactor: SecretRedactor): unknown {
  if (key === "effects" || key === "preImages") {
    // Hashes and the kind of change are ours.
    return (value as { path: string }[]).map((item) => ({ ...item, path: redactor.redact(item.path) }));
  }
  if (key === "message" && typeof value === "object") {
    const { role, content } = value as { role: string; content: { type: string }[] };
    const blocks = content.map((block) => ({ ...(redactor.redactDeep(block) as object), type: block.type }));
    return { role, content: blocks };
  }
  return redactor.redactDeep(value);
}
