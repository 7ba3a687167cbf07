/**
 * What an event of a file must be before it becomes an event of ours, and what of it does not come along: an
 * imported session carries no permission and points at no process of this machine.
 */
import { eventSchema, type OrchestratorEvent } from "../events/event.ts";
import { OrchestratorError } from "../errors.ts";
import { isNestedDeeper, MOST_NESTED } from "../sessions/nesting.ts";
import { unsafePathIn } from "./safePaths.ts";

/** More owners than any session had; leaves room for exact numbers. */
const MOST_EPOCHS = 1_000_000_000;

const VERSION_ID = /^v[1-9]\d{0,8}$/;

/** Checks the events of one file, one after the other. */
export class ImportCheck {
  readonly #file: string;
  readonly #sessionId: string;
  readonly #versions = new Set<string>();
  #seq = 0;
  #epoch = 1;

  /** `sessionId` is what the file's header says. */
  constructor(file: string, sessionId: string) {
    this.#file = file;
    this.#sessionId = sessionId;
  }

  /** Highest `seq` and epoch so far. */
  get seq(): number {
    return this.#seq;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The event as it may be kept. Throws `import.invalid` or `import.unsafePath`. */
  accept(value: unknown, line: number): OrchestratorEvent {
    if (isNestedDeeper(value)) throw this.#invalid(line, `it is nested more than ${MOST_NESTED} deep`);
    const { success, data: event, error } = eventSchema.safeParse(value);
    if (!success) {
      const issue = error.issues[0];
      throw this.#invalid(line, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`);
    }
    const first = this.#seq === 0;
    if (event.sessionId !== this.#sessionId) throw this.#invalid(line, "it belongs to another session");
    if (event.seq !== this.#seq + 1) throw this.#invalid(line, `event ${event.seq} follows event ${this.#seq}`);
    if (event.epoch < this.#epoch || event.epoch > MOST_EPOCHS) throw this.#invalid(line, "its epoch does not follow");
    if ((event.type === "session_created") !== first) throw this.#invalid(line, "a session is created once, first");
    if (event.type === "snapshot_created") this.#addVersion(event.versionId, line);
    const unsafe = unsafePathIn(event);
    if (unsafe !== undefined) throw new OrchestratorError("import.unsafePath", { path: this.#file, line, unsafe });
    this.#seq = event.seq;
    this.#epoch = event.epoch;
    return disarm(event);
  }

  #addVersion(versionId: string, line: number): void {
    if (!VERSION_ID.test(versionId) || this.#versions.has(versionId)) {
      throw this.#invalid(line, "its version has no name of its own");
    }
    this.#versions.add(versionId);
  }

  #invalid(line: number, detail: string): OrchestratorError {
    return new OrchestratorError("import.invalid", { path: this.#file, line, detail });
  }
}

function disarm(event: OrchestratorEvent): OrchestratorEvent {
  switch (event.type) {
    case "approval_resolved":
      // A yes for the whole session was given on another machine.
      return event.decision === "allow_session" ? { ...event, decision: "allow" } : event;
    case "tool_started": {
      // Whoever resumes ends what still runs of it: here the number is another process's.
      const { processGroup: _group, processStartedAt: _started, ...rest } = event;
      return rest;
    }
    default:
      return event;
  }
}
