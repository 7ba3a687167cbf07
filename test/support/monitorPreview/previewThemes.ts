/** VS Code's own themes as a webview gets them: classes of the body and variables of the root element. */
import { readFile } from "node:fs/promises";

/**
 * `themes/NAME.json` holds what a webview of VS Code 1.139 had under Dark Modern, Light Modern, Dark 2026 and
 * Light 2026 (its defaults), Default High Contrast and Default High Contrast Light; of the colours those a view
 * like the monitor can need.
 */
export const PREVIEW_THEMES = ["dark", "light", "dark2026", "light2026", "highContrast", "highContrastLight"] as const;
export type PreviewTheme = (typeof PREVIEW_THEMES)[number];

export interface ThemeValues {
  readonly id: string;
  readonly bodyClasses: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export function isPreviewTheme(name: string): name is PreviewTheme {
  return (PREVIEW_THEMES as readonly string[]).includes(name);
}

export async function readTheme(name: PreviewTheme): Promise<ThemeValues> {
  return JSON.parse(await readFile(new URL(`themes/${name}.json`, import.meta.url), "utf8")) as ThemeValues;
}
