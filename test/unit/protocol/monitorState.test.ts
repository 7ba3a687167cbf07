import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import { visibleText } from "../../../src/core/policy/visibleText.ts";
import type { MonitorContent } from "../../../src/protocol/hostMessage.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { TEXT_LIMIT } from "../../../src/protocol/textTail.ts";
import { SessionView } from "../../../webview/sessionView.ts";
import { EventScript, usageOf } from "../../support/monitorPreview/eventScript.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SCENARIOS } from "../../support/monitorPreview/scenarios.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";

const NOW = Date.UTC(2026, 0, 1);
const AGENT = "writer_1";

function stateOf(events: readonly OrchestratorEvent[]): MonitorState {
  const state = new MonitorState("session_preview", PREVIEW_WORDS);
  for (const event of events) state.apply(event);
  return state;
}

function textOf(state: MonitorState, agentId = AGENT): string {
  return state.takeSnapshot().texts.find((text) => text.agentId === agentId)?.text ?? "";
}

/** What the UI holds, in the form of a snapshot. */
function contentOf(view: SessionView): MonitorContent {
  const { lastSeq, header, totals, plan, steps, agents, approvals, questions } = view;
  const texts = agents.flatMap(({ agentId }) => {
    const text = view.textOf(agentId);
    return text.end === 0 ? [] : [{ agentId, text: text.toString(), omitted: text.omitted }];
  });
  return {
    lastSeq,
    header,
    totals,
    plan,
    steps: [...steps],
    agents: [...agents],
    texts,
    approvals: [...approvals],
    questions: [...questions],
    calls: agents.flatMap(({ agentId }) => view.callsOf(agentId)),
    charts: view.charts,
  };
}

/** A session with one agent that only writes. */
class Writer {
  readonly session = new SessionScript({ start: NOW });
  #attempt = 1;
  #turn = 0;

  constructor() {
    this.session.create({ goal: "Write" });
    this.session.agentStarts(AGENT, { agentType: "writer", task: "Write" });
  }

  get events(): readonly OrchestratorEvent[] {
    return this.session.script.events;
  }

  write(content: string, attempt = this.#attempt): this {
    this.session.script.add({ type: "text_chunk", source: AGENT, agentId: AGENT, attempt, content });
    return this;
  }

  endTurn(text: string): this {
    this.#turn += 1;
    this.session.script.add({
      type: "turn_completed",
      source: AGENT,
      agentId: AGENT,
      attempt: this.#attempt,
      turn: this.#turn,
      message: { role: "assistant", content: text === "" ? [] : [{ type: "text", text }] },
      stopReason: "tool_use",
      usage: usageOf(0, 0),
    });
    return this;
  }

  retry(): this {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.session.script.add({
      type: "retry_scheduled",
      source: AGENT,
      agentId: AGENT,
      attempt,
      delayMs: 500,
      reason: "broken",
    });
    return this;
  }
}

describe("an agent's text", () => {
  test("is what it wrote, a turn a paragraph", () => {
    const writer = new Writer().write("One ").write("turn.").endTurn("One turn.").endTurn("").write("Another.");
    expect(textOf(stateOf(writer.events))).toBe("One turn.\n\nAnother.");
  });

  test("loses what a broken stream had brought, and nothing else", () => {
    const writer = new Writer().write("Kept.").endTurn("Kept.").write("Lost beginn").retry().write("Said again.");
    expect(textOf(stateOf(writer.events))).toBe("Kept.\n\nSaid again.");
  });

  test("takes nothing from an attempt that is over", () => {
    const writer = new Writer().write("Lost").retry().write("late", 1).write("New.");
    expect(textOf(stateOf(writer.events))).toBe("New.");
  });

  test("drops the open turn when an attempt is seen whose beginning was missed", () => {
    const writer = new Writer().write("Lost").write("New.", 2);
    expect(textOf(stateOf(writer.events))).toBe("New.");
  });

  test("comes from the received turns where the log was read without chunks", () => {
    const writer = new Writer().write("Some ").write("text.").endTurn("Some text.").write("More").endTurn("More");
    const withoutText = writer.events.filter(({ type }) => type !== "text_chunk");
    expect(textOf(stateOf(withoutText))).toBe(textOf(stateOf(writer.events)));
    expect(textOf(stateOf(withoutText))).toBe("Some text.\n\nMore");
  });

  test("shows control characters, also those cut in two", () => {
    const writer = new Writer().write("a\u001b[31m").write("b\r").write("\nc\ud83d").write("\ude80\u202e").endTurn("");
    const state = stateOf(writer.events.slice(0, -1));
    expect(textOf(state)).toBe("a␛[31mb\nc🚀⟨U+202E⟩");
  });

  test("says that its beginning is left out when it is long", () => {
    const long = "word ".repeat(20_000);
    const writer = new Writer().write(long).endTurn(long).write("end");
    const state = stateOf(writer.events);
    const [text] = state.takeSnapshot().texts;
    expect(text).toMatchObject({ omitted: true });
    expect(text?.text).toHaveLength(TEXT_LIMIT);
    expect(text?.text.endsWith("word \n\nend")).toBe(true);
  });

  test("waits merged and bounded while nobody takes it", () => {
    const writer = new Writer();
    const state = stateOf(writer.events);
    state.takeSnapshot();
    for (let count = 0; count < 50; count += 1) writer.write("x".repeat(5_000));
    for (const event of writer.events) state.apply(event);
    const changes = state.takeDelta();
    expect(changes?.texts).toEqual([{ kind: "replace", agentId: AGENT, text: "x".repeat(TEXT_LIMIT), omitted: true }]);
  });
});

