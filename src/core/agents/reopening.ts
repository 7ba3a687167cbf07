/** What a session that goes on keeps from before: its folders, their names, its kind of model. */
import type { EventOf } from "../events/event.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { boundFolders } from "../sessions/sessionFolders.ts";
import type { SessionManager } from "../sessions/sessionManager.ts";
import type { ProviderName } from "../settings/providers.ts";
import type { SessionRow } from "../store/sessionStore.ts";
import type { ReopenRequest } from "./runSessions.ts";

export function providerOf(request: Pick<ReopenRequest, "provider">, row: SessionRow): ProviderName | undefined {
  return request.provider ?? (row.demo ? "demo" : undefined);
}

/** The first event of a session; absent when its process ended before. */
export async function creationOf(
  sessions: SessionManager,
  sessionId: string,
): Promise<EventOf<"session_created"> | undefined> {
  for await (const event of sessions.readEvents(sessionId, 0, { withoutText: true })) {
    return event.type === "session_created" ? event : undefined;
  }
  return undefined;
}

/** The folders a session goes on in. One that came from elsewhere has none here until a person names them. */
export function foldersToGoOnIn(
  { workspaceFolders }: Pick<ReopenRequest, "workspaceFolders">,
  row: SessionRow,
  created: EventOf<"session_created"> | undefined,
): readonly WorkspaceFolder[] {
  const had = row.folders.length > 0 ? row.folders : (created?.folders ?? []);
  return boundFolders(
    row,
    had.map(({ name }) => name),
    workspaceFolders,
  );
}
