/** The words of a goal that are worth looking for in files. */

/** English words of four letters and more that say nothing about what a goal is about. */
const STOP_WORDS = new Set(
  `about above after again against also another before being below between both cannot could does doing done down
  during each every find first from further give have having here hers herself himself into itself just last like
  list make many more most much must myself need only other ours ourselves over please same shall should show since
  some such tell than that their theirs them themselves then there these they thing things this those through under
  until upon using very want were what when where which while will with within without would your yours yourself`.split(
    /\s+/,
  ),
);

const SHORTEST_WORD = 4;
/** Each word may cost a search of every file. */
export const MOST_WORDS = 5;
const LONGEST_WORD = 40;

/** The first distinct words of at least four letters, without stop words, in lower case. */
export function goalWords(goal: string): string[] {
  const words = new Set<string>();
  for (const [match] of goal.normalize("NFC").matchAll(/[\p{L}\p{M}]+/gu)) {
    const word = match.toLowerCase();
    const length = [...word].length;
    if (length >= SHORTEST_WORD && length <= LONGEST_WORD && !STOP_WORDS.has(word)) words.add(word);
    if (words.size === MOST_WORDS) break;
  }
  return [...words];
}

/**
 * A pattern that matches the word in any case: `ai` becomes `[aA][iI]`. Search tools have no switch for
 * it; character classes mean the same to a glob, a JavaScript expression and ripgrep.
 */
export function anyCase(word: string): string {
  return [...word]
    .map((letter) => {
      const upper = letter.toUpperCase();
      return upper === letter || [...upper].length !== 1 ? letter : `[${letter}${upper}]`;
    })
    .join("");
}
