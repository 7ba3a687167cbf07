/** The worker thread that samples the machine: what it asks the system for may take its time and holds up nobody. */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, type MessagePort } from "node:worker_threads";
import { readMemory } from "./machineMemory.ts";
import { MachineReader } from "./machineReader.ts";

/** The first sample comes soon, so that nobody looks at an empty chart. */
const FIRST_MILLISECONDS = 250;
const EVERY_MILLISECONDS = 2_000;

async function sampleFor(port: MessagePort): Promise<never> {
  const reader = new MachineReader();
  for (let wait = FIRST_MILLISECONDS; ; wait = EVERY_MILLISECONDS) {
    await sleep(wait);
    port.postMessage({ ...reader.read(), ...(await readMemory()) });
  }
}

if (parentPort) void sampleFor(parentPort);
