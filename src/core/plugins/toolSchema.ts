/**
 * Which input schemas a plugin's tool may have. The model's server refuses a whole request for one tool it cannot
 * read, and with it every agent that has the tool: so what it would refuse is refused here.
 */
import { z } from "zod";
import { faultsOf } from "./pluginMetadata.ts";

const MAXIMUM_CHARACTERS = 64 * 1024;
/** Of the whole name; servers that speak the Messages API take no longer one. */
export const MAXIMUM_NAME_CHARACTERS = 64;

const type = z.enum(["array", "boolean", "integer", "null", "number", "object", "string"]);
const count = z.number().int().nonnegative();

const any: z.ZodType = z.lazy(() => z.union([z.boolean(), schema]));
const some = z.array(any).min(1);
const named = z.record(z.string(), any);

/** The words of JSON Schema 2020-12 that have a form; others say nothing to a validator. */
const schema: z.ZodType = z.lazy(() =>
  z.looseObject({
    type: z.union([type, z.array(type).min(1)]).optional(),
    properties: named.optional(),
    patternProperties: named.optional(),
    $defs: named.optional(),
    dependentSchemas: named.optional(),
    additionalProperties: any.optional(),
    propertyNames: any.optional(),
    unevaluatedProperties: any.optional(),
    items: any.optional(),
    prefixItems: some.optional(),
    contains: any.optional(),
    not: any.optional(),
    anyOf: some.optional(),
    oneOf: some.optional(),
    allOf: some.optional(),
    enum: z.array(z.unknown()).optional(),
    required: z.array(z.string()).optional(),
    $ref: z.string().optional(),
    pattern: z.string().refine(isPattern, "must be a regular expression").optional(),
    description: z.string().optional(),
    title: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: count.optional(),
    maxLength: count.optional(),
    minItems: count.optional(),
    maxItems: count.optional(),
  }),
);

/** Why agents could not be given a tool with this input, in one line, or undefined. */
export function faultsOfInputSchema(input: Readonly<Record<string, unknown>>): string | undefined {
  if (JSON.stringify(input).length > MAXIMUM_CHARACTERS) return `it is longer than ${MAXIMUM_CHARACTERS} characters`;
  const choice = ["anyOf", "oneOf", "allOf"].find((word) => input[word] !== undefined);
  if (choice !== undefined)
    return `it has ${choice} at its top (a union in zod); make it one object and put the choice into a property`;
  if (input["type"] !== undefined && input["type"] !== "object") return `its type must be "object"`;
  const checked = schema.safeParse(input);
  return checked.success ? undefined : faultsOf(checked.error);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
