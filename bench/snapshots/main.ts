/**
 * Snapshots against a shadow git repository: `main.ts [REPOSITORY] [--rounds N]`.
 *
 * Both work on the same copy. Before anything is measured what was written is on the disk, and time stamps are
 * older than what either counts as racy.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inTurn, readCommand, timed, type Times } from "../inTurn.ts";
import { table, type Row } from "../table.ts";
import { OwnSnapshots } from "./ownSnapshots.ts";
import { ShadowGit } from "./shadowGit.ts";
import { copyFolder, makeFolder, modify, remove, some, writeBack } from "./workFolder.ts";

const MADE_UP_FILES = 20_000;
const RACY_MILLISECONDS = 2_500;

const {
  rounds,
  positionals: [repository],
} = readCommand(5);
const root = mkdtempSync(path.join(tmpdir(), "ai-orchestrator-bench-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
const folder = path.join(root, "work");
mkdirSync(folder);
if (repository === undefined) makeFolder(folder, MADE_UP_FILES);
else copyFolder(path.resolve(repository), folder);

const own = new OwnSnapshots(path.join(root, "home"), folder);
const git = new ShadowGit(path.join(root, "shadow.git"), folder);

const first = await inTurn("first snapshot", rounds, {
  prepareRound: async () => {
    git.create();
    await own.create();
  },
  prepareTurn: settle,
  ours: () => timed(() => own.capture()),
  peer: () => timed(() => git.commit()),
});
git.collect();
await own.close();
const disk = { ours: [own.megabytes()], peer: [git.megabytes()] };
await own.open();

const manifest = await own.capture();
git.commit();
const commit = git.head();
const files = await own.files(manifest);
print(`${files.length} files (git: ${git.files()}) from ${repository ?? "nowhere, made up"}, ${rounds} rounds`);

const edited = some(files, 3);
const known = await next("next snapshot, known paths", edited);
const full = await next("next snapshot, full check");
const ten = some(files, 10);
const tenRestored = await restore("restore, 10 files", (round) => modify(folder, ten, `restored in ${round}\n`));
const allRestored = await restore("restore, all modified", (round) => modify(folder, files, `restored in ${round}\n`));
const allPutBack = await restore("restore, all deleted", () => remove(folder, files));
await own.close();

const rows: readonly Row[] = [
  { work: "first snapshot", unit: "ms", ...first, targets: [{ kind: "ratioAtMost", value: 0.25 }] },
  { work: "next snapshot, known paths", unit: "ms", ...known, targets: [{ kind: "ratioAtMost", value: 0.05 }] },
  { work: "next snapshot, full check", unit: "ms", ...full, targets: [{ kind: "ratioAtMost", value: 0.6 }] },
  { work: "restore, 10 files modified", unit: "ms", ...tenRestored, targets: [{ kind: "ratioAtMost", value: 0.8 }] },
  { work: "restore, all files modified", unit: "ms", ...allRestored, targets: [{ kind: "ratioAtMost", value: 0.5 }] },
  { work: "restore, all files deleted", unit: "ms", ...allPutBack, targets: [{ kind: "ratioAtMost", value: 1 }] },
  { work: "disk, git after gc", unit: "MB", ...disk, targets: [{ kind: "ratioAtMost", value: 1 }] },
];
print(table("shadow git", rows));

/** A snapshot after an edit that both take. */
function next(work: string, knownPaths?: readonly string[]): Promise<Times> {
  return inTurn(work, rounds, {
    prepareRound: async (round) => {
      modify(folder, edited, `edited in round ${round}\n`);
      await settle();
    },
    ours: () => timed(() => own.capture(knownPaths)),
    peer: () => timed(() => git.commit()),
  });
}

/** Each returns to the first snapshot after the same change, of which both have a safety snapshot. */
function restore(work: string, change: (round: number) => void): Promise<Times> {
  return inTurn(work, rounds, {
    prepareTurn: async (round) => {
      change(round);
      await settle();
      await own.capture();
      git.commit();
      await settle();
    },
    ours: () => timed(() => own.restore(manifest)),
    peer: () => timed(() => git.checkout(commit)),
  });
}

async function settle(): Promise<void> {
  writeBack();
  await sleep(RACY_MILLISECONDS);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
