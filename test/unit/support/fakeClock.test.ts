import { describe, expect, test } from "vitest";
import { FakeClock } from "../../support/fakeClock.ts";

test("time stands still until it is advanced", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  expect(new Date(clock.now()).toISOString()).toBe("2026-01-01T00:00:00.000Z");
  await clock.advance(1500);
  expect(new Date(clock.now()).toISOString()).toBe("2026-01-01T00:00:01.500Z");
  expect(clock.monotonic()).toBe(1500);
});

test("ids are counted for each prefix", () => {
  const clock = new FakeClock();
  expect([clock.newId("session"), clock.newId("agent"), clock.newId("agent")]).toEqual([
    "session_1",
    "agent_1",
    "agent_2",
  ]);
});

describe("timers", () => {
  test("are called in the order of their time, then of their making, at their own moment", async () => {
    const clock = new FakeClock();
    const calls: [string, number][] = [];
    const note = (name: string) => () => calls.push([name, clock.monotonic()]);
    clock.setTimer(30, note("late"));
    clock.setTimer(10, note("first"));
    clock.setTimer(10, note("second"));
    clock.setTimer(31, note("never"));
    await clock.advance(30);
    expect(calls).toEqual([
      ["first", 10],
      ["second", 10],
      ["late", 30],
    ]);
    expect(clock.pendingTimers).toBe(1);
  });

  test("set on the way are called too when they come due", async () => {
    const clock = new FakeClock();
    let beats = 0;
    const beat = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(10);
        beats += 1;
      }
    };
    void beat();
    await clock.advance(35);
    expect(beats).toBe(3);
  });

  test("are not called when disposed before", async () => {
    const clock = new FakeClock();
    let called = false;
    clock.setTimer(10, () => (called = true))[Symbol.dispose]();
    await clock.advance(20);
    expect(called).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test("can be waited for", async () => {
    const clock = new FakeClock();
    const set = clock.timersSet(2);
    clock.setTimer(1, () => undefined);
    clock.setTimer(1, () => undefined);
    await set;
    await clock.timersSet();
    expect(clock.pendingTimers).toBe(2);
  });
});

describe("sleep", () => {
  test("rejects with the reason of the signal and leaves no timer", async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    abort.abort("stopped");
    await expect(sleeping).rejects.toBe("stopped");
    await expect(clock.sleep(10, abort.signal)).rejects.toBe("stopped");
    expect(clock.pendingTimers).toBe(0);
  });
});

test("the wall clock may jump, durations do not", async () => {
  const clock = new FakeClock(1000);
  const slept = clock.sleep(10);
  clock.jump(-500);
  expect(clock.now()).toBe(500);
  await clock.advance(10);
  await slept;
  expect(clock.monotonic()).toBe(10);
});
