/**
 * Requests of plugins: granted hosts only, at every redirect again, and no way from a public name to an
 * address inside the machine or its network.
 */
import { lookup as lookUpAddress } from "node:dns";
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { z } from "zod";

const MAXIMUM_BYTES = 2 * 1024 * 1024;
const MAXIMUM_REDIRECTS = 5;
const TIMEOUT_MILLISECONDS = 60_000;

/**
 * Written for the request, never by a plugin: a server behind a shared front is chosen by `Host`, and the others
 * say where one request ends and the next begins.
 */
const OWN_HEADER =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*)$/i;
/** They ask whoever is on the way, not the server that was granted. */
const REFUSED_METHOD = /^(?:connect|trace|track)$/i;

export const fetchSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(8192),
  method: z
    .string()
    .regex(/^[A-Za-z]{1,16}$/)
    .refine((method) => !REFUSED_METHOD.test(method), "this method is not sent for a plugin")
    .optional(),
  headers: z
    .record(z.string().max(200), z.string().max(8192))
    .superRefine((headers, issue) => {
      for (const name of Object.keys(headers))
        if (OWN_HEADER.test(name.trim()))
          issue.addIssue({ code: "custom", message: `${name} is not a plugin's to set; leave it out` });
    })
    .optional(),
  body: z.string().optional(),
});
export type FetchInput = z.infer<typeof fetchSchema>;

export interface FetchedText {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** `allows` is asked for every host, with its port where it is not the usual one; it throws what is not granted. */
export async function fetchText(
  input: FetchInput,
  allows: (host: string) => void,
  signal: AbortSignal,
): Promise<FetchedText> {
  let { method = "GET", body, headers } = input;
  let url = new URL(input.url);
  for (let redirects = 0; ; redirects++) {
    if (url.username !== "" || url.password !== "") throw new Error("a URL with a password in it is not requested");
    allows(url.host);
    const response = await send(url, method.toUpperCase(), headers ?? {}, body, signal);
    const location = response.headers["location"];
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== undefined;
    if (!isRedirect) return response;
    if (redirects >= MAXIMUM_REDIRECTS) throw new Error(`more than ${MAXIMUM_REDIRECTS} redirects`);
    const next = new URL(location, url);
    if (next.protocol !== "http:" && next.protocol !== "https:") throw new Error(`a redirect to ${next.protocol}`);
    if (response.status < 307) ({ method, body } = { method: "GET", body: undefined });
    // What was meant for one server is not handed to another.
    if (next.origin !== url.origin) {
      headers = {};
      if (body !== undefined)
        throw new Error(`a redirect would hand what was sent to ${next.host}; send it there, if that is meant`);
    }
    url = next;
  }
}

function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  signal: AbortSignal,
): Promise<FetchedText> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, signal: stop, lookup: publicLookup(url.hostname), agent: false });
    sent.on("error", reject);
    sent.on("response", (response) => {
      readText(response).then((text) => resolve(toFetched(response, text)), reject);
    });
    sent.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAXIMUM_BYTES) {
      response.destroy();
      throw new Error(`the answer is larger than ${MAXIMUM_BYTES / 1024 / 1024} MB`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function toFetched({ statusCode = 0, headers }: IncomingMessage, text: string): FetchedText {
  const flat = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return { status: statusCode, ok: statusCode >= 200 && statusCode < 300, headers: Object.fromEntries(flat), text };
}

const INSIDE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  INSIDE.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  INSIDE.addSubnet(network, prefix, "ipv6");

/** Is an address inside the machine or its own network? */
export function isInside(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && INSIDE.check(address, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Resolves a name, and refuses when it leads inside: whoever owns a granted name could point it at a service
 * of this machine. `localhost` says what it is, and an address needs no lookup: for these the grant is enough.
 */
function publicLookup(hostname: string): LookupFunction {
  return (name, options, callback) => {
    lookUpAddress(name, { ...options, all: true }, (error, addresses) => {
      const inside = hostname === "localhost" ? undefined : addresses?.find(({ address }) => isInside(address));
      if (error) callback(error, "", 0);
      else if (inside) callback(new Error(`${name} leads to ${inside.address}, inside this network`), "", 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 0);
    });
  };
}
