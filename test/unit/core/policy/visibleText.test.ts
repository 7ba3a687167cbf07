import fc from "fast-check";
import { expect, it } from "vitest";
import { visibleLine, visibleText } from "../../../../src/core/policy/visibleText.ts";

it.each([
  ["plain\n\ttext", "plain\n\ttext"],
  ["windows\r\nlines", "windows\nlines"],
  ["safe\rrm -rf", "safe␍rm -rf"],
  ["\u001b[31mred\u001b[0m", "␛[31mred␛[0m"],
  ["\u001b]8;;http://evil\u0007link\u001b]8;;\u0007", "␛]8;;http://evil␇link␛]8;;␇"],
  ["\u001b]52;c;cHduZWQ=\u0007", "␛]52;c;cHduZWQ=␇"],
  ["\u009b31m", "⟨U+009B⟩31m"],
  ["\u0000\u007f", "␀␡"],
  ["user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"],
  ["\u2066a\u2069", "⟨U+2066⟩a⟨U+2069⟩"],
  ["pass\u200bword\ufeff", "pass⟨U+200B⟩word⟨U+FEFF⟩"],
  ["soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"],
  ["\u{e0041}", "⟨U+E0041⟩"],
  ["a\u2028b", "a⟨U+2028⟩b"],
  ["\ud800", "\ufffd"],
  ["a\u200db", "a⟨U+200D⟩b"],
  ["a\ufe0f", "a⟨U+FE0F⟩"],
])("shows %j as %j", (text, expected) => {
  expect(visibleText(text)).toBe(expected);
});

it.each(["é ü ß 中文 العربية עברית ไทย हिन्दी", "❤️ 👩‍💻 👨‍👩‍👧 👍🏽 1️⃣ 🏳️‍🌈", "✅ → “quotes” – …"])("leaves %j alone", (text) => {
  expect(visibleText(text)).toBe(text);
});

it("keeps a label on its line", () => {
  expect(visibleLine("two\nlines\twith\r\ntabs")).toBe("two␊lines␉with␍␊tabs");
});

it("leaves nothing that acts on a terminal, and shows everything that was there", () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom("\u001b", "\r", "\u202e", "\u200d"),
    ),
  });
  fc.assert(
    fc.property(anything, (text) => {
      const shown = visibleText(text);
      expect(shown).not.toMatch(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/,
      );
      expect(visibleText(shown)).toBe(shown);
      expect(visibleLine(text)).not.toContain("\n");
    }),
  );
});
