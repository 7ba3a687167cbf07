import { expect, test } from "vitest";
import { ExitCode } from "../../../src/cli/exitCodes.ts";
import { Interruption } from "../../../src/cli/interruption.ts";
import { restoreSession } from "../../../src/cli/restoreSession.ts";
import { startRestoreHost } from "../core/sessions/restoreHost.ts";
import { capturedConsole } from "./captured.ts";

test("Ctrl-C before files are touched leaves them alone, and says so", async () => {
  await using bench = await startRestoreHost();
  await bench.folder.write({ "a.md": "1\n" });
  const session = await bench.begin("mine");
  await session.write({ agentId: "writer_1" }, { "a.md": "2\n" });
  await session.end();
  const { console, stdout, stderr } = capturedConsole();
  const interruption = new Interruption({
    clock: bench.host.clock,
    sameWithinMilliseconds: 0,
    onFirst: () => {},
    onSecond: () => {},
  });
  interruption.interrupt("SIGINT");
  const code = await restoreSession(
    {
      kind: "restore",
      session: "mine",
      what: "v1",
      paths: [],
      workspaces: [],
      dryRun: false,
      json: false,
      verbose: false,
    },
    {
      engine: { restores: bench.restores, sessions: bench.host.sessions },
      console,
      invocation: { command: "ai-orchestrator", folder: bench.folder.path },
      home: bench.host.home.path,
      stdin: process.stdin,
      stderr: process.stderr,
      interruption,
    },
  );
  expect([code, stdout.text, stderr.text]).toEqual([ExitCode.CTRL_C, "", "Nothing was changed.\n"]);
  expect(await bench.folder.read("a.md")).toBe("2\n");
});
