/** The connection of a panel in VS Code. */
import type { UiMessage } from "../src/protocol/uiMessage.ts";
import type { HostConnection, RememberedState } from "./hostConnection.ts";

/** What VS Code gives a page, once. */
interface VsCodeApi {
  postMessage(message: UiMessage): void;
  setState(state: RememberedState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export class VsCodeConnection implements HostConnection {
  readonly #api: VsCodeApi = acquireVsCodeApi();

  post(message: UiMessage): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- VS Code's function, not the window's
    this.#api.postMessage(message);
  }

  listen(listener: (message: unknown) => void): void {
    window.addEventListener("message", (event) => listener(event.data));
  }

  remember(state: RememberedState): void {
    this.#api.setState(state);
  }
}
