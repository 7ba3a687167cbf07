import { beforeEach, expect, test } from "vitest";
import { OrchestratorError } from "../../../../src/core/errors.ts";
import { LeaseKeeper } from "../../../../src/core/sessions/leaseKeeper.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { silentLogger } from "../store/storeFixtures.ts";

let clock: FakeClock;
let renewals: number;
let fenced: number;
let failure: Error | undefined;
beforeEach(() => {
  clock = new FakeClock();
  renewals = fenced = 0;
  failure = undefined;
});

function keep(): LeaseKeeper {
  const renewLease = async (): Promise<void> => {
    renewals += 1;
    if (failure) throw failure;
  };
  const lease = { sessionId: "one", epoch: 1 };
  return new LeaseKeeper({ lease, store: { renewLease }, clock, logger: silentLogger, onFenced: () => (fenced += 1) });
}

test("a lease is renewed every five seconds until it is let go", async () => {
  const keeper = keep();
  await clock.advance(4_999);
  expect(renewals).toBe(0);
  await clock.advance(20_001);
  expect(renewals).toBe(5);
  keeper[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
});

test("a lease that is another's is told once and not asked for again", async () => {
  keep();
  failure = new OrchestratorError("session.fenced", { id: "one" });
  await clock.advance(60_000);
  expect({ renewals, fenced, timers: clock.pendingTimers }).toEqual({ renewals: 1, fenced: 1, timers: 0 });
});

test("a store that is busy is asked again", async () => {
  const keeper = keep();
  failure = new OrchestratorError("store.busy", { path: "store.db" });
  await clock.advance(10_000);
  failure = undefined;
  await clock.advance(5_000);
  expect({ renewals, fenced }).toEqual({ renewals: 3, fenced: 0 });
  keeper[Symbol.dispose]();
});
