/**
 * What a plugin costs: from the start of its process until it can be called, one call of a tool, and the memory
 * of its process. Beside the sandbox stands the same plugin as a Node process of its own.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Plugin } from "../../src/core/plugins/plugin.ts";
import { PluginManager } from "../../src/core/plugins/pluginManager.ts";
import { LayeredSettings } from "../../src/core/settings/layeredSettings.ts";
import { SystemClock } from "../../src/core/systemClock.ts";
import { median, table, type Row } from "../table.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "11" } } });
const ROUNDS = Number(values.rounds);
const CALLS = 500;

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const root = await realpath(await mkdtemp(path.join(tmpdir(), "ai-orchestrator-bench-")));

const code = (name: string, before = "") => `${before}import { BasePlugin } from "ai-orchestrator/plugin";
export default class extends BasePlugin {
  metadata = { name: ${JSON.stringify(name)}, version: "1.0.0", description: "Counts words." };
  async initialize(config, context) {
    context.registerTool({ name: "count", description: "Counts.", inputSchema: { type: "object", properties: { text: { type: "string" } } },
      run: ({ text }) => ({ words: text.split(" ").length }) });
  }
}
`;

const PLUGINS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sandbox: { "index.js": code("sandbox") },
  node: {
    "index.js": code("node"),
    "package.json": JSON.stringify({
      name: "node",
      version: "1.0.0",
      description: "Counts words.",
      type: "module",
      runtime: "node",
    }),
  },
  typescript: { "index.ts": code("typescript") },
  zod: { "index.js": code("zod", 'import { z } from "zod"; globalThis.schema = z.object({});\n') },
};

interface Figures {
  readonly start: number[];
  readonly call: number[];
  readonly memory: number[];
}

try {
  const figures = Object.fromEntries(
    Object.keys(PLUGINS).map((name): [string, Figures] => [name, { start: [], call: [], memory: [] }]),
  );
  for (const [name, files] of Object.entries(PLUGINS)) {
    await mkdir(path.join(root, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(root, name, file), text);
  }
  // In turns, so that what the machine does meanwhile meets all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(PLUGINS)) await measure(name, figures[name] as Figures);
  }
  const { sandbox, node, typescript, zod } = figures as Record<"sandbox" | "node" | "typescript" | "zod", Figures>;
  const rows: Row[] = [
    { work: "start", unit: "ms", ours: sandbox.start, peer: node.start, targets: [] },
    { work: "start, in TypeScript", unit: "ms", ours: typescript.start, targets: [] },
    { work: "start, with zod", unit: "ms", ours: zod.start, targets: [] },
    { work: "call of a tool", unit: "ms", ours: sandbox.call, peer: node.call, targets: [] },
    { work: "memory (resident)", unit: "MB", ours: sandbox.memory, peer: node.memory, targets: [] },
  ];
  process.stdout.write(table("the same as Node", rows));
} finally {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}

async function measure(name: string, into: Figures): Promise<void> {
  const manager = new PluginManager({
    home: path.join(root, "home"),
    settings: new LayeredSettings({ values: {} }, {}),
    workspaceState: { isTrusted: () => true },
    environment: {},
    processUrl: new URL("../../dist/pluginProcess.js", import.meta.url),
    clock: new SystemClock(),
    logger: quiet,
  });
  try {
    const began = performance.now();
    const plugin = await manager.loadPlugin({ path: path.join(root, name), config: {}, grant: ["runtime:node"] });
    into.start.push(performance.now() - began);
    await call(plugin);
    const times: number[] = [];
    for (let calls = 0; calls < CALLS; calls++) times.push(await call(plugin));
    into.call.push(median(times));
    into.memory.push(await residentMegabytes(plugin.pid));
  } finally {
    await manager.close();
  }
}

async function call(plugin: Plugin): Promise<number> {
  const began = performance.now();
  await plugin.call("tool", undefined, { tool: "count", input: { text: "one two three" } });
  return performance.now() - began;
}

/** Linux only. */
async function residentMegabytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}
