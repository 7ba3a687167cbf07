/** What other extensions get from `activate`: sessions to look at. Goals are run with the commands. */
import type { OrchestratorEvent } from "../core/events/event.ts";
import type { SessionPage } from "../core/sessions/sessionManager.ts";
import type { SessionRow } from "../core/store/sessionStore.ts";
import type { EngineHost } from "./engineHost.ts";

export interface ExtensionApi {
  /** Grows when something here changes its meaning. */
  readonly apiVersion: 1;
  /** A page of the sessions of every window and terminal, newest first. Default: the newest 100. */
  sessions(page?: SessionPage): Promise<readonly SessionRow[]>;
  /** The events of a session from its first, and while it runs those that come, whoever runs it. */
  events(sessionId: string, signal?: AbortSignal): AsyncIterable<OrchestratorEvent>;
}

const DEFAULT_PAGE: SessionPage = { limit: 100 };

/** The engine is opened with the first call, not before. */
export function createExtensionApi(host: EngineHost): ExtensionApi {
  return {
    apiVersion: 1,
    sessions: async (page = DEFAULT_PAGE) => (await host.get()).sessions.listSessions(page),
    events: async function* (sessionId, signal) {
      const { sessions } = await host.get();
      yield* sessions.follow(sessionId, signal ? { signal } : {});
    },
  };
}
