/** A session and a place in it, as a person types it: `session_123`, `session_123/v4`, `sessions/session_123/latest`. */

export interface SessionReference {
  readonly sessionId: string;
  /** A version such as `v4`, or `latest`: the end of the log. */
  readonly version: string;
}

const LATEST = "latest";
const VERSION = /^(latest|v\d+)$/;
/** The way it is written where sessions are thought of as folders. */
const FOLDER = "sessions";

/** What has no such form is taken for an id, so that whoever looks for it can say that it is none. */
export function parseSessionReference(text: string): SessionReference {
  const parts = text.replace(/\/$/, "").split("/");
  const [first = "", second = ""] = parts;
  const inFolder = first === FOLDER && parts.length > 1 && !(parts.length === 2 && VERSION.test(second));
  const [sessionId = "", version = LATEST, ...more] = inFolder ? parts.slice(1) : parts;
  return more.length > 0 ? { sessionId: text, version: LATEST } : { sessionId, version };
}
