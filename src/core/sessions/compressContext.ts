/**
 * Cuts a context to a size: what matters stays as it is, of the rest as much as fits, and what is cut leaves
 * a reference that tells how much it was and names it by its hash.
 */
import { createHash } from "node:crypto";
import { isObject, ownValue, setOwnValue, type JsonObject } from "./mergePatch.ts";

/** Default size of what is not preserved, in characters of JSON: about 8,000 tokens. */
const DEFAULT_CHARACTERS = 32_000;

/** Least size: below, not even a reference for everything fits. */
export const LEAST_CHARACTERS = 256;

/** Stands where something was cut. */
export interface CutReference {
  readonly $cut: {
    /** Length of what was cut: of a text, its characters; of anything else, those of its JSON. */
    readonly characters: number;
    /** SHA-256 in hex of the text in UTF-8, or of the JSON. */
    readonly sha256: string;
    /** How many items of a list, or keys of an object, are not here. */
    readonly items?: number;
    /** How the text begins. */
    readonly beginning?: string;
  };
}

export interface CompressOptions {
  /** Most characters of JSON for what is not preserved; at least 256. Default 32,000. */
  readonly maxCharacters?: number;
}

/** Longest reference without a `beginning`, in characters of JSON. */
const REFERENCE = `{"$cut":{"characters":,"sha256":"","items":}}`.length + 64 + 2 * 16;

/** A beginning shorter than this tells nothing. */
const SHORTEST_BEGINNING = 20;

/**
 * A copy of `context`, in which the values of `preserveKeys` are the same and everything else takes at most
 * `maxCharacters` as JSON. A key is one of the context's own, or a path such as `workflow.goal`. Lists keep
 * their end, texts their beginning; small values go before big ones.
 *
 * The same context always gives the same result. Throws RangeError for a size that is too small, TypeError
 * for what JSON cannot hold.
 */
export function compressContext(
  context: object,
  preserveKeys: readonly string[],
  options: CompressOptions = {},
): JsonObject {
  const limit = options.maxCharacters ?? DEFAULT_CHARACTERS;
  if (!(limit >= LEAST_CHARACTERS)) throw new RangeError(`maxCharacters must be at least ${LEAST_CHARACTERS}`);
  const json = JSON.parse(JSON.stringify(context)) as unknown;
  if (!isObject(json)) throw new TypeError("a context is an object");
  const paths = preserveKeys.map((key) => pathOf(json, key));
  const rest = without(json, paths);
  const compressed = compress(rest, limit) as JsonObject;
  return withPreserved(compressed, context as JsonObject, paths);
}

/** A key of the context's own goes before a path with the same letters. */
function pathOf(context: JsonObject, key: string): string[] {
  return Object.hasOwn(context, key) ? [key] : key.split(".");
}

/** A copy without what is preserved. */
function without(value: JsonObject, paths: readonly (readonly string[])[]): JsonObject {
  const rest: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const below = paths.filter(([first]) => first === key).map((path) => path.slice(1));
    if (below.some((path) => path.length === 0)) continue;
    setOwnValue<unknown>(rest, key, below.length > 0 && isObject(item) ? without(item, below) : item);
  }
  return rest;
}

/** Puts what is preserved back, in the order of the context. */
function withPreserved(compressed: JsonObject, context: JsonObject, paths: readonly (readonly string[])[]): JsonObject {
  const whole: JsonObject = {};
  for (const [key, value] of Object.entries(context)) {
    const below = paths.filter(([first]) => first === key).map((path) => path.slice(1));
    if (below.some((path) => path.length === 0)) setOwnValue(whole, key, value);
    else if (below.length > 0 && isObject(value) && below.some((path) => leadsSomewhere(value, path))) {
      const kept = ownValue(compressed, key);
      setOwnValue<unknown>(whole, key, withPreserved(isObject(kept) ? kept : {}, value, below));
    } else if (Object.hasOwn(compressed, key)) setOwnValue(whole, key, compressed[key]);
  }
  for (const [key, value] of Object.entries(compressed)) {
    if (!Object.hasOwn(whole, key)) setOwnValue(whole, key, value);
  }
  return whole;
}

function leadsSomewhere(value: unknown, path: readonly string[]): boolean {
  const [key, ...below] = path;
  if (key === undefined) return true;
  return isObject(value) && Object.hasOwn(value, key) && leadsSomewhere(value[key], below);
}

/** `value` in at most `limit` characters of JSON; `limit` is at least that of a reference. */
function compress(value: unknown, limit: number): unknown {
  const json = JSON.stringify(value);
  if (json.length <= limit) return value;
  if (typeof value === "string") return compressText(value, limit);
  if (Array.isArray(value)) return compressList(value, json, limit);
  if (isObject(value)) return compressObject(value, json, limit);
  return value;
}

