/** A session as a run leaves it, with the folder captured at each version, written through an engine of the test's own. */
import { rm } from "node:fs/promises";
import type { Engine } from "../../src/core/engine.ts";
import type { Effect, EventDraft } from "../../src/core/events/event.ts";
import type { EntryChange } from "../../src/core/snapshots/snapshotWork.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../support/temporaryFolder.ts";

const SOURCE = "test";
/** Who changed all of it. */
const AGENT = "coder_1";

/** What a step leaves in the folder; null deletes. */
export type Changes = Readonly<Record<string, string | Uint8Array | null>>;

export interface RecordedSession extends AsyncDisposable {
  readonly sessionId: string;
  readonly folder: TemporaryFolder;
  /** Adds to the log as its owner would. */
  record(...events: EventDraft[]): Promise<void>;
  /** A step that changes the folder and is then captured as `versionId`. */
  addStep(title: string, changes: Changes): Promise<{ versionId: string; manifest: string }>;
}

/** `files` are what the session finds: `v1`. */
export async function recordSession(
  engine: Engine,
  options: { readonly goal: string; readonly files: Changes; readonly sessionId?: string },
): Promise<RecordedSession> {
  const { goal, files } = options;
  const folder = await createTemporaryFolder({ prefix: "ai-orchestrator-recorded" });
  const folders = [{ name: "project", path: folder.path }];
  const snapshots = await engine.snapshots.of(folders);
  const sessionId =
    options.sessionId ?? `recorded_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
  let isCreated = false;
  let versions = 0;
  let before = "";
  const record = async (...events: EventDraft[]): Promise<void> => {
    const writer = isCreated
      ? await engine.sessions.openForWriting(sessionId)
      : await engine.sessions.create({ sessionId, goal, folders });
    isCreated = true;
    let seq = writer.lastSeq;
    const { epoch } = writer.lease;
    await writer.commit(
      events.map((event) => {
        seq += 1;
        return {
          id: `e${seq}`,
          seq,
          epoch,
          timestamp: new Date().toISOString(),
          sessionId,
          ...event,
        };
      }),
    );
    await writer.close();
  };
  const change = async (changes: Changes): Promise<void> => {
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) await rm(folder.join(path), { recursive: true });
      else await folder.write({ [path]: content });
    }
  };
  const capture = async (): Promise<{ manifest: string; changes: readonly EntryChange[] }> => {
    const { manifest } = await snapshots.capture();
    const changes = before === "" ? [] : await snapshots.compare(before, manifest);
    before = manifest;
    return { manifest, changes };
  };

  await change(files);
  const { manifest } = await capture();
  versions += 1;
  await record(
    { type: "session_created", source: SOURCE, goal, folders },
    { type: "snapshot_created", source: SOURCE, versionId: "v1", reason: "session_created", manifest },
  );
  return {
    sessionId,
    folder,
    record,
    addStep: async (title, wanted) => {
      await change(wanted);
      const { manifest, changes } = await capture();
      versions += 1;
      const [versionId, stepId] = [`v${versions}`, `step${versions}`];
      const step = { source: SOURCE, stepId, title, description: title, attempt: 1 };
      await record(
        { type: "step_started", ...step, agentType: "coder" },
        {
          type: "tool_result",
          source: SOURCE,
          stepId,
          attempt: 1,
          agentId: AGENT,
          toolUseId: `call_${versions}`,
          tool: "write",
          isError: false,
          content: "Done.",
          effects: changes.map(effectOf),
        },
        { type: "step_completed", ...step, agentId: AGENT, result: "Done.", outputs: [] },
        {
          type: "snapshot_created",
          source: SOURCE,
          versionId,
          reason: "step_completed",
          stepId,
          manifest,
          files: changes.length,
        },
      );
      return { versionId, manifest };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function effectOf({ path, change, before, after }: EntryChange): Effect {
  return {
    path,
    change,
    ...(before
      ? { before: before.hash, beforeEntry: { kind: before.kind, mode: before.mode, size: before.size } }
      : {}),
    ...(after ? { after: after.hash, afterEntry: { kind: after.kind, mode: after.mode, size: after.size } } : {}),
  };
}
