/**
 * The demo model: a `fetch` that answers the Anthropic Messages API by itself, offline and for free.
 *
 * It is no AI and says so. It plans a fixed kind of survey and reports facts that it finds with the tools
 * the request offers, so that everything around a model can be seen at work without one. Every answer is
 * a pure function of the request: no clock, no randomness, no state between requests.
 */
import { answer } from "./brain.ts";
import { Conversation } from "./conversation.ts";
import { MalformedRequest, readPrompt, readRequest } from "./demoRequest.ts";
import { estimateInputTokens, fingerprintOf, toEventStream, toWireMessage } from "./messageWire.ts";

type ErrorType = "invalid_request_error" | "not_found_error";

/**
 * A `fetch` for `new Anthropic({ apiKey: "demo", baseURL: "http://demo.invalid", fetch: createDemoFetch() })`.
 * Answers POST `/v1/messages` (streaming or not) and `/v1/messages/count_tokens`, anything else with an
 * error in the API's shape. Rejects, or errors the body, with the signal's reason when aborted.
 */
export function createDemoFetch(): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const request = new Request(input, init);
    const body = await request.text();
    const path = new URL(request.url).pathname;
    const fingerprint = fingerprintOf(`${request.method} ${path}\n${body}`);
    if (request.method !== "POST") {
      return errorResponse(fingerprint, path.startsWith("/v1/messages") ? 405 : 404, `${request.method} ${path}`);
    }
    try {
      if (path.endsWith("/v1/messages")) return respond(body, fingerprint, signal);
      if (path.endsWith("/v1/messages/count_tokens")) {
        return jsonResponse(fingerprint, 200, { input_tokens: estimateInputTokens(readPrompt(body)) });
      }
    } catch (error) {
      if (error instanceof MalformedRequest) return errorResponse(fingerprint, 400, error.message);
      throw error;
    }
    return errorResponse(fingerprint, 404, path);
  };
}

function respond(body: string, fingerprint: string, signal: AbortSignal | undefined): Response {
  const request = readRequest(body);
  const message = toWireMessage(answer(new Conversation(request)), request, fingerprint);
  if (request.stream !== true) return jsonResponse(fingerprint, 200, message);
  return new Response(toEventStream(message, signal), {
    status: 200,
    headers: {
      ...headersFor(fingerprint),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
    },
  });
}

function errorResponse(fingerprint: string, status: 400 | 404 | 405, message: string): Response {
  const type: ErrorType = status === 404 ? "not_found_error" : "invalid_request_error";
  return jsonResponse(fingerprint, status, {
    type: "error",
    error: { type, message },
    request_id: headersFor(fingerprint)["request-id"],
  });
}

function jsonResponse(fingerprint: string, status: number, body: unknown): Response {
  return Response.json(body, { status, headers: headersFor(fingerprint) });
}

function headersFor(fingerprint: string): { "request-id": string } {
  return { "request-id": `req_demo_${fingerprint}` };
}
