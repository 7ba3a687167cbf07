/** What a person should know before a run begins, as lines on standard error. */
import type { Engine } from "../core/engine.ts";
import { wordsOf } from "../core/messages.ts";
import type { Catalogue } from "../core/messages.ts";
import type { WorkspaceFolder } from "../core/ports.ts";
import type { LayeredSettings } from "../core/settings/layeredSettings.ts";
import { wordsOfError } from "./catalogue.ts";
import type { Console } from "./console.ts";
import type { FolderTrust } from "./folderTrust.ts";

export interface AnnouncementOptions {
  readonly engine: Pick<Engine, "agentDefinitions"> & {
    readonly plugins: Pick<Engine["plugins"], "open" | "problemsIn">;
  };
  readonly folders: readonly WorkspaceFolder[];
  readonly settings: LayeredSettings;
  readonly trust: FolderTrust;
  readonly console: Console;
  readonly catalogue: Catalogue;
}

/**
 * That the demo model is used because there is no other.
 *
 * @throws OrchestratorError `model.noKey`, `model.invalidBaseUrl`: then nothing is begun
 */
export async function announceModel(
  engine: Pick<Engine, "modelAccess">,
  { settings, console, catalogue }: Pick<AnnouncementOptions, "settings" | "console" | "catalogue">,
): Promise<void> {
  const access = await engine.modelAccess();
  if (access.demo && settings.get("provider") === "auto") console.note(wordsOf(catalogue, "model.demoUsed", {}));
}

export async function announceRun({
  engine,
  folders,
  settings,
  trust,
  console,
  catalogue,
}: AnnouncementOptions): Promise<void> {
  for (const { name, asked, held } of settings.heldLimits()) {
    console.note(`config.json allows at most ${held} for ${name}, so ${held} is used instead of ${asked}.`);
  }
  for (const folder of folders) {
    const ignored = await trust.ignoredIn(folder);
    if (ignored.length > 0)
      console.note(wordsOf(catalogue, "workspace.untrusted", { path: folder.path, ignored: ignored.join(", ") }));
  }
  const { problems } = await engine.agentDefinitions(folders);
  for (const problem of problems) console.note(wordsOfError(catalogue, problem));
  // The run would start them as well; here the person learns of those that cannot be.
  await engine.plugins.open(folders);
  for (const { error } of engine.plugins.problemsIn(folders)) console.note(wordsOfError(catalogue, error));
}
