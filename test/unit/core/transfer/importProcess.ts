/** A process that imports: `importProcess.ts HOME`. */
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { describeThisProcess } from "../../../../src/core/store/processIdentity.ts";
import type { AppendBatch } from "../../../../src/core/store/sessionStore.ts";
import { SessionImport } from "../../../../src/core/transfer/sessionImport.ts";
import { offer } from "../store/remoteProcess.ts";
import { openTestStore, silentLogger } from "../store/storeFixtures.ts";

const home = process.argv[2] ?? "";
const clock = new SystemClock();
const store = await openTestStore(home, clock);
const owner = await describeThisProcess({ home, host: "test" });

offer({
  /** Imports until a few thousand events are written, and stays there. */
  importHalf: (file: string) =>
    new Promise<string>((resolve, reject) => {
      let batches = 0;
      const append = async (batch: AppendBatch): Promise<void> => {
        await store.append(batch);
        if (++batches < 3) return;
        resolve("half of it is there");
        await new Promise(() => {});
      };
      const slow = new Proxy(store, {
        get: (target, name) => {
          if (name === "append") return append;
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
      new SessionImport({ store: slow, clock, logger: silentLogger, owner }).import({ file }).catch(reject);
    }),
});
