import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { monitorHtml } from "../../../src/protocol/monitorPage.ts";
import type { MonitorPage } from "../../../src/protocol/monitorPage.ts";

const PAGE: MonitorPage = {
  cspSource: "https://*.vscode-cdn.net",
  nonce: "dGhlIG5vbmNl",
  scriptUri: "https://file.vscode-cdn.net/webview/monitor.js",
  styleUri: "https://file.vscode-cdn.net/webview/monitor.css",
};

function policyOf(html: string): string[] {
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
  return policy.replaceAll("&#39;", "'").split("; ");
}

describe("the page of the monitor", () => {
  test("allows its own script, styles and font, and nothing else", () => {
    expect(policyOf(monitorHtml(PAGE))).toEqual([
      "default-src 'none'",
      "script-src 'nonce-dGhlIG5vbmNl'",
      // The hash of nothing.
      `style-src https://*.vscode-cdn.net 'sha256-${createHash("sha256").digest("base64")}'`,
      "font-src https://*.vscode-cdn.net",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  test("has no inline script or style", () => {
    const html = monitorHtml(PAGE);
    expect(html.match(/<script\b[^>]*>/g)).toEqual([`<script nonce="${PAGE.nonce}" src="${PAGE.scriptUri}" defer>`]);
    expect(html).not.toMatch(/<style|style=|javascript:|\son\w+=/i);
  });

  test("lets no address break out of its attribute", () => {
    const html = monitorHtml({ ...PAGE, scriptUri: `x"><script>alert(1)</script>`, styleUri: "a&b<c>" });
    expect(html).not.toContain("<script>alert");
    expect(html).toContain(`href="a&amp;b&lt;c&gt;"`);
  });

  test.each(["", "short", `"><script>`, "abc'; script-src *", "a".repeat(257)])("refuses the nonce %j", (nonce) => {
    expect(() => monitorHtml({ ...PAGE, nonce })).toThrow(RangeError);
  });
});
