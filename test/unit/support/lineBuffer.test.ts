import { expect, test } from "vitest";
import { LineBuffer } from "../../support/lineBuffer.ts";

test("lines come whole, however they were cut", async () => {
  const buffer = new LineBuffer();
  const collected: string[] = [];
  const reading = (async () => {
    for await (const line of buffer.lines()) collected.push(line);
  })();
  for (const chunk of ["on", "e\ntwo\n\nth", "ree"]) buffer.push(chunk);
  buffer.end(() => "");
  await reading;
  expect(collected).toEqual(["one", "two", "", "three"]);
  expect(buffer.text).toBe("one\ntwo\n\nthree");
});

test("a line is waited for, past or future", async () => {
  const buffer = new LineBuffer();
  const future = buffer.waitFor((line) => line === "b");
  buffer.push("a\nb\n");
  expect(await future).toBe("b");
  expect(await buffer.waitFor((line) => line === "a")).toBe("a");
});

test("who waits in vain is told what was said instead", async () => {
  const buffer = new LineBuffer();
  const vain = buffer.waitFor((line) => line === "ready");
  buffer.push("error: no\n");
  buffer.end(() => "Exit code 1.");
  await expect(vain).rejects.toThrow("Exit code 1.");
  await expect(buffer.waitFor((line) => line === "ready")).rejects.toThrow("error: no");
});

test("a predicate that throws rejects its own waiter only", async () => {
  const buffer = new LineBuffer();
  const broken = buffer.waitFor(() => {
    throw new Error("not JSON");
  });
  const fine = buffer.waitFor(() => true);
  buffer.push("x\n");
  await expect(broken).rejects.toThrow("not JSON");
  expect(await fine).toBe("x");
});
