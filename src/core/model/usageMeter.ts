/** Reads the token usage out of a Messages API response while it passes by, without parsing the rest. */
import type { TokenUsage } from "../events/event.ts";

/** Usage as the Messages API reports it; fields another server leaves out count as zero. */
interface WireUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
}

export interface MeteredUsage {
  readonly usage: TokenUsage;
  /** False when the answer was cut off: what it cost bought nothing. */
  readonly complete: boolean;
}

/**
 * Returns a response whose body passes through unchanged; `onEnd` is called exactly once, when the body has
 * ended, was cancelled or broke.
 */
export function meterUsage(response: Response, onEnd: (metered: MeteredUsage) => void): Response {
  if (!response.body) {
    onEnd({ usage: usageOf({}), complete: false });
    return response;
  }
  const streaming = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  const scanner = streaming ? new EventStreamScanner() : new JsonScanner();
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd(scanner.result());
  };
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          end();
          controller.close();
        } else {
          scanner.push(value);
          controller.enqueue(value);
        }
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}

interface Scanner {
  push(bytes: Uint8Array): void;
  result(): MeteredUsage;
}

/** Looks only at the `data:` lines that can hold usage; text deltas are not parsed a second time. */
class EventStreamScanner implements Scanner {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #usage: WireUsage = {};
  #complete = false;

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  result(): MeteredUsage {
    return { usage: usageOf(this.#usage), complete: this.#complete };
  }

  #line(line: string): void {
    if (!line.startsWith("data:")) return;
    if (line.includes('"message_stop"')) this.#complete = true;
    if (!line.includes('"usage"')) return;
    try {
      const event = JSON.parse(line.slice(5)) as { type?: string; message?: { usage?: WireUsage }; usage?: WireUsage };
      const usage =
        event.type === "message_start"
          ? event.message?.usage
          : event.type === "message_delta"
            ? event.usage
            : undefined;
      // Later figures are totals so far; a field that is missing or null keeps its earlier value.
      for (const [field, value] of Object.entries(usage ?? {})) {
        if (typeof value === "number") this.#usage[field as keyof WireUsage] = value;
      }
    } catch {
      // A broken line breaks the SDK's own parsing too, which reports it.
    }
  }
}

/** An answer that is not streamed: one JSON document. */
class JsonScanner implements Scanner {
  readonly #decoder = new TextDecoder();
  #text = "";

  push(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  result(): MeteredUsage {
    try {
      const message = JSON.parse(this.#text) as { type?: string; usage?: WireUsage };
      return { usage: usageOf(message.usage ?? {}), complete: message.type === "message" };
    } catch {
      return { usage: usageOf({}), complete: false };
    }
  }
}

export function usageOf(wire: WireUsage): TokenUsage {
  return {
    inputTokens: wire.input_tokens ?? 0,
    outputTokens: wire.output_tokens ?? 0,
    cacheReadTokens: wire.cache_read_input_tokens ?? 0,
    cacheWriteTokens: wire.cache_creation_input_tokens ?? 0,
  };
}
