/**
 * Runs a plugin that was granted the runtime `node`: a Node process like any other, with the rights of the
 * user. It speaks the same messages, so nothing else needs to know.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Guest } from "./guest.ts";
import type { FromGuest, LoadMessage } from "./guestMessages.ts";
import { withoutTypes } from "./pluginModules.ts";

export interface NodeRuntimeOptions {
  readonly load: LoadMessage;
  /** URL of the module `ai-orchestrator/plugin`. */
  readonly pluginModule: string;
  readonly send: (message: FromGuest) => void;
}

export function createNodeRuntime({ load, pluginModule, send }: NodeRuntimeOptions): Guest {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "ai-orchestrator/plugin"
        ? { url: pluginModule, format: "module", shortCircuit: true }
        : next(specifier, context),
    // Not left to Node: the one inside VS Code may not know TypeScript, and none knows an enum.
    load: (url, context, next) => {
      if (!/^file:.*\.m?ts$/.test(url)) return next(url, context);
      const path = fileURLToPath(url);
      return { format: "module", source: withoutTypes(path, readFileSync(path, "utf8")), shortCircuit: true };
    },
  });
  const guest: Guest = new Guest({
    send,
    startTimer: (id, milliseconds) => void setTimeout(() => guest.receive({ type: "timer", id }), milliseconds),
    importPlugin: () => import(pathToFileURL(join(load.folder, load.entry)).href) as Promise<{ default?: unknown }>,
  });
  return guest;
}
