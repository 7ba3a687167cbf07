/** One answer that stays open and sends events (text/event-stream). */
import type { ServerResponse } from "node:http";

/** A sign of life, so that a page learns of a connection that died without a word. */
const PING_MILLISECONDS = 15_000;

export class EventStream implements Disposable {
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;

  /** @param headers further ones of the answer */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
    response.flushHeaders();
    this.#timer = setInterval(() => response.write(": still here\n\n"), PING_MILLISECONDS);
    response.once("close", () => clearInterval(this.#timer));
  }

  /** Is there more on its way than the reader takes? */
  get isFull(): boolean {
    return this.#response.writableNeedDrain;
  }

  send(data: string, { id, event }: { readonly id?: string; readonly event?: string } = {}): void {
    if (this.#response.writableEnded) return;
    const head = `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}`;
    // JSON has no line breaks outside of strings, and none inside of them.
    this.#response.write(`${head}data: ${data}\n\n`);
  }

  onRoom(listener: () => void): void {
    this.#response.on("drain", listener);
  }

  onClose(listener: () => void): void {
    if (this.#response.closed) listener();
    else this.#response.once("close", listener);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#response.end();
  }
}
