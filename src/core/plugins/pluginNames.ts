/**
 * How plugins and their tools may be called. Without `__`, and without `_` at the end, so that `plugin__NAME__TOOL`
 * reads one way only: a rule for one plugin is none for another.
 */

export const PLUGIN_NAME = /^(?!.*__)[A-Za-z][A-Za-z0-9_-]{0,31}(?<!_)$/;
export const TOOL_NAME = /^(?!.*__)[A-Za-z][A-Za-z0-9_-]{0,47}(?<!_)$/;

/** The name under which a plugin's actions stand in the log. */
export function pluginAgentId(name: string): string {
  return `plugin_${name}`;
}
