/** The page around the monitor's frame: carries messages between the frame and the preview server. */
"use strict";

{
  const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
  const feed = new EventSource(`/feed${location.search}`);
  /** @type {string | undefined} */
  let feedId;
  /** What the frame said before the feed had its number. @type {unknown[]} */
  const early = [];
  const send = (/** @type {unknown} */ message) =>
    void fetch(`/said?feed=${feedId}`, { method: "POST", body: JSON.stringify(message) });

  /** @type {{ said: unknown[], state: unknown, send: (message: unknown) => void }} Tests look here. */
  const preview = { said: [], state: undefined, send };
  Object.assign(window, { preview });

  feed.addEventListener("feed", (event) => {
    feedId = event.data;
    for (const message of early.splice(0)) send(message);
  });
  feed.addEventListener("message", (event) => {
    frame.contentWindow?.postMessage(JSON.parse(event.data), location.origin);
  });
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const { kind, message, state } = event.data;
    if (kind === "state") preview.state = state;
    if (kind !== "message") return;
    preview.said.push(message);
    if (feedId === undefined) early.push(message);
    else send(message);
  });
}
