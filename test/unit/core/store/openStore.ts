/**
 * Opens a store and ends: `openStore.ts HOME [idle]`. Prints how many sessions there are, or the error that
 * kept it from that. With `idle` the store is never closed.
 */
import { toErrorInfo } from "../../../../src/core/errors.ts";
import { SystemClock } from "../../../../src/core/systemClock.ts";
import { openTestStore } from "./storeFixtures.ts";

const [, , home = "", idle] = process.argv;
try {
  const store = await openTestStore(home, new SystemClock());
  const asked = store.listSessions({ limit: 10 }).then((rows) => process.stdout.write(`${rows.length}\n`));
  if (idle !== "idle") {
    await store.close();
    await asked;
  }
} catch (error) {
  process.stdout.write(`${JSON.stringify(toErrorInfo(error))}\n`);
}
