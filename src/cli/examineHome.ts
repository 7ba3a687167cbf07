/** `--doctor`: examines the home, whatever state settings and store are in, and says what it found. */
import { stat } from "node:fs/promises";
import { wordsOf, type Catalogue } from "../core/messages.ts";
import type { Clock } from "../core/ports.ts";
import { examineHome, type DoctorReport } from "../core/sessions/doctor.ts";
import { openObjectStore, type ObjectStore } from "../core/store/sqlite/openObjectStore.ts";
import { openSessionStore } from "../core/store/sqlite/openSessionStore.ts";
import type { Console } from "./console.ts";
import { ExitCode } from "./exitCodes.ts";
import { StderrLogger } from "./stderrLogger.ts";

export interface ExamineOptions {
  readonly home: string;
  readonly storeWorkerUrl: URL;
  readonly objectsWorkerUrl: URL;
  readonly clock: Clock;
  readonly console: Console;
  readonly catalogue: Catalogue;
  readonly json: boolean;
  readonly verbose: boolean;
}

const NAMES: Readonly<Record<DoctorReport["checks"][number]["name"], string>> = {
  home: "Permissions",
  settings: "Settings",
  store: "Session store",
  leases: "Owners of sessions",
  sessions: "Sessions",
  contents: "Files that snapshots keep",
};

/** Failed when something is left that a person has to look at. */
export async function examine(options: ExamineOptions): Promise<ExitCode> {
  const { home, storeWorkerUrl: workerUrl, objectsWorkerUrl, clock, console, catalogue, json, verbose } = options;
  // A home that is not there yet is not created to be examined.
  const exists = await stat(home).catch(() => undefined);
  const logger = new StderrLogger(console, () => verbose);
  await using objects = new OpenedOnce(() =>
    openObjectStore({ home, workerUrl: objectsWorkerUrl, host: "terminal", clock, logger }),
  );
  const report: DoctorReport = exists
    ? await examineHome({
        home,
        openStore: (onNotice) => openSessionStore({ home, workerUrl, clock, logger, onNotice }),
        objects: () => objects.get(),
      })
    : { healthy: true, checks: [], sessions: 0, events: 0 };
  if (json) await console.printJson({ home, ...report });
  else await console.print(exists ? reportText(home, report, catalogue) : `${home} is not there yet: nothing is kept.`);
  return report.healthy ? ExitCode.COMPLETED : ExitCode.FAILED;
}

/** Opened when it is first needed, closed at the end. */
class OpenedOnce implements AsyncDisposable {
  readonly #open: () => Promise<ObjectStore>;
  #opening: Promise<ObjectStore> | undefined;

  constructor(open: () => Promise<ObjectStore>) {
    this.#open = open;
  }

  get(): Promise<ObjectStore> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening?.catch(() => undefined))?.close();
  }
}

function reportText(home: string, { checks, sessions, events, healthy }: DoctorReport, catalogue: Catalogue): string {
  const lines = checks.flatMap(({ name, findings }) => {
    const sign = findings.some(({ repaired }) => !repaired) ? "✗" : "✓";
    const counts = name === "sessions" ? ` (${sessions}, with ${events} events)` : "";
    return [
      `${sign} ${NAMES[name]}${counts}`,
      ...findings.map(({ repaired, message }) => {
        const words = wordsOf(catalogue, message.code, message.params);
        return `    ${words}${repaired ? " Repaired." : ""}`;
      }),
    ];
  });
  const end = healthy ? "Everything is in order." : "Something is left to look at.";
  return [`Examined ${home}`, ...lines, end].join("\n");
}
