/** How the monitor reaches its host, whichever that is: VS Code around its panel, or a server. */
import type { UiMessage } from "../src/protocol/uiMessage.ts";

export interface HostConnection {
  post(message: UiMessage): void;
  /** Calls `listener` with whatever arrives, unchecked. */
  listen(listener: (message: unknown) => void): void;
  /** Keeps what the page needs to come back after a reload. */
  remember(state: RememberedState): void;
}

/** What a host's serializer gets back. */
export interface RememberedState {
  readonly sessionId: string;
}
