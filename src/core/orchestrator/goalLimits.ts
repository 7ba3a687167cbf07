/** A goal is sent with every agent's task; more belongs into a file of the workspace. */
export const GOAL_CHARACTERS = 100_000;
