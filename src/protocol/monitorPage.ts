/** The HTML page of the monitor UI in a panel of VS Code; a browser gets it from the dashboard. */

export interface MonitorPage {
  /** Where scripts, styles and the icon font are served from, as a source of a content security policy. */
  readonly cspSource: string;
  /** Fresh and unguessable for every page, of letters, digits, `+`, `/`, `=`, `-`, `_`. */
  readonly nonce: string;
  /** `dist/webview/monitor.js`. */
  readonly scriptUri: string;
  /** `dist/webview/monitor.css`; the icon font lies beside it. */
  readonly styleUri: string;
  /** BCP 47. */
  readonly language?: string;
}

/**
 * Of an empty style element: the toolkit puts one into the page to learn whether `:focus-visible` can be used,
 * and would show focus rings after every click if that were blocked. What it allows cannot hold a rule.
 */
export const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * The page. Nothing inline runs, nothing is loaded from elsewhere, and no text of a session is part of it.
 *
 * @throws RangeError for a nonce that could end the attribute or the policy it stands in
 */
export function monitorHtml(page: MonitorPage): string {
  if (!/^[\w+/=-]{8,256}$/.test(page.nonce)) throw new RangeError("The nonce must be 8 to 256 characters of base64.");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.cspSource} ${EMPTY_STYLE}`,
    `font-src ${page.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(page.language ?? "en")}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI Orchestrator</title>
<link rel="stylesheet" href="${escapeAttribute(page.styleUri)}">
<script nonce="${page.nonce}" src="${escapeAttribute(page.scriptUri)}" defer></script>
</head>
<body>
<orchestrator-monitor></orchestrator-monitor>
</body>
</html>
`;
}

function escapeAttribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
