import { describe, expect, test } from "vitest";
import type { LogRow } from "../../../src/protocol/monitorModel.ts";
import type { UiMessage } from "../../../src/protocol/uiMessage.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { LogView, MOST_ROWS } from "../../../webview/logView.ts";

type Question = Extract<UiMessage, { type: "readLog" }>;

/** A list of events and a host with a log in which every third event is no row. */
class Reading {
  readonly asked: Question[] = [];
  readonly clock = new FakeClock();
  readonly log: LogView;
  newest: number;

  constructor(newest: number) {
    this.newest = newest;
    this.log = new LogView(
      (question) => this.asked.push(question),
      () => {},
      (milliseconds, callback) => this.clock.setTimer(milliseconds, callback),
    );
    this.log.setNewest(newest);
    this.log.begin();
  }

  grow(count: number): void {
    this.newest += count;
    this.log.setNewest(this.newest);
  }

  /** Answers what was asked. */
  answer(): void {
    for (const { requestId, direction, seq, limit, filter } of this.asked.splice(0)) {
      const all = Array.from({ length: this.newest }, (_, index) => index + 1).filter((each) => each % 3 !== 0);
      const wanted = filter.text === "" ? all : [];
      const fitting = wanted.filter((each) => (direction === "after" ? each > seq : each < seq));
      const seqs = direction === "after" ? fitting.slice(0, limit) : fitting.slice(-limit);
      const isEnd = seqs.length === fitting.length;
      const reached = isEnd
        ? direction === "after"
          ? this.newest
          : 1
        : ((direction === "after" ? seqs.at(-1) : seqs[0]) ?? 0);
      this.log.take({ type: "logPage", requestId, rows: seqs.map(row), reached, isEnd });
    }
  }

  get seqs(): number[] {
    return this.log.rows.map(({ seq }) => seq);
  }
}

const row = (seq: number): LogRow => ({ seq, time: seq, type: "t", source: "s", subject: "", isProblem: false });
const rowsBetween = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((seq) => seq % 3 !== 0);

describe("the list of events the UI holds", () => {
  test("begins with the newest page and goes on in both directions", async () => {
    const reading = new Reading(1_000);
    reading.answer();
    expect(reading.seqs).toEqual(rowsBetween(701, 1_000));
    reading.log.readOlder();
    reading.answer();
    expect(reading.seqs).toEqual(rowsBetween(401, 1_000));
    reading.grow(10);
    await reading.clock.advance(1_000);
    expect(reading.log.isEnd).toBe(false);
    reading.log.readNewer();
    reading.answer();
    expect(reading.seqs).toEqual(rowsBetween(401, 1_010));
    expect(reading.log.isEnd).toBe(true);
  });

  test("asks one question at a time, and none where there is nothing more", () => {
    const reading = new Reading(100);
    reading.log.readOlder();
    reading.log.readNewer();
    expect(reading.asked).toHaveLength(1);
    reading.answer();
    reading.log.readOlder();
    reading.log.readNewer();
    expect(reading.asked).toEqual([]);
  });

  test("holds so many rows and no more, and reads again what it gave up", () => {
    const reading = new Reading(20_000);
    reading.answer();
    while (!reading.log.isStart) {
      reading.log.readOlder();
      reading.answer();
      expect(reading.seqs.length).toBeLessThanOrEqual(MOST_ROWS);
    }
    expect(reading.seqs[0]).toBe(1);
    expect(reading.log.isEnd).toBe(false);
    while (!reading.log.isEnd) {
      reading.log.readNewer();
      reading.answer();
    }
    expect(reading.seqs).toEqual(rowsBetween(reading.seqs[0] ?? 0, 20_000));
    expect(reading.seqs.length).toBe(MOST_ROWS);
  });

  test("takes no answer to a question that counts no more", () => {
    const reading = new Reading(100);
    const [late] = reading.asked.splice(0);
    reading.log.setFilter({ group: "all", text: "nothing like it" });
    reading.log.take({ type: "logPage", requestId: late?.requestId ?? 0, rows: [row(1)], reached: 1, isEnd: true });
    expect(reading.seqs).toEqual([]);
    reading.answer();
    expect(reading.log.isStart).toBe(true);
    expect(reading.seqs).toEqual([]);
  });

  test("asks again after a question that could not be answered, when the person wants it", () => {
    const reading = new Reading(100);
    reading.asked.length = 0;
    reading.log.giveUp();
    reading.log.readOlder();
    expect(reading.asked).toEqual([]);
    expect([reading.log.hasFailed, reading.log.isReading]).toEqual([true, false]);
    reading.log.tryAgain();
    reading.answer();
    expect(reading.log.hasFailed).toBe(false);
    expect(reading.seqs).toEqual(rowsBetween(1, 100));
  });

  test("asks what is new now and then, however often the log grows", async () => {
    const reading = new Reading(90);
    reading.answer();
    let asked = 0;
    for (let frame = 0; frame < 60; frame += 1) {
      reading.grow(1);
      await reading.clock.advance(16);
      reading.log.readNewer();
      asked += reading.asked.length;
      reading.answer();
    }
    expect(asked).toBe(3);
    await reading.clock.advance(1_000);
    reading.log.readNewer();
    reading.answer();
    expect(reading.seqs).toEqual(rowsBetween(1, 150));
    await reading.clock.advance(1_000);
    reading.log.readNewer();
    expect(reading.asked).toEqual([]);
  });
});
