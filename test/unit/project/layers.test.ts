import { spawnSync } from "node:child_process";
import { cp, symlink } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createTemporaryFolder } from "../../support/temporaryFolder.ts";

const projectFolder = path.join(import.meta.dirname, "../../..");

/** Each breaks one rule: file, source, and words of the rule. */
const violations: readonly (readonly [file: string, source: string, rule: string])[] = [
  ["src/core/agents/a.ts", `import * as vscode from "vscode";`, "Only vscode/ and extension.ts import vscode"],
  ["src/core/agents/b.ts", `import type { Uri } from "vscode";`, "core/ is the engine of every host"],
  ["src/core/agents/c.ts", `import { x } from "../../vscode/x.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/d.ts", `import { x } from "../../cli/x.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/e.ts", `import { x } from "../../dashboard/x.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/f.ts", `import { x } from "../../../webview/x.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/g.ts", `import { x } from "../../api.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/h.ts", `export const x = await import("../../cli/x.ts");`, "core/ is the engine of every host"],
  ["src/core/agents/i.ts", `export type X = import("../../cli/x.ts").X;`, "core/ is the engine of every host"],
  ["src/core/agents/j.ts", `import { x } from "./../agents/../../cli/x.ts";`, "core/ is the engine of every host"],
  ["src/core/agents/k.ts", `import { DatabaseSync } from "node:sqlite";`, "Only core/store/ touches node:sqlite"],
  ["src/cli/a.ts", `export const sqlite = await import("node:sqlite");`, "Only core/store/ touches node:sqlite"],
  ["src/core/agents/l.ts", `import Anthropic from "@anthropic-ai/sdk";`, "Only core/model/ talks to a model"],
  ["src/cli/b.ts", `import { APIError } from "@anthropic-ai/sdk/error";`, "Only core/model/ talks to a model"],
  ["src/core/tools/a.ts", `import Anthropic from "@anthropic-ai/sdk";`, "core/tools/ takes the agent toolset"],
  ["src/core/events/a.ts", `import { x } from "../agents/x.ts";`, "core/events/ may be imported by everybody"],
  ["src/core/events/b.ts", `import { readFileSync } from "node:fs";`, "core/events/ may be imported by everybody"],
  ["src/vscode/a.ts", `import { x } from "../cli/x.ts";`, "vscode/ and cli/ are two hosts"],
  ["src/cli/c.ts", `import { x } from "../vscode/x.ts";`, "vscode/ and cli/ are two hosts"],
  ["src/cli/d.ts", `import type { Uri } from "vscode";`, "Only vscode/ and extension.ts import vscode"],
  ["src/dashboard/a.ts", `import { x } from "../cli/x.ts";`, "dashboard/ is used by the hosts"],
  ["src/protocol/a.ts", `import { x } from "../core/agents/x.ts";`, "protocol/ also runs in a browser"],
  ["src/protocol/b.ts", `import { readFileSync } from "node:fs";`, "protocol/ also runs in a browser"],
  ["webview/a.ts", `import { x } from "../src/core/agents/x.ts";`, "webview/ runs in a browser"],
  ["webview/b.ts", `import { readFileSync } from "node:fs";`, "webview/ runs in a browser"],
  ["scripts/a.mjs", `import { build } from "esbuild";`, "Set-up runs before anything is installed"],
  ["src/core/agents/m.ts", `export * from "./x.ts";`, "only src/api.ts re-exports"],
  ["src/core/agents/n.ts", `export { x } from "./x.ts";`, "only src/api.ts re-exports"],
  ["src/core/agents/o.ts", `import { x } from "./x.ts";\nexport { x };`, "only src/api.ts re-exports"],
  ["src/core/agents/p.ts", `export default 1;`, "Prefer named exports"],
  ["src/core/agents/q.ts", `export const x: any = 1;`, "any"],
  ["src/core/agents/r.ts", `export function x(): void {\n  Promise.resolve(1);\n}`, "Promises must be awaited"],
  [
    "src/core/agents/s.ts",
    Array.from({ length: 401 }, (_, line) => `export const x${line} = ${line};`).join("\n"),
    "too many lines",
  ],
];

/** Right up to the border of a rule. */
const allowed: readonly (readonly [file: string, source: string])[] = [
  ["src/core/agents/x.ts", "export const x = 1;\nexport type X = typeof x;"],
  ["src/core/model/x.ts", `import Anthropic from "@anthropic-ai/sdk";\nexport const client = () => new Anthropic();`],
  ["src/core/agents/y.ts", `import type Anthropic from "@anthropic-ai/sdk";\nexport type Client = Anthropic;`],
  ["src/core/tools/x.ts", `export { x as y };\nconst x = 1;`],
  [
    "src/core/tools/y.ts",
    `import * as toolset from "@anthropic-ai/sdk/tools/agent-toolset/node";\nimport * as zodTools from "@anthropic-ai/sdk/helpers/beta/zod";\nexport const x = [toolset, zodTools];`,
  ],
  [
    "src/core/store/x.ts",
    `import { DatabaseSync } from "node:sqlite";\nexport const open = () => new DatabaseSync(":memory:");`,
  ],
  ["src/core/events/x.ts", `import { z } from "zod";\nimport { y } from "./y.ts";\nexport const x = [z, y];`],
  ["src/core/events/y.ts", "export const y = 1;"],
  [
    "src/vscode/x.ts",
    `import * as vscode from "vscode";\nimport { x } from "../core/agents/x.ts";\nimport { z } from "../dashboard/x.ts";\nexport const y = [vscode, x, z];`,
  ],
  [
    "src/extension.ts",
    `import * as vscode from "vscode";\nimport { y } from "./vscode/x.ts";\nexport const x = [vscode, y];`,
  ],
  [
    "src/cli/x.ts",
    `import { x as y } from "../core/agents/x.ts";\nimport { x as z } from "../dashboard/x.ts";\nexport const x = [y, z];`,
  ],
  ["src/dashboard/x.ts", `import { x as y } from "../protocol/x.ts";\nexport const x = y;`],
  ["src/protocol/x.ts", `import { y } from "../core/events/y.ts";\nimport { z } from "zod";\nexport const x = [y, z];`],
  [
    "webview/x.ts",
    `import { y } from "../src/core/events/y.ts";\nimport { x as z } from "../src/protocol/x.ts";\nimport { z as zod } from "zod";\nexport const x = [y, z, zod];`,
  ],
  ["src/api.ts", `export { x } from "./core/agents/x.ts";\nexport type { X } from "./core/agents/x.ts";`],
];

/** What the project's lint says of each file, by its path. */
const found = new Map<string, string[]>();
let exitCode: number | null = null;

beforeAll(async () => {
  await using folder = await createTemporaryFolder();
  for (const name of [".oxlintrc.json", "tsconfig.json", "scripts/house.mjs"]) {
    await cp(path.join(projectFolder, name), folder.join(name));
  }
  await symlink(path.join(projectFolder, "node_modules"), folder.join("node_modules"), "junction");
  await folder.write(Object.fromEntries([...violations, ...allowed].map(([file, source]) => [file, `${source}\n`])));
  // As scripts/test.mjs calls it, only that it answers in JSON.
  const run = spawnSync(process.execPath, ["node_modules/oxlint/bin/oxlint", "--format=json"], {
    cwd: folder.path,
    encoding: "utf8",
  });
  exitCode = run.status;
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { filename: string; message: string }[] };
  for (const { filename, message } of diagnostics) {
    found.set(filename, [...(found.get(filename) ?? []), message]);
  }
});

test("a tree with violations fails", () => {
  expect(exitCode).toBe(1);
});

test.each(violations.map(([file, source, rule]) => ({ file, source, rule })))("$file: $rule", ({ file, rule }) => {
  expect(found.get(file)?.join("\n")).toContain(rule);
});

test.each(allowed)("%s may", (file) => {
  expect(found.get(file)).toBeUndefined();
});
