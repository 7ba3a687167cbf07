/** Loads a plugin, says which process it runs in once it has logged `words`, and waits to be killed. */
import { PluginManager } from "../../../../src/core/plugins/pluginManager.ts";
import { LayeredSettings } from "../../../../src/core/settings/layeredSettings.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";

const [home = "", path = "", words = "", ...grant] = process.argv.slice(2);
const nothing = (): void => undefined;
const manager = new PluginManager({
  home,
  settings: new LayeredSettings({ values: {} }, {}),
  workspaceState: { isTrusted: () => true },
  environment: {},
  processUrl: new URL("../../../../dist/pluginProcess.js", import.meta.url),
  clock: new SystemClock(),
  logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
});
const plugin = await manager.loadPlugin({ path, config: {}, grant });
await new Promise<void>((resolve) => {
  if (words === "" || plugin.log.lines.some(({ text }) => text === words)) resolve();
  else plugin.log.onLine(({ text }) => text === words && resolve());
});
process.stdout.write(`${plugin.pid}\n`);
setInterval(nothing, 1 << 30);
