/** Tells the page which kind of theme it has, as VS Code does: the toolkit reads its colours anew when that changes. */

const DARK = matchMedia("(prefers-color-scheme: dark)");
const CONTRAST = matchMedia("(prefers-contrast: more)");
const KINDS = ["vscode-light", "vscode-dark", "vscode-high-contrast", "vscode-high-contrast-light"];

export function followTheme(): void {
  DARK.addEventListener("change", applyTheme);
  CONTRAST.addEventListener("change", applyTheme);
  applyTheme();
}

function applyTheme(): void {
  const kind = CONTRAST.matches
    ? DARK.matches
      ? "vscode-high-contrast"
      : "vscode-high-contrast-light"
    : DARK.matches
      ? "vscode-dark"
      : "vscode-light";
  document.body.classList.remove(...KINDS);
  document.body.classList.add(kind);
  document.body.dataset["vscodeThemeKind"] = kind;
}
