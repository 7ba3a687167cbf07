/** What a plugin says of itself, checked. Nothing of it is believed further than these schemas go. */
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";
import { z } from "zod";
import { parsePermission } from "./permissions.ts";
import { PLUGIN_NAME, TOOL_NAME } from "./pluginNames.ts";

const LETTERS = "letters, digits, _ or -, begin with a letter, not end with _ and not contain __";
export const pluginNameSchema = z.string().regex(PLUGIN_NAME, `must be 1 to 32 ${LETTERS}`);
export const toolNameSchema = z.string().regex(TOOL_NAME, `must be 1 to 48 ${LETTERS}`);

const dependency = z.string().superRefine((text, issue) => {
  const { name: wanted, range } = splitDependency(text);
  if (pluginNameSchema.safeParse(wanted).success && validRange(range) !== null) return;
  issue.addIssue({ code: "custom", message: `${text} must be a plugin's name, or name@range such as other@^1.0.0` });
});

const permission = z.string().superRefine((text, issue) => {
  const parsed = parsePermission(text);
  if (typeof parsed === "string") issue.addIssue({ code: "custom", message: parsed });
});

/** As many as a person can be shown at once: what is not seen must not be granted. */
const MAXIMUM_PERMISSIONS = 20;

export const pluginMetadataSchema = z.object({
  name: pluginNameSchema,
  version: z.string().refine((text) => valid(text) !== null, "must be a semantic version such as 1.0.0"),
  description: z.string().min(1).max(2000),
  author: z.string().max(200).optional(),
  dependencies: z.array(dependency).max(50).default([]),
  permissions: z
    .array(permission)
    .max(
      MAXIMUM_PERMISSIONS,
      `must be at most ${MAXIMUM_PERMISSIONS}; a pattern such as files:read:docs/** stands for many`,
    )
    .default([]),
  agentTypes: z.array(z.string().min(1).max(64)).max(100).optional(),
});
export type KnownMetadata = z.infer<typeof pluginMetadataSchema>;

export interface Dependency {
  readonly name: string;
  readonly range: string;
}

export function splitDependency(text: string): Dependency {
  const at = text.indexOf("@");
  return at < 0 ? { name: text, range: "*" } : { name: text.slice(0, at), range: text.slice(at + 1) };
}

/** What does not fit, in one line. */
export function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}
