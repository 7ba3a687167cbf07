/** Starts the process under test and tells how it ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { bundleFolder } from "./bundleRunner.ts";
import { probeEnvironment, toldLine, type ProbeOptions } from "./probe.ts";
import type { RunnerEnd, RunnerRequest } from "./runnerMessages.ts";

export type RunnerOutcome =
  /** It said how it ended. */
  | { readonly killed: false; readonly end: RunnerEnd; readonly stderr: string }
  | { readonly killed: true; readonly stderr: string };

export interface RunnerProcess {
  readonly pid: number;
  /** Rejects when it ended in neither way. */
  readonly outcome: Promise<RunnerOutcome>;
  /** Kills it, if it still runs, and waits until it is gone. */
  kill(): Promise<void>;
  /** Resolves when the process tells that it came to a point. Rejects when it ends before. */
  reached(point: string): Promise<void>;
  /** SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
}

export function startRunner(options: {
  readonly request: RunnerRequest;
  readonly probe: ProbeOptions;
  readonly uid?: number;
}): RunnerProcess {
  const { request, probe, uid } = options;
  const child = spawn(process.execPath, [join(bundleFolder, "runner.js"), JSON.stringify(request)], {
    env: {
      PATH: process.env["PATH"],
      TZ: "UTC",
      NODE_COMPILE_CACHE: join(bundleFolder, "compiled"),
      ...probeEnvironment(probe),
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const outcome = (async (): Promise<RunnerOutcome> => {
    const [code, signal] = await exited;
    const [stdout, stderr] = await output;
    if (signal === "SIGKILL") return { killed: true, stderr };
    if (code !== 0) throw new Error(`the process ended with ${signal ?? code}\n${stdout}\n${stderr}`);
    return { killed: false, end: JSON.parse(stdout) as RunnerEnd, stderr };
  })();
  // Whoever waits for it hears of it; a test that ended before does not.
  outcome.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    outcome,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    reached: async (point) => {
      const told = Promise.withResolvers<void>();
      let said = "";
      child.stderr.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes(toldLine(point))) told.resolve();
      });
      await Promise.race([told.promise, exited.then(() => Promise.reject(new Error(`it ended before ${point}`)))]);
    },
    signal: (signal) => void child.kill(signal),
  };
}
