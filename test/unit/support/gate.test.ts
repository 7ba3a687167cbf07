import { expect, test } from "vitest";
import { createGate, createMeeting } from "../../support/gate.ts";

test("a gate holds until it is opened, and lets later ones straight through", async () => {
  const gate = createGate();
  const passed: string[] = [];
  const first = gate.pass().then(() => passed.push("first"));
  await gate.reached();
  expect(passed).toEqual([]);
  gate.open();
  await first;
  await gate.pass();
  expect(passed).toEqual(["first"]);
});

test("reached tells how many have come", async () => {
  const gate = createGate();
  const seen: number[] = [];
  const watched = [1, 2].map((count) => gate.reached(count).then(() => seen.push(count)));
  void gate.pass();
  await watched[0];
  expect(seen).toEqual([1]);
  void gate.pass();
  await watched[1];
  expect(seen).toEqual([1, 2]);
});

test("a meeting opens with the last arrival", async () => {
  const meeting = createMeeting(2);
  let met = false;
  const first = meeting.pass().then(() => (met = true));
  await Promise.resolve();
  expect(met).toBe(false);
  await meeting.pass();
  await first;
  expect(met).toBe(true);
});
