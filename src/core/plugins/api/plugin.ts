/**
 * The module `ai-orchestrator/plugin` as a plugin gets it, inside its sandbox too: it imports nothing. What it
 * looks like to the compiler is in pluginTypes.ts.
 */

/** The class every plugin extends, with what may be left out. */
export class BasePlugin {
  async initialize(): Promise<void> {}

  async dispose(): Promise<void> {}
}