describe("the fold", () => {
  test.each(Object.keys(SCENARIOS))("of the scenario %s reaches the UI event by event", (name) => {
    const events = SCENARIOS[name]?.(NOW).events ?? [];
    const state = new MonitorState("session_preview", PREVIEW_WORDS);
    const view = new SessionView(structuredClone(state.takeSnapshot()));
    for (const event of events) {
      expect(state.apply(event)).toBe("applied");
      const changes = state.takeDelta();
      if (changes) view.apply(structuredClone(changes));
    }
    expect(contentOf(view)).toEqual(stateOf(events).takeSnapshot());
    expect(state.takeDelta()).toBeUndefined();
  });

  test("knows what it knows", () => {
    const events = SCENARIOS["running"]?.(NOW).events ?? [];
    const state = stateOf(events);
    const before = state.takeSnapshot();
    for (const event of events) expect(state.apply(event)).toBe("known");
    expect(state.takeDelta()).toBeUndefined();
    expect(state.takeSnapshot()).toEqual(before);
  });

  test("asks to be built again when a new owner went on from an earlier position", () => {
    const writer = new Writer().write("Kept.").endTurn("Kept.").write("Never committed.");
    const state = stateOf(writer.events);
    const resumed = writer.session.script.resumeAfter(state.lastSeq - 1);
    expect(state.apply(resumed)).toBe("rebuild");
  });

  test("goes on with a new owner that continues where the log ends", () => {
    const writer = new Writer().write("Kept.").endTurn("Kept.").write("Half a sen");
    const state = stateOf(writer.events);
    expect(state.apply(writer.session.script.resumeAfter(state.lastSeq))).toBe("applied");
    const { header, agents } = state.takeSnapshot();
    expect(header).toMatchObject({ status: "planning", endedAt: null });
    expect(agents).toMatchObject([{ state: "stopped" }]);
    expect(textOf(state)).toBe("Kept.");
  });

  test("says interrupted when the owner is gone, and asks to be built again when it was not", () => {
    const writer = new Writer().write("Some");
    const state = stateOf(writer.events);
    state.ownerIsGone(NOW + 60_000, "The process that ran it is gone.");
    const { header, agents } = state.takeSnapshot();
    expect(header).toMatchObject({
      status: "interrupted",
      endedAt: NOW + 60_000,
      problem: "The process that ran it is gone.",
    });
    expect(agents).toMatchObject([{ state: "stopped", endedAt: NOW + 60_000 }]);
    writer.write("more");
    expect(writer.events.map((event) => state.apply(event)).at(-1)).toBe("rebuild");
  });

  test("puts an approval before the person whole, and takes it away when it is answered", () => {
    const subject = `rm -rf ./build\u202e && ${"x".repeat(10_000)}`;
    const session = new SessionScript({ start: NOW });
    session.create({});
    session.plans();
    session.starts("survey", AGENT);
    const state = stateOf(session.script.events);
    state.takeSnapshot();
    const asked = session.script.add({
      type: "approval_requested",
      source: AGENT,
      agentId: AGENT,
      stepId: "survey",
      approvalId: "approval_1",
      tool: "bash",
      input: { command: "something else" },
      reason: "approval.rule",
      subject,
      severity: "protected",
    });
    state.apply(asked);
    expect(state.takeDelta()).toMatchObject({
      approvals: [{ approvalId: "approval_1", subject: subject.replace("\u202e", "⟨U+202E⟩"), severity: "protected" }],
      agents: [{ agentId: AGENT, state: "asking" }],
    });
    expect(state.hasApproval("approval_1")).toBe(true);
    state.apply(
      session.script.add({
        type: "approval_resolved",
        source: AGENT,
        agentId: AGENT,
        approvalId: "approval_1",
        decision: "deny",
        by: "user",
      }),
    );
    expect(state.takeDelta()).toMatchObject({ closedApprovals: ["approval_1"], agents: [{ state: "running" }] });
    expect(state.hasApproval("approval_1")).toBe(false);
  });

  test("hides no argument of a call whose event names no subject", () => {
    const script = new EventScript({ start: NOW });
    const input = { command: "ls", cwd: "/etc", env: { PATH: "/tmp" } };
    script.add({
      type: "approval_requested",
      source: AGENT,
      agentId: AGENT,
      approvalId: "a",
      tool: "t",
      input,
      reason: "r",
      taint: ["web"],
    });
    const [approval] = stateOf(script.events).takeSnapshot().approvals;
    expect(approval).toMatchObject({ subject: JSON.stringify(input, null, 2), severity: "tainted", taint: ["web"] });
  });

  test("counts what is spent, for the session and each agent", () => {
    const writer = new Writer();
    writer.session.uses(AGENT, usageOf(100, 20, 7), 0.25);
    writer.session.uses("unknown_agent", usageOf(1, 2), null);
    const { totals, agents } = stateOf(writer.events).takeSnapshot();
    expect(totals).toEqual({ usage: usageOf(101, 22, 7), costUsd: 0.25, costIsPartial: true, limitUsd: null });
    const usedAt = Date.parse(writer.events.find(({ type }) => type === "usage_recorded")?.timestamp ?? "");
    expect(agents).toMatchObject([{ usage: usageOf(100, 20, 7), usedAt }]);
  });

  test("shows the newest of several calls, and what became of the last", () => {
    const writer = new Writer();
    const state = stateOf(writer.events);
    const tools: unknown[] = [];
    const look = (): void => {
      for (const event of writer.events) state.apply(event);
      tools.push(state.takeSnapshot().agents[0]?.tool);
    };
    writer.session.calls(AGENT, "one", "read", { file_path: "a.ts" });
    writer.session.calls(AGENT, "two", "bash", { command: "npm\n test" });
    look();
    writer.session.called(AGENT, "two", "bash", { command: "npm\n test" });
    look();
    writer.session.called(AGENT, "one", "read", { file_path: "a.ts" });
    look();
    expect(tools).toEqual([
      { name: "bash", subject: "npm test", state: "running", others: 1 },
      { name: "read", subject: "a.ts", state: "running", others: 0 },
      { name: "read", subject: "a.ts", state: "done", others: 0 },
    ]);
  });

  test("says that a run is held, until it goes on or ends", () => {
    const writer = new Writer();
    const isPaused = (): boolean => stateOf(writer.events).takeSnapshot().header.isPaused;
    writer.session.script.add({ type: "pool_paused", source: "orchestrator", by: "you" });
    expect(isPaused()).toBe(true);
    writer.session.script.add({ type: "pool_continued", source: "orchestrator", by: "you" });
    expect(isPaused()).toBe(false);
    writer.session.script.add({ type: "pool_paused", source: "orchestrator", by: "you" });
    writer.session.script.add({ type: "workflow_completed", source: "orchestrator", ...writer.session.ending("") });
    expect(isPaused()).toBe(false);
  });

  test("knows which files the session wrote", () => {
    const state = stateOf(SCENARIOS["finished"]?.(NOW).events ?? []);
    expect(state.hasOutput("docs/contributing.md")).toBe(true);
    expect(state.hasOutput("docs/../../etc/passwd")).toBe(false);
  });
});

