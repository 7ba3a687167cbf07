import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseArguments } from "../../../src/cli/arguments.ts";
import { UsageError } from "../../../src/cli/usageError.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { prepareResumption } from "../../../src/cli/resumeSession.ts";
import { OrchestratorError } from "../../../src/core/errors.ts";
import type { SessionRow, VersionRow } from "../../../src/core/store/sessionStore.ts";

let folder: string;

beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), "resume-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const VERSIONS = [
  { versionId: "v1", stepId: null, manifest: null, isRemoved: false },
  { versionId: "v2", stepId: "outline", manifest: "m2", isRemoved: false },
  { versionId: "v3", stepId: "write", manifest: "m3", isRemoved: false },
] as unknown as VersionRow[];

const notes: string[] = [];

async function prepare(argv: readonly string[], row: Partial<SessionRow> = {}) {
  const command = parseArguments(argv);
  if (command.kind !== "resume") throw new Error(`not a resume: ${command.kind}`);
  const prepared = await prepareResumption(command, {
    sessions: {
      getSession: async (sessionId) =>
        ({
          sessionId,
          demo: false,
          owner: null,
          folders: [{ name: "app", path: folder }],
          ...row,
        }) as unknown as SessionRow,
      listVersions: async () => VERSIONS,
      getVersion: async (sessionId, versionId) => {
        const version = VERSIONS.find((row) => row.versionId === versionId);
        if (version) return version;
        throw new OrchestratorError("version.unknown", { id: sessionId, version: versionId, nearest: "v3" });
      },
    },
    restores: { plan: () => Promise.reject(new Error("nobody is asked")) },
    console: { note: (text) => void notes.push(text) },
    trust: { trustAll: async () => undefined },
    invocation: { command: "ai-orchestrator", folder },
    home: path.join(tmpdir(), "resume-home"),
    catalogue: catalogueFor("ai-orchestrator"),
  });
  if (prepared === undefined) throw new Error("cancelled, and nobody was asked");
  return prepared;
}

async function refusal(argv: readonly string[], row?: Partial<SessionRow>): Promise<string> {
  const error: unknown = await prepare(argv, row).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error.message;
  throw error;
}

test("a session goes on in its own folders with what was typed", async () => {
  const argv = ["--resume", "s/v3", "--from-step", "write", "--model", "m", "--provider", "anthropic"];
  expect(await prepare(argv)).toEqual({
    notice: undefined,
    folders: [{ name: "app", path: folder }],
    request: { sessionId: "s", fromStep: "write", model: "m", provider: "anthropic" },
  });
});

test("folders that are named are those it goes on in", async () => {
  const { folders, request } = await prepare(["--resume", "s", "--workspace", "."], {
    folders: [{ name: "app", path: "/gone" }],
  });
  expect(folders).toMatchObject([{ path: folder }]);
  expect(request.workspaceFolders).toEqual(folders);
});

test("a session of the demo model says that it stays with it, unless another was asked for", async () => {
  expect((await prepare(["--resume", "s"], { demo: true })).notice).toContain("--provider anthropic");
  expect((await prepare(["--resume", "s", "--provider", "auto"], { demo: true })).notice).toBeUndefined();
});

test("of an older version the folder is restored, left alone, or put elsewhere", async () => {
  const place = { sessionId: "s", versionId: "v2" };
  expect((await prepare(["--resume", "s/v2"])).request).toMatchObject({ ...place, workspace: { kind: "restore" } });
  expect((await prepare(["--resume", "s/v2", "--keep-files"])).request).toEqual({
    ...place,
    workspace: { kind: "keep" },
  });
  expect((await prepare(["--resume", "s/v2", "-w", "new"])).request).toMatchObject({
    ...place,
    workspace: { kind: "newFolder", path: path.join(folder, "new") },
  });
  expect((await prepare(["--resume", "s/v3", "-w", "new"])).request).toMatchObject({
    workspace: { kind: "newFolder" },
  });
});

test("for a new folder the old one may be gone", async () => {
  const gone = { folders: [{ name: "app", path: "/gone" }] };
  expect((await prepare(["--resume", "s/v2", "-w", "new"], gone)).folders).toEqual([]);
  expect(await refusal(["--resume", "s/v2"], gone)).toContain("/gone");
});

test("what does not go with a version is refused with what does", async () => {
  expect(await refusal(["--resume", "s/v1"])).toMatch(
    /v1 .* holds no files\. These hold files: v2, v3\..*--keep-files/,
  );
  expect(await refusal(["--resume", "s/v2", "-w", "a", "-w", "b"])).toContain("one new folder");
  expect(await refusal(["--resume", "s/v2", "-w", "a", "--keep-files"])).toContain("do not go together");
  expect(await refusal(["--resume", "s", "--keep-files"])).toContain("--resume s/v2 --keep-files");
  const owner = { host: "terminal", pid: 7 } as unknown as SessionRow["owner"];
  await expect(prepare(["--resume", "s/v2"], { owner })).rejects.toMatchObject({
    code: "fork.running",
    params: { id: "s", version: "v2", owner: "terminal (process 7)" },
  });
});

test("a version that does not exist is named with one that does", async () => {
  await expect(prepare(["--resume", "s/v9"])).rejects.toMatchObject({ code: "version.unknown" });
});

test("a folder that is gone is asked for; of several each has its place", async () => {
  const gone = { name: "app", path: path.join(folder, "gone") };
  expect(await refusal(["--resume", "s"], { folders: [gone] })).toContain(
    "`ai-orchestrator --resume s --workspace DIR`",
  );
  const two = [{ name: "api", path: folder }, gone];
  expect(await refusal(["--resume", "s"], { folders: two })).toContain("--workspace API --workspace APP`");
});
