/** `--plugins list | grant NAME | revoke NAME`: what plugins a folder brings, and what they may do. */
import { createInterface } from "node:readline/promises";
import type { ReadStream, WriteStream } from "node:tty";
import type { Engine } from "../core/engine.ts";
import { wordsOf, type Catalogue } from "../core/messages.ts";
import { meaningOf, NODE_RUNTIME } from "../core/plugins/permissions.ts";
import type { GrantReview } from "../core/plugins/pluginGrants.ts";
import type { PluginInfo } from "../core/plugins/pluginInfo.ts";
import { visibleLine } from "../core/policy/visibleText.ts";
import type { WorkspaceFolder } from "../core/ports.ts";
import type { PluginsCommand } from "./arguments.ts";
import { wordsOfError } from "./catalogue.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";

export interface ManagePluginsOptions {
  readonly engine: Pick<Engine, "plugins">;
  readonly folders: readonly WorkspaceFolder[];
  readonly console: Console;
  readonly catalogue: Catalogue;
  readonly stdin: ReadStream;
  readonly stderr: WriteStream;
}

/** @throws OrchestratorError `plugin.unknown`, `plugin.invalid`, `plugin.changed`, … */
export async function managePlugins(typed: PluginsCommand, options: ManagePluginsOptions): Promise<ExitCode> {
  const { engine, folders, console } = options;
  const { plugins } = engine;
  await plugins.open(folders, { start: false });
  switch (typed.action) {
    case "list":
      if (typed.json) for (const plugin of plugins.plugins) await console.printJson(listedPlugin(plugin));
      else if (plugins.plugins.length === 0) console.note("There are no plugins in this folder.");
      else await console.print(plugins.plugins.map((plugin) => textOf(plugin, options)).join("\n\n"));
      return ExitCode.COMPLETED;
    case "grant": {
      const review = await plugins.review(typed.name);
      console.note(reviewText(review, options));
      if (!(await isAllowed(typed, options))) {
        console.note(`Nothing was granted to ${visibleLine(review.name)}.`);
        return ExitCode.FAILED;
      }
      await plugins.grant(review);
      const { name, version, hash, permissions } = review;
      if (typed.json) await console.printJson({ name, version, hash, permissions, granted: true });
      else await console.print(`Granted ${name} ${version}. It is used from the next run on.`);
      return ExitCode.COMPLETED;
    }
    case "revoke": {
      const revoked = await plugins.revoke(typed.name);
      if (typed.json) await console.printJson({ name: typed.name, revoked });
      else await console.print(revoked ? `Took back every grant of ${typed.name}.` : `${typed.name} had no grant.`);
      return ExitCode.COMPLETED;
    }
  }
}

/** What other programs get to know of a plugin. */
function listedPlugin({ error, folder, ...plugin }: PluginInfo): Record<string, unknown> {
  return { ...plugin, folder: folder.path, ...(error ? { error: { code: error.code, params: error.params } } : {}) };
}

const STATES: Record<PluginInfo["state"], string> = {
  running: "running",
  ready: "granted",
  restarting: "being started again",
  needsGrant: "not granted",
  changed: "changed since it was granted",
  disabled: "disabled",
  failed: "failed",
};

function textOf(plugin: PluginInfo, { catalogue }: ManagePluginsOptions): string {
  const { name, version = "", state, description, path, permissions, error } = plugin;
  return [
    `${visibleLine(name)} ${version}  ${STATES[state]}`.replace(/ +/g, " "),
    ...(description === undefined ? [] : [`  ${visibleLine(description)}`]),
    `  ${visibleLine(path)}`,
    ...permissions.map(({ permission }) => `  ${visibleLine(permission)}: ${meaning(permission, catalogue)}`),
    ...(error === undefined ? [] : [`  ${wordsOfError(catalogue, error)}`]),
  ].join("\n");
}

function meaning(permission: string, catalogue: Catalogue): string {
  const { code, params } = meaningOf(permission);
  return wordsOf(catalogue, code, params);
}

function reviewText(review: GrantReview, { catalogue }: ManagePluginsOptions): string {
  const { name, version, path, permissions, added, dropped, isChange, code } = review;
  const asks = permissions.map((permission) => {
    const isNew = isChange && added.includes(permission) ? " (new)" : "";
    return `  ${permission === NODE_RUNTIME ? "! " : "- "}${meaning(permission, catalogue)}${isNew}`;
  });
  return [
    `${name} ${version} (${path})${isChange ? " changed since you allowed it." : ""}`,
    permissions.length === 0 ? "It asks for no permission: it can compute, and give tools to agents." : "It could:",
    ...asks,
    ...dropped.map((permission) => `  no longer: ${meaning(permission, catalogue)}`),
    isChange ? "What changed in its code:" : "Its code:",
    code === "" ? "(nothing)" : code,
  ].join("\n");
}

/** A person says yes, or `--approve all` does; where nobody can be asked it is a no. */
async function isAllowed({ approve }: PluginsCommand, options: ManagePluginsOptions): Promise<boolean> {
  const { stdin, stderr, console } = options;
  if (approve === "all") return true;
  if (approve === "none") return false;
  if (!stdin.isTTY || !stderr.isTTY) {
    console.note("There is no terminal to ask on: add --approve all if you have read this and allow it.");
    return false;
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question("Allow it? Type yes: ");
    return answer.trim().toLowerCase() === "yes";
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
