/** The page of one session: the monitor as VS Code has it, with the server in VS Code's place, and a bar above it. */
import { html, nothing, render } from "lit";
import type { TemplateResult } from "lit";
import { hostMessageSchema } from "../../src/protocol/hostMessage.ts";
import { linkSchema } from "../../src/protocol/uiMessage.ts";
import type { UiMessage } from "../../src/protocol/uiMessage.ts";
import { icon } from "../icon.ts";
import { forgetKey } from "./accessKey.ts";
import { connectionAlert, howToOpen } from "./notices.ts";
import { ServerConnection } from "./serverConnection.ts";
import type { StreamState } from "./serverStream.ts";

/** What the monitor's script finds where it looks for VS Code. */
declare global {
  var acquireVsCodeApi: (() => { postMessage(message: UiMessage): void; setState(): void }) | undefined;
}

export function startSessionPage(place: HTMLElement, sessionId: string, token: string): void {
  let state: StreamState = "opening";
  let control: boolean | undefined;
  const connection = new ServerConnection({
    sessionId,
    token,
    onMessage: (data) => {
      nameTab(data);
      window.dispatchEvent(new MessageEvent("message", { data }));
    },
    onState: (next) => {
      state = next;
      if (state === "refused") refuseAll(place);
      else draw();
    },
    onControl: (next) => {
      control = next;
      draw();
    },
  });
  const draw = (): void => {
    render(html`${bar(control)}${connectionAlert(state, () => connection.tryNow())}`, place);
  };
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => {
      if (message.type === "openSession") location.assign("/");
      else if (message.type === "openLink") openLink(message.url);
      else connection.post(message);
    },
    // The address is all a reload needs.
    setState: () => {},
  });
  draw();
  connection.start();
}

/** Without a key nothing is asked of the server. */
export function showNothing(place: HTMLElement, wasRefused: boolean): void {
  globalThis.acquireVsCodeApi ??= () => ({ postMessage: () => {}, setState: () => {} });
  document.querySelector("orchestrator-monitor")?.setAttribute("hidden", "");
  render(howToOpen(wasRefused), place);
}

function refuseAll(place: HTMLElement): void {
  forgetKey();
  showNothing(place, true);
}

function bar(control: boolean | undefined): TemplateResult {
  return html`<nav class="dashboard-bar" aria-label="Dashboard">
    <a href="/">All sessions</a>
    ${
      control === false
        ? html`<span class="chip" title="Started without --control: nothing can be stopped or answered from here."
            >${icon("eye")} Read only</span
          >`
        : nothing
    }
  </nav>`;
}

/** A tab is named for its session's goal, as a panel is. */
function nameTab(message: unknown): void {
  // Deltas are many and name nothing.
  if ((message as { type?: unknown } | null)?.type !== "snapshot") return;
  const { success, data } = hostMessageSchema.safeParse(message);
  if (!success || data.type !== "snapshot") return;
  const [line = ""] = data.content.header.goal.split("\n", 1);
  document.title = line.trim() === "" ? "AI Orchestrator" : `${line.slice(0, TITLE_CHARACTERS)} · AI Orchestrator`;
}

const TITLE_CHARACTERS = 60;

/** The person has seen where it leads; that page learns nothing of this one. */
function openLink(url: string): void {
  if (linkSchema.safeParse(url).success) window.open(url, "_blank", "noopener,noreferrer");
}
