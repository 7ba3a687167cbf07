/** Sessions full of what should not be trusted or does not fit. */
import type { EventScript } from "./eventScript.ts";
import { usageOf } from "./eventScript.ts";
import { PLAN } from "./previewPlan.ts";
import { SessionScript } from "./sessionScript.ts";

const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script><style>*{display:none}</style>`;
const CONTROL = "\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 over\rwritten";
const BIDI = "invoice\u202efdp.exe zero\u200bwidth";

/** Markup, terminal control and characters that hide, wherever text of others is shown. */
export function hostileSession(now: number): EventScript {
  const session = new SessionScript({ start: now - 30_000 });
  session.create({ goal: `${MARKUP} ${BIDI}` });
  session.plans({
    summary: MARKUP,
    steps: PLAN.steps.map((step) => ({
      ...step,
      title: `${MARKUP.slice(0, 60)} ${BIDI}`,
      description: MARKUP + CONTROL,
    })),
  });
  session.starts("survey", "researcher_1001");
  session.turns("researcher_1001", `${MARKUP}\n${CONTROL}\n${BIDI}\n[click](command:workbench.action.quit)`);
  session.uses("researcher_1001", usageOf(100, 50), null);
  session.calls("researcher_1001", "bash_1", "bash", { command: `echo ${MARKUP} ${CONTROL}` });
  session.asks({
    agentId: "researcher_1001",
    stepId: "survey",
    approvalId: "approval_1",
    tool: `write\u202e${MARKUP}`,
    input: {},
    subject: `.vscode/\u202etasks.json\n${MARKUP}`,
    severity: "protected",
    reason: `.vscode/tasks.json is protected ${BIDI}`,
  });
  session.script.after(1);
  return session.script;
}

/** Long words, long names, a goal of 50 KB, text longer than is kept. */
export function longSession(now: number): EventScript {
  const session = new SessionScript({ start: now - 360_000_000 });
  const word = "Donaudampfschifffahrtsgesellschaftskapitänsmütze".repeat(4);
  session.create({ goal: `${word} ${"Think about everything that was said before. ".repeat(1150)}` });
  session.plans({
    summary: word,
    steps: Array.from({ length: 50 }, (_, index) => ({
      id: `step_${index}`,
      title: `${word.slice(0, 150)} ${index}`,
      description: word.repeat(20),
      agentType: "researcher",
      dependsOn:
        index === 0 ? [] : Array.from({ length: Math.min(index, 12) }, (_, back) => `step_${index - back - 1}`),
    })),
  });
  session.agentStarts("a-very-long-agent-definition-name-that-somebody-chose_1001", {
    agentType: "x".repeat(64),
    task: word.repeat(5),
  });
  session.writes(
    "a-very-long-agent-definition-name-that-somebody-chose_1001",
    `${word}\n${"One line of many. ".repeat(6000)}`,
  );
  session.uses("planner_1000", usageOf(1_234_567_890, 98_765_432), 1234.5);
  session.calls(
    "a-very-long-agent-definition-name-that-somebody-chose_1001",
    "bash_1",
    "mcp__server_with_a_long_name__and_a_tool",
    {
      command: word.repeat(3),
    },
  );
  return session.script;
}
