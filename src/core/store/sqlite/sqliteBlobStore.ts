/** The port to blobs on a connection to their worker. */
import type { Clock } from "../../ports.ts";
import type {
  BlobExamination,
  BlobGroup,
  BlobStore,
  BlobTotals,
  BlobUsage,
  CollectOptions,
  CollectReport,
  ContentKind,
} from "../blobStore.ts";
import type { LeaseOwner } from "../sessionStore.ts";
import type { ObjectsCalls } from "./objectsProtocol.ts";
import type { StoreConnection } from "./storeConnection.ts";

/** Hashes sent to the worker at once. */
const BATCH_HASHES = 1_000;

export class SqliteBlobStore implements BlobStore {
  readonly #connection: StoreConnection<ObjectsCalls>;
  readonly #clock: Clock;
  readonly #owner: LeaseOwner;

  constructor(connection: StoreConnection<ObjectsCalls>, clock: Clock, owner: LeaseOwner) {
    this.#connection = connection;
    this.#clock = clock;
    this.#owner = owner;
  }

  async put(contents: readonly Uint8Array[], kind: ContentKind = "content"): Promise<string[]> {
    return this.#connection.request("put", { contents, kind }, this.#clock.now());
  }

  async get(hash: string): Promise<Uint8Array> {
    const [content] = await this.getMany([hash]);
    return content ?? new Uint8Array();
  }

  async getMany(hashes: readonly string[]): Promise<Uint8Array[]> {
    return this.#connection.request("get", hashes, this.#clock.now());
  }

  async has(hashes: readonly string[]): Promise<boolean[]> {
    return this.#connection.request("has", hashes, this.#clock.now());
  }

  async collect({ keep, signal }: CollectOptions): Promise<CollectReport | undefined> {
    signal?.throwIfAborted();
    const token = await this.#connection.request("beginCollection", this.#owner, this.#clock.now());
    if (token === undefined) return undefined;
    try {
      let hashes: string[] = [];
      const send = async (): Promise<void> => {
        signal?.throwIfAborted();
        await this.#connection.request("keep", { token, hashes }, this.#clock.now());
        hashes = [];
      };
      for await (const hash of keep) if (hashes.push(hash) >= BATCH_HASHES) await send();
      await send();
      return await this.#connection.request("sweep", token, this.#clock.now(), signal ? { signal } : {});
    } finally {
      await this.#connection.request("endCollection", token, this.#clock.now());
    }
  }

  async examine(
    hashes: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<BlobExamination> {
    return this.#connection.request("examine", hashes, this.#clock.now(), signal ? { signal } : {});
  }

  async usage(groups: readonly BlobGroup[]): Promise<BlobUsage[]> {
    return this.#connection.request("usage", groups, this.#clock.now());
  }

  async totals(): Promise<BlobTotals> {
    return this.#connection.request("totals", null, this.#clock.now());
  }
}
