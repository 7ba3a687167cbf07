import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

/** Every colour and font of VS Code that the pages and the components they use ask for. */
const used = new Set(
  [
    ...globSync("webview/**/*.{css,ts}", { cwd: root }).filter((file) => !file.includes("dashboard/themes")),
    "node_modules/@vscode/webview-ui-toolkit/dist/toolkit.js",
  ].flatMap((file) => read(file).match(/--vscode-[A-Za-z0-9-]*[A-Za-z0-9]/g) ?? []),
);

test.each([
  ["light", "light2026"],
  ["dark", "dark2026"],
  ["highContrast", "highContrast"],
  ["highContrastLight", "highContrastLight"],
])("the dashboard's theme %s has everything of VS Code's that the monitor uses", (theme, original) => {
  const { variables } = JSON.parse(read(`test/support/monitorPreview/themes/${original}.json`)) as {
    variables: Record<string, string>;
  };
  const css = read(`webview/dashboard/themes/${theme}.css`);
  const lacking = [...used].filter((name) => Object.hasOwn(variables, name) && !css.includes(`${name}:`));
  expect(lacking).toEqual([]);
});
