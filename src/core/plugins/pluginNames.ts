/** How plugins and their tools may be called. Without `__`, so that `plugin__NAME__TOOL` reads one way only. */

export const PLUGIN_NAME = /^(?!.*__)[A-Za-z][A-Za-z0-9_-]{0,31}$/;
export const TOOL_NAME = /^(?!.*__)[A-Za-z][A-Za-z0-9_-]{0,47}$/;

/** The name under which a plugin's actions stand in the log. */
export function pluginAgentId(name: string): string {
  return `plugin_${name}`;
}
