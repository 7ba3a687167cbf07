import { beforeEach, expect, test } from "vitest";
import { SpareTime } from "../../../webview/spareTime.ts";
import { FakePage } from "./fakePage.ts";

let page: FakePage;
let spare: SpareTime;
let milliseconds: number;
let done: string[];

beforeEach(() => {
  page = new FakePage();
  milliseconds = 0;
  done = [];
  spare = new SpareTime({ requestFrame: (draw) => page.requestFrame(draw), now: () => milliseconds, milliseconds: 3 });
});

/** Work of so many pieces that take a millisecond each. */
function workOf(name: string, pieces: number): () => boolean {
  let left = pieces;
  return () => {
    milliseconds += 1;
    left -= 1;
    done.push(name);
    return left > 0;
  };
}

test("work that may wait is done in turn, no longer in a frame than allowed, and to its end", () => {
  spare.spend(workOf("a", 4));
  spare.spend(workOf("b", 2));
  expect(done).toEqual([]);
  page.frame();
  expect(done.splice(0)).toEqual(["a", "b", "a"]);
  page.frame();
  expect(done.splice(0)).toEqual(["b", "a", "a"]);
  expect(page.requestedFrames).toBe(0);
});

test("work that is dropped is not done any more", () => {
  const work = workOf("a", 10);
  spare.spend(work);
  page.frame();
  spare.drop(work);
  page.frame();
  expect(done).toEqual(["a", "a", "a"]);
  expect(page.requestedFrames).toBe(0);
});