describe("whatever happens", () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("write" as const), text: fc.string({ unit: "grapheme", maxLength: 40 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("writeMuch" as const), length: fc.nat(100_000) }) },
    { weight: 2, arbitrary: fc.constant({ do: "endTurn" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "retry" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "call" as const }) },
    { weight: 4, arbitrary: fc.constant({ do: "delta" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "snapshot" as const }) },
  );

  test("deltas lead to the same as a snapshot, and text is neither lost nor doubled", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const writer = new Writer();
        const state = stateOf(writer.events);
        let view = new SessionView(structuredClone(state.takeSnapshot()));
        let applied = writer.events.length;
        const turns: string[] = [];
        let open = "";
        const endTurn = (): void => {
          writer.endTurn(open);
          if (open !== "") turns.push(open);
          open = "";
        };
        for (const step of [...actions, { do: "delta" as const }]) {
          switch (step.do) {
            case "write":
            case "writeMuch": {
              const text = step.do === "write" ? step.text : "0123456789".repeat(step.length / 10);
              writer.write(text);
              open += text;
              break;
            }
            case "endTurn":
              endTurn();
              break;
            case "retry":
              writer.retry();
              open = "";
              break;
            case "call":
              writer.session.calls(AGENT, `call_${writer.events.length}`, "read", { file_path: "x" });
              break;
            case "delta":
            case "snapshot": {
              for (; applied < writer.events.length; applied += 1)
                state.apply(writer.events[applied] as OrchestratorEvent);
              if (step.do === "snapshot") {
                view = new SessionView(structuredClone(state.takeSnapshot()));
              } else {
                const changes = state.takeDelta();
                if (changes) view.apply(structuredClone(changes));
              }
              expect(contentOf(view)).toEqual(stateOf(writer.events).takeSnapshot());
              break;
            }
          }
        }
        endTurn();
        const whole = turns.map(visibleText).reduce((before, turn) => {
          if (before === "") return turn;
          return before + (before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n") + turn;
        }, "");
        const tail = whole.slice(-TEXT_LIMIT);
        const shown = whole.length > TEXT_LIMIT ? tail.replace(/^[\udc00-\udfff]/, "") : tail;
        expect(textOf(stateOf(writer.events))).toBe(shown);
      }),
      { numRuns: 300 },
    );
  });
});
