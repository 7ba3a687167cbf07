/** From a new start after `kill -9` in the middle of a step to the next model request: `main.ts [--rounds N]`. */
import { inTurn, readCommand } from "../inTurn.ts";
import { table } from "../table.ts";
import { DbosRecovery } from "./dbosRecovery.ts";
import { recoverOurs } from "./ownRecovery.ts";

const { rounds } = readCommand(11);
await using dbos = await DbosRecovery.start();
// What is loaded the first time comes from the disk.
await recoverOurs();
await dbos.recover();
const times = await inTurn("start to next model request", rounds, { ours: recoverOurs, peer: () => dbos.recover() });
process.stdout.write(
  table("DBOS on PostgreSQL", [
    {
      work: "kill -9 in the middle of a step, start, next model request",
      unit: "ms",
      ...times,
      targets: [
        { kind: "below", value: 300 },
        { kind: "ratioAtMost", value: 0.5 },
      ],
    },
  ]),
);
