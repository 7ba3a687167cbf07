/** Does nothing beside the others: how late timers are because the machine is busy. */
import { once } from "node:events";
import { measureLoop } from "./loopDelay.ts";

process.send?.("ready");
await once(process, "message");
const loop = measureLoop();
await once(process, "message");
process.send?.(loop());
process.disconnect();
