/**
 * Who a process is, so that a lease's owner is known to be gone the moment its process is, and a reused
 * process id is not mistaken for it.
 *
 * On Linux `/proc` tells everything. Elsewhere only whether a process with the id exists is known: a
 * missing one proves that the owner is gone, an existing one proves nothing, and the lease's expiry decides.
 */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { OrchestratorError, messageOf } from "../errors.ts";
import type { LeaseOwner } from "./sessionStore.ts";

/** Who it is, for people. */
export function ownerWords({ host, pid }: Pick<LeaseOwner, "host" | "pid">): string {
  return `${host} (process ${pid})`;
}

/** Stands where the platform does not tell; equal to nothing. */
const UNKNOWN = "unknown";

/** The machine as this process sees it: what decides whether another owner's process can be looked up. */
export type HereAndNow = Pick<LeaseOwner, "machineId" | "bootId">;

/**
 * This process as the owner of leases. `host` is for people: `terminal`, `VS Code`, `api`.
 * `home` must exist; where the system has no machine id, one is generated and kept there. Throws `home.notWritable`.
 */
export async function describeThisProcess(options: {
  home: string;
  host: string;
  /** Default `/etc/machine-id`. */
  machineIdFile?: string;
}): Promise<LeaseOwner> {
  return {
    machineId: await readMachineId(options.home, options.machineIdFile ?? "/etc/machine-id"),
    bootId: readText("/proc/sys/kernel/random/boot_id") ?? UNKNOWN,
    pid: process.pid,
    processStartedAt: readProcess(process.pid)?.startedAt ?? UNKNOWN,
    host: options.host,
  };
}

/** True only when the owner's process is certainly gone; false when it lives or cannot be looked up from here. */
export function isProcessGone(owner: LeaseOwner, here: HereAndNow): boolean {
  if (owner.machineId !== here.machineId) return false;
  if (owner.bootId !== UNKNOWN && here.bootId !== UNKNOWN && owner.bootId !== here.bootId) return true;
  const found = readProcess(owner.pid);
  if (!found) return !processExists(owner.pid);
  if (found.zombie) return true;
  return owner.processStartedAt !== UNKNOWN && owner.processStartedAt !== found.startedAt;
}

/**
 * The id holds the host's name and, in a container, its process id namespace: two machines from one disk
 * image and two containers of one machine cannot see each other's processes and must not share an id.
 */
async function readMachineId(home: string, machineIdFile: string): Promise<string> {
  const id = readText(machineIdFile) ?? (await keptMachineId(home));
  const parts = [id, os.hostname(), readLink("/proc/self/ns/pid") ?? ""];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32);
}

/** The id kept in the home. Throws `home.notWritable`. */
async function keptMachineId(home: string): Promise<string> {
  const file = path.join(home, "machine-id");
  const kept = readText(file);
  if (kept !== undefined) return kept;
  try {
    await createWhole(file, randomUUID());
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new OrchestratorError("home.notWritable", { home, detail: messageOf(error) }, { cause: error });
  }
}

/** Creates the file unless it exists. Linked into place, so that no process ever reads half of it. */
async function createWhole(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A process as Linux describes it; undefined on other systems and when there is no such process. */
function readProcess(pid: number): { startedAt: string; zombie: boolean } | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses and may hold spaces and parentheses itself (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0] ?? "";
  // Field 22, in clock ticks since the machine started.
  return { startedAt: fields[19] ?? UNKNOWN, zombie: state === "Z" || state === "X" };
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
