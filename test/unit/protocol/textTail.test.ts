import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextTail } from "../../../src/protocol/textTail.ts";

const LIMIT = 50;
const pieces = fc.array(fc.string({ unit: "grapheme", maxLength: 120 }), { maxLength: 40 });

describe("the end of a growing text", () => {
  test("is the same however the text was cut into pieces", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const grown = new TextTail(undefined, LIMIT);
        for (const part of parts) grown.append(part);
        const whole = parts.join("");
        const tail = whole.slice(-LIMIT);
        expect(grown.omitted).toBe(whole.length > LIMIT);
        expect(grown.toString()).toBe(grown.omitted ? tail.replace(/^[\udc00-\udfff]/, "") : tail);
        expect(grown.end).toBe(whole.length);
      }),
    );
  });

  test("gives what came since a position, or says that it no longer can", () => {
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        const tail = new TextTail(undefined, LIMIT);
        for (const part of before) tail.append(part);
        const position = tail.end;
        for (const part of after) tail.append(part);
        const wanted = after.join("");
        const since = tail.since(position);
        if (wanted.length <= LIMIT) expect(since).toBe(wanted);
        else expect([undefined, wanted]).toContain(since);
      }),
    );
  });

  test("is copied as it is, and the copy goes its own way", () => {
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        const tail = new TextTail(undefined, LIMIT);
        for (const part of before) tail.append(part);
        const text = tail.toString();
        const copy = tail.copy();
        for (const part of after) copy.append(part);
        expect(tail.toString()).toBe(text);
        for (const part of after) tail.append(part);
        expect([copy.toString(), copy.omitted, copy.end]).toEqual([tail.toString(), tail.omitted, tail.end]);
      }),
    );
  });

  test("goes on from an end that is known", () => {
    const tail = new TextTail({ text: "the end", omitted: true }, LIMIT);
    tail.append(" grows");
    expect(tail.toString()).toBe("the end grows");
    expect(tail.omitted).toBe(true);
  });

  test("never begins with half a character", () => {
    const tail = new TextTail(undefined, 3);
    tail.append("a😀bc");
    expect(tail.toString()).toBe("bc");
  });

  test("stays small however long the text becomes", () => {
    const tail = new TextTail(undefined, LIMIT);
    for (let count = 0; count < 10_000; count += 1) tail.append("some words ");
    tail.append("x".repeat(1_000_000));
    expect(tail.toString()).toBe("x".repeat(LIMIT));
    expect(tail.since(tail.end - LIMIT)).toBe("x".repeat(LIMIT));
    expect(tail.since(0)).toBeUndefined();
  });
});
