/** Longest answer to a question of an agent, in characters. Alone here, so that it is loaded without any schema. */
export const LONGEST_ANSWER = 4000;
