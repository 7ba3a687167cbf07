/** Sentences that say something one can look up, with their lines. */
export function claimsOf(text) {
  return text.split("\n").flatMap((line, index) =>
    line
      .split(/(?<=[.!?])\s+/)
      .map((sentence) => sentence.trim())
      .filter((sentence) => /\d|`[^`]+`|"[^"]+"|“[^”]+”|\b\w+\.\w{1,4}\b/.test(sentence))
      .map((claim) => ({ line: index + 1, claim })),
  );
}
