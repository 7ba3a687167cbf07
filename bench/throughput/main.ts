/**
 * How much a session's log takes: `main.ts [--rounds N]`. Text of a hundred agents at once, and steps one after the other,
 * each durable before the next. Each measurement is a process of its own.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTemporaryFolder } from "../../test/support/temporaryFolder.ts";
import { bundleScript } from "../bundle.ts";
import { inTurn, readCommand } from "../inTurn.ts";
import { median, table } from "../table.ts";
import type { Measured, OwnChunks, OwnSteps } from "./measured.ts";

const [AGENTS, CHUNKS] = [100, 1_000];
const [FEW_STEPS, STEPS, MANY_STEPS] = [500, 1_000, 5_000];
const SECOND = 1_000;

const peerScript = fileURLToPath(new URL("../peers/langgraph.mjs", import.meta.url));
const dist = new URL("../../dist/", import.meta.url).href;

const { rounds } = readCommand(5);
await using folder = await createTemporaryFolder({ prefix: "ai-orchestrator-bench" });
const ownScript = await bundleScript("bench/throughput/own.ts", folder.join("bundle"));
const ownChunks: OwnChunks[] = [];
const ownSteps: OwnSteps[] = [];
const perStep: number[] = [];
let homes = 0;

const chunks = await inTurn("chunks a second", rounds, {
  ours: async () => {
    const measured = await own<OwnChunks>("chunks", String(AGENTS), String(CHUNKS));
    ownChunks.push(measured);
    return perSecond(AGENTS * CHUNKS, measured);
  },
  peer: async () => perSecond(AGENTS * CHUNKS, await run(peerScript, ["chunks", String(AGENTS), String(CHUNKS)])),
});
const steps = await inTurn("steps a second", rounds, {
  ours: async () => {
    const measured = await own<OwnSteps>("steps", String(STEPS));
    ownSteps.push(measured);
    const [few, many] = [
      await own<OwnSteps>("steps", String(FEW_STEPS)),
      await own<OwnSteps>("steps", String(MANY_STEPS)),
    ];
    perStep.push(many.milliseconds / MANY_STEPS / (few.milliseconds / FEW_STEPS));
    return perSecond(STEPS, measured);
  },
  peer: async () => {
    const file = folder.join(`langgraph_${++homes}.db`);
    return perSecond(STEPS, await run(peerScript, ["steps", String(STEPS), file]));
  },
});

const events = median(ownChunks.map(({ events }) => events));
process.stdout.write(`${AGENTS * CHUNKS} chunks were joined to ${events} events.\n`);
process.stdout.write(
  table("LangGraph.js", [
    {
      work: `${AGENTS} agents × ${CHUNKS} chunks; ours durable, theirs not`,
      unit: "chunks/s",
      ...chunks,
      targets: [{ kind: "ratioAtLeast", value: 5 }],
    },
    {
      work: "of it, from an agent to its reader, p99",
      unit: "ms",
      ours: ownChunks.map(({ delayP99 }) => delayP99),
      targets: [{ kind: "below", value: 20 }],
    },
    {
      work: `${STEPS} dependent steps, each durable`,
      unit: "steps/s",
      ...steps,
      targets: [{ kind: "ratioAtLeast", value: 10 }],
    },
    {
      work: `time of a step among ${MANY_STEPS}, against one among ${FEW_STEPS}`,
      unit: "×",
      ours: perStep,
      targets: [{ kind: "below", value: 1.2 }],
    },
    {
      work: "the store's file, against the events in it",
      unit: "×",
      ours: ownSteps.map(({ bytes, payload }) => bytes / payload),
      targets: [{ kind: "below", value: 2 }],
    },
  ]),
);

function own<Result extends Measured>(work: string, ...values: string[]): Promise<Result> {
  return run(ownScript, [work, path.join(folder.path, `home_${++homes}`), dist, ...values]);
}

/** What the process prints. */
async function run<Result extends Measured>(script: string, values: readonly string[]): Promise<Result> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...values], { cwd: path.dirname(script) });
  return JSON.parse(stdout) as Result;
}

function perSecond(count: number, { milliseconds }: Measured): number {
  return (count * SECOND) / milliseconds;
}
