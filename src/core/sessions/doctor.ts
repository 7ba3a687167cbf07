/** Looks at the health of the home and everything in it, repairs what is derived, and tells the rest. */
import { chmod, lstat } from "node:fs/promises";
import path from "node:path";
import { toOrchestratorError, type OrchestratorError } from "../errors.ts";
import type { Message } from "../messages.ts";
import type { SessionStore } from "../store/sessionStore.ts";
import { markDamaged } from "../store/sqlite/storeFiles.ts";
import type { StoreMaintenance } from "../store/storeMaintenance.ts";
import { ConfigFile } from "../settings/configFile.ts";
import { checkContents, type ContentCheckOptions } from "./contentCheck.ts";
import { SessionCheck, type Finding } from "./sessionCheck.ts";
import { SessionReader } from "./sessionReader.ts";

export interface DoctorReport {
  /** Nothing is left that a person has to look at. */
  readonly healthy: boolean;
  /** In the order in which they were made; one that could not be made is missing. */
  readonly checks: readonly Check[];
  readonly sessions: number;
  readonly events: number;
}

export interface Check {
  readonly name: "home" | "settings" | "store" | "leases" | "sessions" | "contents";
  readonly findings: readonly Finding[];
}

type Store = SessionStore & StoreMaintenance;

/** Where what snapshots hold is kept; absent where nothing can be there. */
type Objects = ContentCheckOptions["objects"] | undefined;

/** What others may read by their mode bits is exposed. */
const FOR_OTHERS = 0o077;

/** Files and folders of the home that only its owner may read. */
const PRIVATE = ["", "config.json", "store.db", "objects.db", "backups"];

/** Examines a home whose store is closed here; a damaged store is salvaged. Rejects only where reading fails. */
export async function examineHome(options: {
  readonly home: string;
  /** Opens the store; `onNotice` hears that it was salvaged. */
  readonly openStore: (onNotice: (notice: Message) => void) => Promise<Store>;
  readonly objects?: Objects;
}): Promise<DoctorReport> {
  const { home, openStore, objects } = options;
  const checks = await checkFiles(home);
  const notices: Message[] = [];
  let store: Store | undefined;
  try {
    store = await openStore((notice) => notices.push(notice));
    const damage = (await store.inspect()).damage.length > 0;
    if (damage) {
      await store.close();
      // Whoever opens a store that is marked looks through it and salvages it.
      markDamaged(home);
      store = await openStore((notice) => notices.push(notice));
    }
    const told = notices.map((message) => ({ repaired: message.code === "store.salvaged", message }));
    return await checkStore(store, { before: checks, told, objects });
  } catch (error) {
    return reportOf([...checks, { name: "store", findings: [problem(toOrchestratorError(error))] }], 0, 0);
  } finally {
    await store?.close();
  }
}

/** Examines a home whose store is in use by this process, which therefore cannot be salvaged. */
export async function examineOpenHome(home: string, store: Store, objects?: Objects): Promise<DoctorReport> {
  return checkStore(store, { before: await checkFiles(home), told: [], objects });
}

async function checkFiles(home: string): Promise<Check[]> {
  return [
    { name: "home", findings: await checkModes(home) },
    { name: "settings", findings: await checkSettings(home) },
  ];
}

async function checkModes(home: string): Promise<Finding[]> {
  if (process.platform === "win32") return [];
  const findings: Finding[] = [];
  for (const name of PRIVATE) {
    const file = path.join(home, name);
    const found = await lstat(file).catch(() => undefined);
    // A link has no mode of its own; where it leads is the person's choice.
    if (!found || found.isSymbolicLink() || (found.mode & FOR_OTHERS) === 0) continue;
    const message: Message<"doctor.exposed"> = { code: "doctor.exposed", params: { path: file } };
    const closed = await chmod(file, found.mode & 0o777 & ~FOR_OTHERS).then(
      () => true,
      () => false,
    );
    findings.push({ repaired: closed, message });
  }
  return findings;
}

async function checkSettings(home: string): Promise<Finding[]> {
  try {
    await ConfigFile.open(home);
    return [];
  } catch (error) {
    return [problem(toOrchestratorError(error))];
  }
}

async function checkStore(
  store: Store,
  { before, told, objects }: { before: readonly Check[]; told: readonly Finding[]; objects: Objects },
): Promise<DoctorReport> {
  const { damage, schema } = await store.inspect();
  const findings: Finding[] = [
    ...told,
    ...damage.slice(0, 1).map((detail) => found({ code: "doctor.damaged", params: { detail } })),
    ...schema.map((detail) => found({ code: "doctor.schema", params: { detail } })),
  ];
  const checks: Check[] = [...before, { name: "store", findings }];
  // Of a damaged store nothing more can be said, and nothing is written into it.
  if (damage.length > 0) return reportOf(checks, 0, 0);
  checks.push({ name: "leases", findings: await checkLeases(store) });
  const { findings: sessionFindings, sessions, events } = await checkSessions(store);
  checks.push({ name: "sessions", findings: sessionFindings });
  if (objects) checks.push({ name: "contents", findings: await checkContents({ store, objects }) });
  return reportOf(checks, sessions, events);
}

async function checkLeases(store: Store): Promise<Finding[]> {
  const freed = await store.freeDeadLeases();
  const leftovers = await store.removeLeftovers();
  return [
    ...freed.map(({ sessionId: id, owner }) => repaired({ code: "doctor.lease", params: { id, owner } })),
    ...(leftovers > 0 ? [repaired({ code: "doctor.leftovers", params: { count: leftovers } })] : []),
  ];
}

async function checkSessions(store: Store): Promise<{ findings: Finding[]; sessions: number; events: number }> {
  const reader = new SessionReader(store);
  const check = new SessionCheck({ store, reader });
  const findings: Finding[] = [];
  let sessions = 0;
  let events = 0;
  for await (const row of reader.sessions()) {
    findings.push(...(await check.check(row)));
    sessions += 1;
    events += row.lastSeq;
  }
  return { findings, sessions, events };
}

function reportOf(checks: readonly Check[], sessions: number, events: number): DoctorReport {
  const healthy = checks.every(({ findings }) => findings.every((finding) => finding.repaired));
  return { healthy, checks, sessions, events };
}

function found(message: Message): Finding {
  return { repaired: false, message };
}

function repaired(message: Message): Finding {
  return { repaired: true, message };
}

function problem({ code, params }: OrchestratorError): Finding {
  return { repaired: false, message: { code, params } };
}
