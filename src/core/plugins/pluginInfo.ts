/** What hosts show of a plugin. */
import { basename, join } from "node:path";
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import type { Plugin } from "./plugin.ts";
import { provisionalName } from "./pluginSource.ts";

/** May it run, and if not, why. */
export type Verdict =
  | { readonly kind: "granted" }
  /** Never granted before. */
  | { readonly kind: "new" }
  /** Another version of it was granted. */
  | { readonly kind: "changed" }
  /** Switched off; with a `detail` by the program, because it crashed. */
  | { readonly kind: "disabled"; readonly detail?: string }
  | { readonly kind: "broken"; readonly error: OrchestratorError };

export interface PluginEntry {
  readonly path: string;
  readonly folder: WorkspaceFolder;
  /** Absent when its files cannot be read. */
  readonly plugin: Plugin | undefined;
  verdict: Verdict;
  /** Why it is not running although it may. */
  startError?: OrchestratorError;
  /** It was named by the program that embeds the engine, and stays until it is unloaded. */
  readonly loadedByProgram?: true;
}

export type PluginStatus =
  | "running"
  /** Granted, and not started yet. */
  | "ready"
  | "restarting"
  | "needsGrant"
  | "changed"
  | "disabled"
  | "failed";

export interface PluginInfo {
  readonly name: string;
  readonly path: string;
  /** Absolute path of its first module. */
  readonly entry: string;
  readonly folder: WorkspaceFolder;
  readonly state: PluginStatus;
  readonly runtime: "sandbox" | "node";
  readonly hash: string;
  readonly version?: string;
  readonly description?: string;
  readonly author?: string;
  /** What it asks for, with how often each was used in this process. */
  readonly permissions: readonly { readonly permission: string; readonly used: number }[];
  readonly tools: readonly string[];
  readonly agentTypes: readonly string[];
  /** Why it does not run, or what went wrong last. */
  readonly error?: OrchestratorError;
  readonly pid?: number;
}

export function infoOf(entry: PluginEntry): PluginInfo {
  const { plugin, path, folder } = entry;
  const { metadata, pid } = plugin ?? {};
  const error = errorOf(entry);
  return {
    name: plugin?.name ?? provisionalName(path),
    path,
    entry: plugin && plugin.source.entry !== basename(path) ? join(path, plugin.source.entry) : path,
    folder,
    state: statusOf(entry),
    runtime: plugin?.source.runtime ?? "sandbox",
    hash: plugin?.source.hash ?? "",
    ...(metadata ? { version: metadata.version, description: metadata.description } : {}),
    ...(metadata?.author === undefined ? {} : { author: metadata.author }),
    permissions: (plugin?.wanted ?? []).map((permission) => ({
      permission,
      used: plugin?.rights.usesOf(permission) ?? 0,
    })),
    tools: [...(plugin?.tools.keys() ?? [])],
    agentTypes: [...(plugin?.agentTypes.keys() ?? [])],
    ...(error === undefined ? {} : { error }),
    ...(pid === undefined ? {} : { pid }),
  };
}

function statusOf({ plugin, verdict, startError }: PluginEntry): PluginStatus {
  switch (verdict.kind) {
    case "new":
      return "needsGrant";
    case "changed":
    case "disabled":
      return verdict.kind;
    case "broken":
      return "failed";
    case "granted":
      if (plugin?.state === "running" || plugin?.state === "restarting") return plugin.state;
      return startError !== undefined || plugin?.state === "failed" ? "failed" : "ready";
  }
}

function errorOf({ plugin, verdict, startError, path }: PluginEntry): OrchestratorError | undefined {
  const name = plugin?.name ?? provisionalName(path);
  switch (verdict.kind) {
    case "new":
      return new OrchestratorError("plugin.notGranted", { plugin: name, permissions: plugin?.wanted.join(", ") ?? "" });
    case "changed":
      return new OrchestratorError("plugin.changed", { plugin: name });
    case "disabled":
      return new OrchestratorError("plugin.disabled", { plugin: name, detail: verdict.detail ?? "" });
    case "broken":
      return verdict.error;
    case "granted":
      return startError ?? plugin?.error;
  }
}
