/** The dashboard's pages. They hold nothing secret and nothing of a session: what is shown comes with the key. */
import { randomBytes } from "node:crypto";
import { EMPTY_STYLE } from "../protocol/monitorPage.ts";

export type PageName = "sessions" | "session";

export interface Page {
  readonly html: string;
  readonly policy: string;
}

const SCRIPTS: Readonly<Record<PageName, readonly string[]>> = {
  sessions: ["dashboard.js"],
  // The first gives the second what VS Code gives it there.
  session: ["dashboard.js", "monitor.js"],
};

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="3" r="2" fill="#0a7bd6"/><circle cx="3" cy="12" r="2" fill="#0a7bd6"/><circle cx="13" cy="12" r="2" fill="#0a7bd6"/><path d="M7 5 4 10M9 5l3 5M5 12h6" stroke="#0a7bd6" fill="none"/></svg>`;

export function dashboardPage(name: PageName): Page {
  const nonce = randomBytes(18).toString("base64");
  const scripts = SCRIPTS[name].map((file) => `<script nonce="${nonce}" src="/assets/${file}" defer></script>`);
  return {
    policy: [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'self' ${EMPTY_STYLE}`,
      "font-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    html: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>AI Orchestrator</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/dashboard.css">
<link rel="stylesheet" href="/assets/monitor.css">
${scripts.join("\n")}
</head>
<body>
<div id="dashboard"><noscript>The dashboard needs JavaScript.</noscript></div>
${name === "session" ? "<orchestrator-monitor></orchestrator-monitor>\n" : ""}</body>
</html>
`,
  };
}
