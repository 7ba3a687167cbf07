/** What the two sides of the objects' worker say to each other, beside what storeProtocol.ts has. */
import type { SnapshotWork } from "../../snapshots/snapshotWork.ts";
import type { BlobExamination, BlobGroup, BlobTotals, BlobUsage, CollectReport, ContentKind } from "../blobStore.ts";
import type { HereAndNow } from "../processIdentity.ts";
import type { LeaseOwner } from "../sessionStore.ts";
import type { BusyLimits } from "./busy.ts";

/** What the worker is started with. */
export interface ObjectsWorkerData {
  readonly home: string;
  readonly now: number;
  readonly here: HereAndNow;
  readonly busy?: BusyLimits;
  /** The file may not grow beyond so many pages: a full disk for tests. */
  readonly maximumPages?: number;
  /** See diskStat.ts; for tests that cannot wait so long. */
  readonly racyMilliseconds?: number;
}

/** The calls of BlobStore, and the steps of a collection. */
interface BlobCalls {
  put(request: { readonly contents: readonly Uint8Array[]; readonly kind: ContentKind }, now: number): string[];
  get(hashes: readonly string[], now: number): Uint8Array<ArrayBuffer>[];
  has(hashes: readonly string[], now: number): boolean[];
  beginCollection(owner: LeaseOwner, now: number): number | undefined;
  keep(request: { readonly token: number; readonly hashes: readonly string[] }, now: number): void;
  sweep(token: number, now: number): CollectReport;
  endCollection(token: number, now: number): void;
  examine(hashes: readonly string[], now: number): BlobExamination;
  usage(groups: readonly BlobGroup[], now: number): BlobUsage[];
  totals(request: null, now: number): BlobTotals;
}

/** The calls of SnapshotWork. */
type SnapshotCalls = {
  readonly [Name in keyof SnapshotWork]: (
    request: Parameters<SnapshotWork[Name]>[0],
    now: number,
  ) => Awaited<ReturnType<SnapshotWork[Name]>>;
};

export type ObjectsCalls = BlobCalls & SnapshotCalls;
export type ObjectsCallName = keyof ObjectsCalls;

/** One request; a union of all, so that the argument is known once `name` is. */
export type ObjectsRequest =
  | {
      [Name in ObjectsCallName]: {
        readonly id: number;
        readonly name: Name;
        readonly argument: Parameters<ObjectsCalls[Name]>[0];
        readonly now: number;
      };
    }[ObjectsCallName]
  | { readonly id: number; readonly name: "close" }
  /** Stop working on the request of this id. */
  | { readonly cancel: number; readonly name?: never };
