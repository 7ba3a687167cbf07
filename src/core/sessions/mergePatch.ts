/** How a patch changes a state: objects are merged key by key, anything else is replaced. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own value of a key; a key such as `constructor` is nothing special. */
export function ownValue<Value>(object: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets an own value, also for the key `__proto__`, which an assignment would take for the prototype. */
export function setOwnValue<Value>(object: Record<string, Value>, key: string, value: Value): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A new object; neither argument is changed, unmerged values are shared with them. */
export function mergePatch(base: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = ownValue(base, key);
    setOwnValue(merged, key, isObject(before) && isObject(value) ? mergePatch(before, value) : value);
  }
  return merged;
}
