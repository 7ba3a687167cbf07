/** What *Create Plugin…* writes: a plugin that works, with a test that runs without installing anything. */

/** Files by their paths within the plugin's folder. `types`: the declarations of `ai-orchestrator/plugin`. */
export function pluginTemplate(name: string, types: string): Readonly<Record<string, string>> {
  const manifest = { name, version: "1.0.0", private: true, type: "module", scripts: { test: "node --test" } };
  const compiler = {
    compilerOptions: {
      target: "ES2023",
      module: "ESNext",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: [],
      paths: { "ai-orchestrator/plugin": ["./types/plugin.d.ts"] },
    },
    include: ["index.ts", "greeting.ts", "types"],
  };
  return {
    "package.json": `${JSON.stringify(manifest, undefined, 2)}\n`,
    "tsconfig.json": `${JSON.stringify(compiler, undefined, 2)}\n`,
    "types/plugin.d.ts": types,
    "greeting.ts": `/** Kept apart from the plugin, so that it can be tested alone. */
export function greeting(name: string): string {
  return \`Hello, \${name.trim() || "world"}!\`;
}
`,
    "greeting.test.ts": `import assert from "node:assert/strict";
import { test } from "node:test";
import { greeting } from "./greeting.ts";

test("greets by name, and everybody without one", () => {
  assert.equal(greeting("Ada"), "Hello, Ada!");
  assert.equal(greeting(" "), "Hello, world!");
});
`,
    "index.ts": `import { BasePlugin, type PluginContext, type PluginMetadata } from "ai-orchestrator/plugin";
import { greeting } from "./greeting.ts";

export default class Plugin extends BasePlugin {
  readonly metadata: PluginMetadata = {
    name: "${name}",
    version: "1.0.0",
    description: "Greets people.",
    // What it may do beyond computing, such as "files:read:docs/**". You are asked before it may.
    permissions: [],
  };

  override async initialize(_config: object, context: PluginContext): Promise<void> {
    context.registerTool({
      name: "greet",
      description: "Greets somebody by name.",
      inputSchema: {
        type: "object",
        properties: { name: { type: "string", description: "Who is greeted." } },
        required: ["name"],
      },
      run: ({ name }: { name: string }) => greeting(name),
    });
  }
}
`,
  };
}
