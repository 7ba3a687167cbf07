import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { Interruption } from "../../../src/cli/interruption.ts";
import { FakeClock } from "../../support/fakeClock.ts";

function open(sameWithinMilliseconds = 0) {
  const signals = new EventEmitter();
  const clock = new FakeClock();
  const seen: string[] = [];
  const interruption = new Interruption({
    clock,
    sameWithinMilliseconds,
    onFirst: (signal) => seen.push(`first ${signal}`),
    onSecond: (exitCode) => seen.push(`second ${exitCode}`),
  });
  const listening = interruption.listen(signals);
  return { signals, clock, seen, interruption, listening };
}

test("the first signal asks to stop, the second ends at once", () => {
  const { signals, seen, interruption } = open();
  expect([interruption.signal.aborted, interruption.exitCode]).toEqual([false, undefined]);
  signals.emit("SIGINT", "SIGINT");
  expect(interruption.signal.reason).toMatchObject({ code: "workflow.stopped", params: { by: "Ctrl-C" } });
  expect([interruption.exitCode, interruption.by]).toEqual([130, "Ctrl-C"]);
  signals.emit("SIGINT", "SIGINT");
  expect(seen).toEqual(["first SIGINT", "second 130"]);
});

test("each signal has its exit code", () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    const { signals, seen, interruption } = open();
    signals.emit(signal, signal);
    expect([interruption.exitCode, interruption.by]).toEqual([code, signal]);
    signals.emit("SIGINT", "SIGINT");
    expect(seen).toEqual([`first ${signal}`, "second 130"]);
  }
});

test("a signal passed on by a parent at once is the same one", async () => {
  const { signals, clock, seen } = open(250);
  signals.emit("SIGINT", "SIGINT");
  await clock.advance(100);
  signals.emit("SIGINT", "SIGINT");
  expect(seen).toEqual(["first SIGINT"]);
  await clock.advance(200);
  signals.emit("SIGINT", "SIGINT");
  expect(seen).toEqual(["first SIGINT", "second 130"]);
});

test("afterwards signals are left to others", () => {
  const { signals, listening } = open();
  listening[Symbol.dispose]();
  expect(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => signals.listenerCount(signal))).toEqual([0, 0, 0]);
});
