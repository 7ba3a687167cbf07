/**
 * Who may ask the dashboard for what. It listens on loopback alone, but every page the person's browser shows can
 * send requests there, so the name it was asked by, the page that asks and the key all must fit.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A reason to refuse, as an answer of HTTP. */
export interface Refused {
  readonly status: 400 | 401 | 403;
  readonly reason: string;
}

/** Names of this machine for itself. Another name that leads here is a trick (DNS rebinding). */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;
const BEARER = /^Bearer ([\w-]{1,200})$/;

export class RequestGuard {
  /** Of letters, digits, `-` and `_`, so that it can stand in a link as it is. */
  readonly token = randomBytes(32).toString("base64url");
  readonly #digest = digestOf(this.token);

  /** Whether the request comes from a page of ours, or from no page at all. */
  judgeOrigin({ headers, headersDistinct }: IncomingMessage): Refused | undefined {
    const { origin } = headers;
    const [host, another] = headersDistinct["host"] ?? [];
    if (host === undefined || another !== undefined || !OWN_HOST.test(host)) {
      return { status: 403, reason: "The dashboard answers only to 127.0.0.1 and localhost." };
    }
    // Any port: a forwarded one differs from ours. The page's own must be the same in any case.
    if (origin !== undefined && origin !== `http://${host}`) {
      return { status: 403, reason: "The dashboard answers only to its own pages." };
    }
    const site = headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin" && site !== "none" && headers["sec-fetch-mode"] !== "navigate") {
      return { status: 403, reason: "The dashboard answers only to its own pages." };
    }
    return undefined;
  }

  /** Whether the request brings the key. */
  judgeKey({ headers }: IncomingMessage): Refused | undefined {
    const given = BEARER.exec(headers.authorization ?? "")?.[1];
    if (given !== undefined && timingSafeEqual(digestOf(given), this.#digest)) return undefined;
    return { status: 401, reason: "The key is missing or not that of this dashboard. Open the link it printed." };
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
