/** The port to the work on snapshots on a connection to its worker. */
import type { Clock } from "../../ports.ts";
import type { SnapshotWork, WorkOptions } from "../../snapshots/snapshotWork.ts";
import type { Progress } from "../../snapshots/workPace.ts";
import type { ObjectsCalls } from "./objectsProtocol.ts";
import type { StoreConnection } from "./storeConnection.ts";

export function snapshotWorkOn(connection: StoreConnection<ObjectsCalls>, clock: Clock): SnapshotWork {
  const ask =
    <Name extends keyof SnapshotWork>(name: Name) =>
    (request: Parameters<ObjectsCalls[Name]>[0], { signal, onProgress }: WorkOptions = {}) =>
      connection.request(name, request, clock.now(), {
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onNote: (note) => onProgress(note as Progress) } : {}),
      });
  return {
    capture: ask("capture"),
    preserve: ask("preserve"),
    amend: ask("amend"),
    compare: ask("compare"),
    find: ask("find"),
    list: ask("list"),
    planRestore: ask("planRestore"),
    applyRestore: ask("applyRestore"),
    joinFolders: ask("joinFolders"),
    splitFolders: ask("splitFolders"),
    merge: ask("merge"),
  };
}
