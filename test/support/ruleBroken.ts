/** How the rules of the scripted model server are stated: each with the words of its refusal. */
export type Fields = Readonly<Record<string, unknown>>;

export class RuleBroken extends Error {}

export function requireRule(kept: boolean, otherwise: string): asserts kept {
  if (!kept) throw new RuleBroken(otherwise);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
