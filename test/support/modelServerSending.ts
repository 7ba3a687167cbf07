/** Puts a reply on the wire, faults and held points included. */
import type { ServerResponse } from "node:http";
import type { Disturbance, Reply, Turn } from "./modelServerReplies.ts";
import type { RecordedRequest } from "./modelServerRequests.ts";
import { encodeTurn, formatEvent, type WireContext, type WireTurn } from "./modelServerWire.ts";

export interface SendingContext extends WireContext {
  /** Told the content of a turn that ends with `pause_turn`, which may be sent back as the last message. */
  paused(content: unknown): void;
}

/** The client went away; there is nobody to send to. */
class ClientGone extends Error {}

export async function sendReply(
  request: RecordedRequest,
  response: ServerResponse,
  reply: Reply,
  context: SendingContext,
): Promise<void> {
  try {
    if (reply.hold !== undefined) await passOrLeave(response, reply.hold.pass());
    switch (reply.reply) {
      case "cut":
        return cut(request, response);
      case "garbage":
        writeHead(request, response, 200, { "content-type": reply.contentType });
        response.end(reply.body);
        return;
      case "httpError": {
        writeHead(request, response, reply.status, { "content-type": "application/json", ...reply.headers });
        const error = { type: reply.errorType, message: reply.message };
        response.end(JSON.stringify({ type: "error", error, request_id: requestId(request) }));
        return;
      }
      case "turn":
        return await sendTurn(request, response, reply, context);
    }
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
  }
}

async function sendTurn(
  request: RecordedRequest,
  response: ServerResponse,
  turn: Turn,
  context: SendingContext,
): Promise<void> {
  const encoded = encodeTurn(turn, context);
  if (turn.stopReason === "pause_turn") context.paused(encoded.message["content"]);
  const streamed = (request.body as { stream?: boolean }).stream === true;
  await (streamed ? sendEvents(request, response, turn, encoded) : sendWhole(request, response, turn, encoded));
}

/** Without a stream the same faults hit the middle of the JSON text. */
async function sendWhole(
  request: RecordedRequest,
  response: ServerResponse,
  turn: Turn,
  encoded: WireTurn,
): Promise<void> {
  const body = JSON.stringify(encoded.message);
  for (const disturbance of turn.disturbances) {
    if (disturbance.kind === "stall") {
      await passOrLeave(response, disturbance.gate.pass());
      continue;
    }
    writeHead(request, response, 200, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    });
    await write(response, body.slice(0, body.length / 2));
    return cut(request, response);
  }
  writeHead(request, response, 200, { "content-type": "application/json" });
  response.end(body);
}

async function sendEvents(
  request: RecordedRequest,
  response: ServerResponse,
  turn: Turn,
  encoded: WireTurn,
): Promise<void> {
  writeHead(request, response, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  response.flushHeaders();
  for (let sent = 0; sent <= encoded.events.length; sent += 1) {
    for (const disturbance of turn.disturbances.filter((candidate) => candidate.afterEvents === sent)) {
      if (disturbance.kind !== "stall") return await breakStream(request, response, disturbance);
      await passOrLeave(response, disturbance.gate.pass());
    }
    const event = encoded.events[sent];
    if (event !== undefined) await write(response, formatEvent(event));
  }
  response.end();
}

async function breakStream(
  request: RecordedRequest,
  response: ServerResponse,
  disturbance: Exclude<Disturbance, { kind: "stall" }>,
): Promise<void> {
  switch (disturbance.kind) {
    case "cut":
      return cut(request, response);
    case "garbage":
      await write(response, 'event: content_block_delta\ndata: {"type":"content_block_delta","ind\u0000\n\n');
      response.end();
      return;
    case "error": {
      const error = { type: disturbance.errorType, message: `Scripted ${disturbance.errorType}.` };
      await write(
        response,
        formatEvent({ event: "error", data: { type: "error", error, request_id: requestId(request) } }),
      );
      response.end();
      return;
    }
  }
}

function cut(request: RecordedRequest, response: ServerResponse): void {
  request.outcome = "cut";
  response.socket?.destroy();
}

function writeHead(
  request: RecordedRequest,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  request.status = status;
  response.writeHead(status, { "request-id": requestId(request), ...headers });
}

function requestId(request: RecordedRequest): string {
  return `req_${request.order}`;
}

/** Resolves when the bytes are with the kernel, so that a cut right after loses none of them. */
async function write(response: ServerResponse, text: string): Promise<void> {
  await passOrLeave(
    response,
    new Promise<void>((resolve, reject) => {
      response.write(text, (error) => (error ? reject(new ClientGone()) : resolve()));
    }),
  );
}

/** Waits for `passage`, unless the client goes away first. */
async function passOrLeave(response: ServerResponse, passage: Promise<void>): Promise<void> {
  // A write that fails after the client went away has nobody to tell.
  passage.catch(() => undefined);
  if (response.destroyed) throw new ClientGone();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(new ClientGone());
  response.once("close", leave);
  try {
    await Promise.race([passage, gone]);
  } finally {
    response.off("close", leave);
  }
}