function compressText(text: string, limit: number): unknown {
  const reference = referenceTo(text, text);
  // What JSON makes of a character can be six; what does not fit is cut until it does.
  for (
    let length = Math.min(text.length, limit - REFERENCE - `,"beginning":""`.length);
    length >= SHORTEST_BEGINNING;
  ) {
    const beginning = text.slice(0, length).toWellFormed();
    const cut: CutReference = { $cut: { ...reference.$cut, beginning } };
    const excess = JSON.stringify(cut).length - limit;
    if (excess <= 0) return cut;
    length -= Math.max(1, Math.ceil(excess / 6));
  }
  return reference;
}

/** The newest items are at the end and worth most; what came before them is one reference. */
function compressList(list: readonly unknown[], json: string, limit: number): unknown {
  if (list.length === 1 && limit - 2 >= REFERENCE) return [compress(list[0], limit - 2)];
  const kept: unknown[] = [];
  // The brackets, and the reference with its comma.
  let room = limit - 2 - REFERENCE - 1;
  let position = list.length;
  while (position > 0) {
    const item = list[position - 1];
    const cost = JSON.stringify(item).length + 1;
    if (cost > room) break;
    kept.unshift(item);
    room -= cost;
    position -= 1;
  }
  if (position > 0 && room - 1 >= REFERENCE) {
    kept.unshift(compress(list[position - 1], room - 1));
    position -= 1;
  }
  if (kept.length === 0) return referenceTo(json, list, list.length);
  if (position === 0) return kept;
  const before = list.slice(0, position);
  return [referenceTo(JSON.stringify(before), before, before.length), ...kept];
}

/** Small values stay, big ones share what is left; where not even that is enough, keys go too. */
function compressObject(object: JsonObject, json: string, limit: number): unknown {
  const entries = Object.entries(object).map(([key, value]) => ({
    key,
    value,
    // Quotes, colon, comma.
    keyCost: JSON.stringify(key).length + 2,
    cost: JSON.stringify(value).length,
  }));
  const needed = ({ keyCost, cost }: { keyCost: number; cost: number }): number => keyCost + least(cost);
  // Without the braces, and where not all keys fit without a reference to those left out: `"$cut":{…},`.
  const allFit = entries.reduce((sum, entry) => sum + needed(entry), 0) <= limit - 2;
  let room = allFit ? limit - 2 : limit - 2 - REFERENCE - 1;
  const chosen = new Set<(typeof entries)[number]>();
  for (const entry of entries.toSorted((left, right) => needed(left) - needed(right))) {
    if (needed(entry) > room) break;
    chosen.add(entry);
    room -= needed(entry);
  }
  if (chosen.size === 0) return referenceTo(json, object, entries.length);
  const limits = shares(
    [...chosen].map(({ cost }) => cost),
    room,
  );
  const result: JsonObject = {};
  const limitOf = new Map([...chosen].map((entry, index) => [entry, limits[index] ?? 0]));
  for (const entry of entries) {
    const share = limitOf.get(entry);
    if (share !== undefined) setOwnValue(result, entry.key, compress(entry.value, share));
  }
  const left = entries.filter((entry) => !chosen.has(entry));
  if (left.length === 0) return result;
  const gone = Object.fromEntries(left.map(({ key, value }) => [key, value]));
  // A key of this name is the user's own: it stays, and only the hash of what is gone is missing.
  if (Object.hasOwn(result, "$cut")) return result;
  return { ...result, ...referenceTo(JSON.stringify(gone), gone, left.length) };
}

/** What a value of this size takes at the least. */
function least(cost: number): number {
  return Math.min(cost, REFERENCE);
}

/**
 * Room for each value: all of them have their least already, `room` is what is left. Every value gets what
 * it needs or the same most as the others that need more.
 */
function shares(costs: readonly number[], room: number): number[] {
  const order = costs.map((cost, index) => ({ index, wanted: cost - least(cost) }));
  const given = costs.map(least);
  let left = room;
  const byWant = order.toSorted((one, other) => one.wanted - other.wanted || one.index - other.index);
  for (const [place, { index, wanted }] of byWant.entries()) {
    const more = Math.min(wanted, Math.floor(left / (byWant.length - place)));
    given[index] = (given[index] ?? 0) + more;
    left -= more;
  }
  return given;
}

function referenceTo(text: string, value: unknown, items?: number): CutReference {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const counted = typeof value === "string" || items === undefined ? {} : { items };
  return { $cut: { characters: text.length, sha256, ...counted } };
}
