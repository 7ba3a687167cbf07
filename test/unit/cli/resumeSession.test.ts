import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseArguments, UsageError } from "../../../src/cli/arguments.ts";
import { catalogueFor } from "../../../src/cli/catalogue.ts";
import { prepareResumption } from "../../../src/cli/resumeSession.ts";
import { OrchestratorError } from "../../../src/core/errors.ts";
import type { SessionRow, VersionRow } from "../../../src/core/store/sessionStore.ts";

let folder: string;

beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), "resume-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const VERSIONS = [
  { versionId: "v1", stepId: null },
  { versionId: "v2", stepId: "outline" },
  { versionId: "v3", stepId: "write" },
] as unknown as VersionRow[];

async function prepare(argv: readonly string[], row: Partial<SessionRow> = {}) {
  const command = parseArguments(argv);
  if (command.kind !== "resume") throw new Error(`not a resume: ${command.kind}`);
  return prepareResumption(command, {
    sessions: {
      getSession: async (sessionId) =>
        ({ sessionId, demo: false, folders: [{ name: "app", path: folder }], ...row }) as unknown as SessionRow,
      listVersions: async () => VERSIONS,
      resumeSession: async ({ sessionId, versionId = "" }) => {
        throw new OrchestratorError("version.unknown", { id: sessionId, version: versionId, nearest: "v3" });
      },
    },
    invocation: { command: "ai-orchestrator", folder },
    home: path.join(tmpdir(), "resume-home"),
    catalogue: catalogueFor("ai-orchestrator"),
  });
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

test("an older version is refused with the step to name instead", async () => {
  expect(await refusal(["--resume", "s/v2"])).toMatch(
    /^To go on from v2 .* not possible yet; the newest version is v3\. .*`ai-orchestrator --resume s --from-step outline`\.$/,
  );
  expect(await refusal(["--resume", "s/v1"])).toContain("`ai-orchestrator --resume s --from-step STEP`");
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
