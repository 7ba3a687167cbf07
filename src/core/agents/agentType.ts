/** The built-in agents' names. Any definition's name is accepted where a type is asked for. */
export const AgentType = {
  PLANNER: "planner",
  RESEARCHER: "researcher",
  WRITER: "writer",
  REVIEWER: "reviewer",
  CODER: "coder",
  TESTER: "tester",
  ANALYST: "analyst",
} as const;
export type AgentType = (typeof AgentType)[keyof typeof AgentType];
