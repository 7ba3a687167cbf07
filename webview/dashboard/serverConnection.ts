/** A session's monitor over the dashboard's server: what VS Code is to a panel, the server is to this page. */
import { FEED_EVENT, MOST_MESSAGES, type Attention } from "../../src/protocol/dashboardMessage.ts";
import type { UiMessage } from "../../src/protocol/uiMessage.ts";
import { ServerStream, type StreamState } from "./serverStream.ts";

export interface ServerConnectionOptions {
  readonly sessionId: string;
  readonly token: string;
  /** Gets what arrives for the monitor, unchecked. */
  readonly onMessage: (message: unknown) => void;
  readonly onState: (state: StreamState) => void;
  /** The server said whether anything can be changed from here. */
  readonly onControl: (control: boolean) => void;
}

interface Feed {
  readonly feedId: string;
  readonly control: boolean;
}

export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #stream: ServerStream;
  #feedId: string | undefined;
  #queue: UiMessage[] = [];
  #isSending = false;
  #toldAttention: Attention | undefined;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    const { sessionId, token, onState } = options;
    this.#stream = new ServerStream({
      url: `/api/sessions/${sessionId}/monitor`,
      token,
      onState,
      onEvent: ({ event, data }) => this.#receive(event, data),
    });
    for (const name of ["focus", "blur"]) window.addEventListener(name, () => void this.#send());
    document.addEventListener("visibilitychange", () => void this.#send());
  }

  start(): void {
    void this.#stream.run();
  }

  tryNow(): void {
    this.#stream.tryNow();
  }

  /** Brings it to the server; while nobody answers it waits. */
  post(message: UiMessage): void {
    // Only the newest says something.
    if (message.type === "ack") this.#queue = this.#queue.filter(({ type }) => type !== "ack");
    this.#queue.push(message);
    void this.#send();
  }

  #receive(event: string | undefined, data: string): void {
    const message = parse(data);
    if (event !== FEED_EVENT) {
      this.#options.onMessage(message);
      return;
    }
    const { feedId, control } = message as Feed;
    this.#options.onControl(control);
    if (feedId !== this.#feedId) {
      this.#feedId = feedId;
      this.#toldAttention = undefined;
      // A feed that is new knows nothing of what was drawn before; wishes still count.
      this.#queue = [{ type: "ready" }, ...this.#queue.filter(({ type }) => !ABOUT_THE_FEED.has(type))];
    }
    void this.#send();
  }

  /** One request at a time, with all that waits; it is kept until the server has it. */
  async #send(): Promise<void> {
    const attention = attentionNow();
    if (this.#isSending || this.#feedId === undefined) return;
    if (this.#queue.length === 0 && attention === this.#toldAttention) return;
    this.#isSending = true;
    const feedId = this.#feedId;
    const messages = this.#queue.slice(0, MOST_MESSAGES);
    let wasTaken = false;
    try {
      const response = await fetch(`/api/feeds/${feedId}`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#options.token}`, "content-type": "application/json" },
        body: JSON.stringify({ attention, messages }),
      });
      // What the server says no to, it would say no to again.
      wasTaken = response.ok || response.status === 400 || response.status === 413;
      if (response.status === 404) this.#stream.reopen();
    } catch {
      // The stream notices, too, and says so; what waits is sent when it is back.
    } finally {
      this.#isSending = false;
    }
    if (!wasTaken) return;
    this.#toldAttention = attention;
    const sent = new Set(messages);
    this.#queue = this.#queue.filter((message) => !sent.has(message));
    void this.#send();
  }
}

const ABOUT_THE_FEED: ReadonlySet<UiMessage["type"]> = new Set(["ready", "resnapshot", "ack"]);

function attentionNow(): Attention {
  if (document.hidden) return "hidden";
  return document.hasFocus() ? "focused" : "visible";
}

/** What is no JSON is passed on as it is: the monitor says what it thinks of it. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return data;
  }
}
