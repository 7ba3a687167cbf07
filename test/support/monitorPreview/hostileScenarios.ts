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

/** Markdown that would like to run, load, lead astray or never end. */
const HOSTILE_MARKDOWN = `${MARKUP}

![picture](https://example.org/beacon.png) ![inline](data:image/png;base64,AAAA)

[command](command:workbench.action.quit) [script](javascript:alert(1)) [file](file:///etc/passwd) [data](data:text/html,x)
[vscode](vscode://file/etc/passwd) [relative](../../secret.md) <javascript:alert(1)> [reference][evil]

[evil]: command:workbench.action.quit

[homograph](https://exаmple.org/) [mail](mailto:a@example.org "title' onmouseover=alert(1)")

3. <b onclick=alert(1)>third</b>

| a | b |
| --- | --- |
| <svg onload=alert(1)> | \` x \` |

<details open ontoggle=alert(1)><iframe src="https://example.org"></iframe></details>

${"> ".repeat(400)}deep

${"[".repeat(2_000)}

${"*_".repeat(2_000)}

# Title with <img src=x onerror=alert(1)>

The end of it.
`;

/** An agent that writes hostile Markdown, and goes on, so that its card is open. */
export function hostileMarkdownSession(now: number): EventScript {
  return writing(now, HOSTILE_MARKDOWN);
}

/** An agent that wrote ten megabytes without an end of a line. */
export function oneLineSession(now: number): EventScript {
  return writing(now, `${"[*`<".repeat(2_500_000)}\n\nThe end of it.`);
}

function writing(now: number, text: string): EventScript {
  const session = new SessionScript({ start: now - 30_000 });
  session.create({});
  session.agentStarts("writer_1", { agentType: "writer", task: "Write." });
  for (let at = 0; at < text.length; at += 65_536) session.writes("writer_1", text.slice(at, at + 65_536));
  return session.script;
}

/** Thousands of events that are not text. */
export function eventfulSession(now: number): EventScript {
  const session = new SessionScript({ start: now - 7_200_000 });
  session.create({});
  session.plans();
  session.agentStarts("writer_1", { agentType: "writer", task: "Write." });
  for (let turn = 1; turn <= 6_000; turn += 1) {
    session.script.after(1);
    session.turn("writer_1", `Turn ${turn}`);
  }
  return session.script;
}
