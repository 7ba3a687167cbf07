import type { IncomingMessage } from "node:http";

/** What a page sends at a time is a fraction of this. */
const MOST_BYTES = 256 * 1024;

/** The body as JSON, or what is wrong with it. */
export async function readBody(request: IncomingMessage): Promise<{ readonly json: unknown } | "tooLong" | "invalid"> {
  if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES) return "tooLong";
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return "tooLong";
    chunks.push(chunk);
  }
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))) as unknown };
  } catch {
    return "invalid";
  }
}
