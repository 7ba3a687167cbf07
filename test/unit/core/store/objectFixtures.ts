/** A real store of objects in a folder of the test. */
import type { Clock } from "../../../../src/core/ports.ts";
import { openObjectStore, type ObjectStore } from "../../../../src/core/store/sqlite/openObjectStore.ts";
import type { ObjectsWorkerData } from "../../../../src/core/store/sqlite/objectsProtocol.ts";
import { silentLogger } from "./storeFixtures.ts";

export const objectsWorkerUrl = new URL("../../../../src/core/store/sqlite/objectsWorker.ts", import.meta.url);

export const HOUR = 60 * 60 * 1000;

export function openTestObjects(
  home: string,
  clock: Clock,
  limits?: Pick<ObjectsWorkerData, "maximumPages" | "racyMilliseconds">,
): Promise<ObjectStore> {
  return openObjectStore({
    home,
    workerUrl: objectsWorkerUrl,
    host: "test",
    clock,
    logger: silentLogger,
    ...(limits ? { limits } : {}),
  });
}

/** Bytes that cannot be compressed, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
