/** Writes into a file without an end: `busyWriter.ts FILE`. */
import { closeSync, openSync, writeSync } from "node:fs";
import { noise } from "../store/objectFixtures.ts";
import { offer } from "../store/remoteProcess.ts";

const content = noise(1_500_000);

function write(file: number): void {
  for (let chunk = 0; chunk < 100; chunk++) writeSync(file, content, 0, 100, chunk * 15_000);
  setImmediate(() => write(file));
}

offer({
  begin: () => {
    const file = openSync(process.argv[2] ?? "", "w");
    process.once("exit", () => closeSync(file));
    writeSync(file, content);
    write(file);
  },
});
