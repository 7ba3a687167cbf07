/** A plugin as one file of JavaScript. */
export function pluginText(options: {
  readonly name: string;
  readonly version?: string;
  readonly permissions?: readonly string[];
  readonly dependencies?: readonly string[];
  readonly agentTypes?: readonly string[];
  /** Body of `initialize(config, context)`. */
  readonly initialize?: string;
  /** Body of `execute(input, context)`; without one it has none. */
  readonly execute?: string;
  /** Before the class. */
  readonly before?: string;
}): string {
  const { name, version = "1.0.0", initialize = "", execute, before = "", ...rest } = options;
  return `import { BasePlugin } from "ai-orchestrator/plugin";
${before}
export default class extends BasePlugin {
  metadata = ${JSON.stringify({ name, version, description: `The plugin ${name}.`, ...rest })};
  async initialize(config, context) { ${initialize} }
  ${execute === undefined ? "" : `async execute(input, context) { ${execute} }`}
}
`;
}
