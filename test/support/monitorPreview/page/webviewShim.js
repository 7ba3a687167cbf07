/**
 * What VS Code puts into a webview before the page's own content: its API, its theme. Runs in front of the
 * page's content security policy, as VS Code's own does.
 */
"use strict";

{
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  /** @type {{ id: string, bodyClasses: string[], variables: Record<string, string> }} */
  const theme = JSON.parse(script.dataset["theme"] ?? "");
  const outer = window.parent;
  for (const [name, value] of Object.entries(theme.variables)) document.documentElement.style.setProperty(name, value);
  const reduceMotion = script.dataset["reduceMotion"] === "true";
  addEventListener("DOMContentLoaded", () => {
    document.body.classList.add(...theme.bodyClasses, ...(reduceMotion ? ["vscode-reduce-motion"] : []));
    document.body.dataset["vscodeThemeKind"] = theme.bodyClasses[0] ?? "";
    document.body.dataset["vscodeThemeId"] = theme.id;
    document.body.setAttribute("role", "document");
  });
  // Tests look here for what the policy blocked.
  /** @type {string[]} */
  const violations = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
    violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
  });
  Object.assign(window, {
    policyViolations: violations,
    acquireVsCodeApi: () => ({
      postMessage: (/** @type {unknown} */ message) => outer.postMessage({ kind: "message", message }, location.origin),
      setState: (/** @type {unknown} */ state) => outer.postMessage({ kind: "state", state }, location.origin),
    }),
  });
}
