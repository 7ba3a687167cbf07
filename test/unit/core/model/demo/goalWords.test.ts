import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCase, goalWords } from "../../../../../src/core/model/demo/goalWords.ts";

describe("goalWords", () => {
  it("keeps distinct words of four letters and more, without stop words, in the order of the goal", () => {
    expect(goalWords("Research AI trends, and find what the RESEARCH says about trends")).toEqual([
      "research",
      "trends",
      "says",
    ]);
  });

  it("takes at most five", () => {
    expect(goalWords("alpha bravo charlie delta echo foxtrot golf hotel")).toHaveLength(5);
  });

  it("knows letters of any script and no other characters", () => {
    expect(goalWords("Überblick große Straßen; 人工智能研究 node24 x_y …")).toEqual([
      "überblick",
      "große",
      "straßen",
      "人工智能研究",
      "node",
    ]);
    expect(goalWords("")).toEqual([]);
    expect(goalWords("1234 !!! \u{1F600}")).toEqual([]);
  });
});

describe("anyCase", () => {
  it("writes each letter in both cases", () => {
    expect(anyCase("trends")).toBe("[tT][rR][eE][nN][dD][sS]");
    expect(anyCase("straße")).toBe("[sS][tT][rR][aA]ß[eE]");
  });

  it("matches the word in both cases whatever the goal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (goal) => {
        for (const word of goalWords(goal)) {
          const pattern = new RegExp(`^${anyCase(word)}$`, "u");
          expect(pattern.test(word)).toBe(true);
          expect(word).toMatch(/^[\p{L}\p{M}]+$/u);
        }
      }),
    );
  });
});
