import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOfText, textOfBytes } from "../../../../src/core/snapshots/byteNames.ts";

/** Bytes that often are parts of UTF-8 characters, or of what some take for them. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x92, 0x80, 0xed, 0xb2, 0xef, 0xbb, 0xbf),
);
const byteString = fc.array(byte, { maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes));

test("names of any bytes become text and bytes again, also through JSON", () => {
  fc.assert(
    fc.property(byteString, (bytes) => {
      const text = textOfBytes(bytes);
      expect(bytesOfText(text)).toBe(bytes);
      expect(bytesOfText(JSON.parse(JSON.stringify(text)) as string)).toBe(bytes);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test("text is what people see", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = bytesOfText(text);
      expect(bytes).toBe(Buffer.from(text).toString("latin1"));
      expect(textOfBytes(bytes ?? "")).toBe(text);
    }),
    { seed: 1 },
  );
});

test("different names stay different", () => {
  fc.assert(
    fc.property(byteString, byteString, (one, other) => {
      expect(textOfBytes(one) === textOfBytes(other)).toBe(one === other);
    }),
    { numRuns: 1_000, seed: 1 },
  );
});

test.each(["\ud800", "a\udc00", "\udfff", "\ud83d\udc80\ud83d"])(
  "text that stands for no bytes is refused: %j",
  (text) => {
    expect(bytesOfText(text)).toBeUndefined();
  },
);
