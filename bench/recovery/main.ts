/** From a new start after `kill -9` in the middle of a step to the next model request: `main.ts [--rounds N]`. */
import { inTurn, readCommand, type Times } from "../inTurn.ts";
import { table, type Row } from "../table.ts";
import { DbosRecovery } from "./dbosRecovery.ts";
import { OwnRecovery } from "./ownRecovery.ts";
import type { Recovered } from "./recovered.ts";

const { rounds } = readCommand(11);
await using own = await OwnRecovery.start();
await using dbos = await DbosRecovery.start();
// What is loaded the first time comes from the disk.
await own.recover();
await dbos.recover();
const ran: Times = { ours: [], peer: [] };
const times = await inTurn("start to next model request", rounds, {
  ours: async () => noted("ours", await own.recover()),
  peer: async () => noted("peer", await dbos.recover()),
});
const rows: readonly Row[] = [
  {
    work: "kill -9 in the middle of a step, start, next model request",
    unit: "ms",
    ...times,
    targets: [
      { kind: "below", value: 300 },
      { kind: "ratioAtMost", value: 0.5 },
    ],
  },
  { work: "of it, the main thread had a processor", unit: "ms", ...ran, targets: [] },
];
process.stdout.write(table("DBOS on PostgreSQL", ran.ours.length > 0 ? rows : rows.slice(0, 1)));

function noted(who: keyof Times, { milliseconds, ranMilliseconds }: Recovered): number {
  if (ranMilliseconds !== undefined) ran[who].push(ranMilliseconds);
  return milliseconds;
}
