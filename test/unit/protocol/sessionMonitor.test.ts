import { describe, expect, test } from "vitest";
import { SessionView } from "../../../webview/sessionView.ts";
import type { OrchestratorEvent } from "../../../src/core/events/event.ts";
import type { LogFilter, LogRow } from "../../../src/protocol/monitorModel.ts";
import { usageOf } from "../../support/monitorPreview/eventScript.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";
import { atWork, foldOf, NOW, Watched, WRITER } from "./watchedSession.ts";

const timeOf = (event: OrchestratorEvent | undefined): number => Date.parse(event?.timestamp ?? "");

describe("a monitor that opens", () => {
  test("shows what the whole log says, though it reads little of the text", async () => {
    const session = atWork();
    for (let count = 0; count < 500; count += 1) session.writes("builder_1", "x");
    session.turn("builder_1", `Unfinished${"x".repeat(500)}`);
    session.writes("builder_1", "And on");
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    expect(watched.last("snapshot")?.content).toEqual(foldOf(session.script.events));
    expect(watched.textOf(WRITER)).toContain("Three.");
    // The text of the writer's open turn is among the builder's, so that part of the log is read whole.
    expect(watched.sessions.read).toBeLessThan(session.script.events.length + 560);
  });

  test("shows what an agent had written when it failed or its run was stopped", async () => {
    const session = atWork();
    const error = { code: "model.refused", params: {}, message: "No." };
    session.script.add({
      type: "agent_error",
      ...{ source: WRITER, agentId: WRITER, attempt: 1, error, suggestions: [] },
    });
    session.writes("builder_1", " still.");
    session.script.add({
      type: "workflow_interrupted",
      ...{ source: "orchestrator", lastCompletedStep: null, reason: "Stopped", by: "you" },
    });
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    expect(watched.last("snapshot")?.content).toEqual(foldOf(session.script.events));
    expect(watched.textOf(WRITER)).toMatch(/Three\.$/);
    expect(watched.textOf("builder_1")).toMatch(/Unfinished still\.$/);
  });

  test("leaves out what was being written when the process before died", async () => {
    const session = atWork();
    session.script.resumeAfter(session.script.events.length);
    session.turn(WRITER, "Three again.");
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    expect(watched.last("snapshot")?.content).toEqual(foldOf(session.script.events));
    expect(watched.textOf(WRITER)).toMatch(/Two. Written.\s+Three again.$/);
    expect(watched.textOf("builder_1")).toMatch(/Two. Built.$/);
  });

  test("goes on with what comes, on the host's rhythm", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    session.writes(WRITER, " Four.");
    watched.sessions.add(...session.script.events.slice(-1));
    await watched.until(() => watched.textOf(WRITER).endsWith("Three. Four."));
    expect(watched.last("delta")?.changes.texts).toEqual([{ kind: "append", agentId: WRITER, text: " Four." }]);
  });

  test("posts nothing while nobody looks, and what changed when somebody does", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    watched.isHidden = true;
    const count = watched.posted.length;
    session.writes(WRITER, " Four.");
    session.writes(WRITER, " Five.");
    watched.sessions.add(...session.script.events.slice(-2));
    await watched.rows({}, { after: 0 });
    expect(watched.posted.length).toBe(count + 1);
    watched.isHidden = false;
    watched.monitor.flushLater();
    await watched.until(() => watched.textOf(WRITER).endsWith("Four. Five."));
    expect(watched.posted.length).toBe(count + 2);
  });

  test("says that an owner is gone, and shows the next owner's work from where it went on", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    watched.sessions.abandon();
    await watched.until(() => watched.view?.header.status === "interrupted");
    expect(watched.view?.header.problem).toBe("The owner is gone.");
    const before = session.script.events.findLast(({ type }) => type === "turn_completed")?.seq ?? 0;
    watched.sessions.takeOver(before, session.script.resumeAfter(before));
    await watched.until(() => watched.view?.header.status === "running");
    expect(watched.textOf("builder_1")).not.toContain("Unfinished");
  });

  test("says so while the session cannot be read, tries again, and goes on", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    watched.sessions.breakDown(new Error("The disk is gone."));
    await watched.until(() => watched.last("readProblem") !== undefined);
    expect(watched.last("readProblem")).toEqual({ type: "readProblem", message: "Error: The disk is gone." });
    // A page that is loaded meanwhile is told, too.
    const told = watched.posted.length;
    watched.monitor.receive({ type: "ready" });
    expect(watched.posted.slice(told)).toEqual([watched.last("readProblem")]);
    watched.sessions.mend();
    await watched.until(() => watched.view !== undefined);
    expect(watched.last("readProblem")?.message).toBeNull();
    watched.sessions.breakDown(new Error("It is gone again."));
    await watched.until(() => watched.last("readProblem")?.message === "Error: It is gone again.");
    session.writes(WRITER, " Four.");
    watched.sessions.mend();
    watched.sessions.add(...session.script.events.slice(-1));
    await watched.until(() => watched.textOf(WRITER).endsWith("Three. Four."));
    expect(watched.last("readProblem")?.message).toBeNull();
    expect(watched.failures.length).toBeGreaterThanOrEqual(2);
  });

  test("says that a session is only kept by a program, and shows what it comes to hold", async () => {
    const session = new SessionScript({ start: NOW });
    session.create({});
    using watched = new Watched(session.script.events);
    watched.sessions.keep();
    await watched.until(() => watched.view?.header.status === "kept");
    expect(watched.view?.header.endedAt).toBe(NOW);
    session.plans();
    watched.sessions.add(...session.script.events.slice(1));
    await watched.until(() => watched.view?.steps.length === 6);
    await watched.until(() => watched.view?.header.status === "kept");
    expect(watched.failures).toEqual([]);
  });

  test("reads of a session that has ended only what comes to it", async () => {
    const session = atWork();
    session.script.add({
      type: "workflow_interrupted",
      ...{ source: "orchestrator", lastCompletedStep: null, reason: "Stopped", by: "you" },
    });
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    const { read } = watched.sessions;
    session.uses("planner_1000", usageOf(1_000, 1), 1);
    watched.sessions.add(...session.script.events.slice(-1));
    const wanted = foldOf(session.script.events).totals;
    await watched.until(() => watched.view?.totals.costUsd === wanted.costUsd);
    expect(watched.view?.totals).toEqual(wanted);
    expect(watched.sessions.read - read).toBeLessThan(5);
    expect(watched.posted.filter(({ type }) => type === "snapshot")).toHaveLength(1);
  });

  test("says so when its session is deleted, while it runs or long after", async () => {
    using running = new Watched(atWork().script.events);
    await running.until(() => running.view !== undefined);
    running.sessions.delete();
    await running.until(() => running.last("sessionMissing") !== undefined);
    using idle = new Watched(atWork().script.events);
    await idle.until(() => idle.view !== undefined);
    idle.sessions.abandon();
    await idle.until(() => idle.view?.header.status === "interrupted");
    idle.sessions.delete();
    await idle.until(() => idle.last("sessionMissing") !== undefined);
    idle.monitor.receive({ type: "showMoment", time: NOW + 1_000 });
    idle.monitor.receive({ type: "stop" });
    await new Promise(setImmediate);
    expect([...running.failures, ...idle.failures]).toEqual([]);
  });
});

describe("a moment of the past", () => {
  test("is what the log said until then, for every event of it", async () => {
    const session = atWork();
    const { events } = session.script;
    using watched = new Watched(events);
    await watched.until(() => watched.view !== undefined);
    // Forwards and backwards.
    const times = [...new Set(events.map(timeOf))];
    for (const time of [...times, ...times.toReversed(), ...times.filter((_, index) => index % 2 === 0)]) {
      const isThere = (): boolean => {
        const newest = watched.posted.findLast(
          (message) => message.type === "snapshot" || (message.type === "delta" && message.moment),
        );
        return newest !== undefined && "moment" in newest && newest.moment?.time === time;
      };
      watched.monitor.receive({ type: "showMoment", time });
      await watched.until(isThere);
      const wanted = new SessionView(foldOf(events.filter((event) => timeOf(event) <= time)));
      expect(watched.view?.lastSeq).toBe(wanted.lastSeq);
      expect(watched.view?.agents).toEqual(wanted.agents);
      expect(watched.view?.steps).toEqual(wanted.steps);
      expect(watched.view?.totals).toEqual(wanted.totals);
      expect(watched.view?.charts).toEqual(wanted.charts);
      for (const { agentId } of wanted.agents) {
        expect(watched.textOf(agentId)).toBe(wanted.textOf(agentId).toString());
        expect(watched.view?.callsOf(agentId)).toEqual(wanted.callsOf(agentId));
      }
    }
  });

  test("stands still while the session goes on, and says what waits for the person now", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    const time = NOW + 20_000;
    watched.monitor.receive({ type: "showMoment", time });
    await watched.until(() => watched.last("snapshot")?.moment?.time === time);
    const shown = watched.view?.lastSeq;
    session.script.after(1);
    session.asksPerson({ agentId: WRITER, questionId: "question_1", question: "Which?", options: [] });
    watched.sessions.add(...session.script.events.slice(-1));
    await watched.until(() => watched.last("delta")?.moment?.openQuestions === 1);
    expect(watched.view?.lastSeq).toBe(shown);
    expect(watched.view?.questions).toEqual([]);
    watched.monitor.receive({ type: "showMoment", time: null });
    await watched.until(() => watched.last("snapshot")?.moment === null);
    expect(watched.view?.questions).toMatchObject([{ questionId: "question_1" }]);
  });

  test("asked for many times at once is shown for the last", async () => {
    using watched = new Watched(atWork().script.events);
    await watched.until(() => watched.view !== undefined);
    for (let second = 0; second <= 30; second += 1)
      watched.monitor.receive({ type: "showMoment", time: NOW + second * 1_000 });
    const isLast = (): boolean =>
      watched.posted.some((message) => "moment" in message && message.moment?.time === NOW + 30_000);
    await watched.until(isLast);
    expect(watched.posted.filter((message) => "moment" in message && message.moment)).toHaveLength(2);
  });
});

describe("the list of events", () => {
  const seqs = (rows: readonly LogRow[]): number[] => rows.map(({ seq }) => seq);

  test("is read page by page in both directions without gaps or repetitions", async () => {
    const session = atWork();
    for (let count = 0; count < 700; count += 1) session.writes(WRITER, "text ");
    session.turn(WRITER, "Three.");
    const { events } = session.script;
    const listed = events.filter(({ type }) => type !== "text_chunk").map(({ seq }) => seq);
    using watched = new Watched(events);
    const forwards: number[] = [];
    for (let after = 0, isEnd = false; !isEnd;) {
      const page = await watched.rows({}, { after }, 5);
      forwards.push(...seqs(page.rows));
      ({ reached: after, isEnd } = page);
    }
    expect(forwards).toEqual(listed);
    const backwards: number[] = [];
    for (let before = events.length + 1, isEnd = false; !isEnd;) {
      const page = await watched.rows({}, { before }, 5);
      backwards.unshift(...seqs(page.rows));
      ({ reached: before, isEnd } = page);
    }
    expect(backwards).toEqual(listed);
  });

  test("holds what is looked for: by kind, and by any word of the event", async () => {
    using watched = new Watched(atWork().script.events);
    const kinds = async (filter: Partial<LogFilter>): Promise<string[]> =>
      [...new Set((await watched.rows(filter, { after: 0 }, 200)).rows.map(({ type }) => type))].sort();
    expect(await kinds({ group: "tools" })).toEqual(["tool_result", "tool_use"]);
    expect(await kinds({ group: "money" })).toEqual(["usage_recorded"]);
    expect(await kinds({ group: "problems" })).toEqual([]);
    expect(await kinds({ text: "TWO. written" })).toEqual(["turn_completed"]);
    expect(await kinds({ group: "tools", text: "A.MD" })).toEqual(["tool_use"]);
    expect(await kinds({ text: "no such words" })).toEqual([]);
  });

  test("ends at the moment that is shown", async () => {
    using watched = new Watched(atWork().script.events);
    await watched.until(() => watched.view !== undefined);
    watched.monitor.receive({ type: "showMoment", time: NOW + 5_000 });
    await watched.until(() => watched.last("snapshot")?.moment !== null);
    const { rows, isEnd } = await watched.rows({}, { after: 0 }, 200);
    expect(isEnd).toBe(true);
    expect(rows.every(({ time }) => time <= NOW + 5_000)).toBe(true);
    expect(rows.at(-1)?.seq).toBeLessThanOrEqual(watched.view?.lastSeq ?? 0);
  });

  test("unfolds one event whole, with what is hidden in it made visible, and says when it is not there", async () => {
    const session = atWork();
    session.calls(WRITER, "call_3", "bash", { command: "echo \u202e\u001b[31m" });
    const { seq } = session.script.events.at(-1) as OrchestratorEvent;
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    watched.monitor.receive({ type: "readEvent", seq });
    await watched.until(() => watched.last("eventDetail") !== undefined);
    expect(watched.last("eventDetail")?.detail).toContain("⟨U+202E⟩");
    watched.monitor.receive({ type: "readEvent", seq: seq + 1 });
    await watched.until(() => watched.last("eventDetail")?.seq === seq + 1);
    expect(watched.last("eventDetail")?.detail).toBeNull();
  });

  test("is not read for a page that asks without end", async () => {
    using watched = new Watched(atWork().script.events);
    const ask = { type: "readLog", filter: { group: "all", text: "" }, direction: "after", seq: 0, limit: 200 };
    for (let requestId = 0; requestId < 1_000; requestId += 1) watched.monitor.receive({ ...ask, requestId });
    // The one that is being answered, and the newest eight.
    expect(watched.rejected).toHaveLength(991);
    await watched.until(() => watched.last("logPage")?.requestId === 999);
    expect(watched.posted.filter(({ type }) => type === "logPage")).toHaveLength(9);
  });

  test("has nothing to read again where only text came", async () => {
    const session = atWork();
    using watched = new Watched(session.script.events);
    await watched.until(() => watched.view !== undefined);
    const { reached, isEnd } = await watched.rows({}, { after: 0 }, 200);
    expect(isEnd).toBe(true);
    expect(reached).toBe(session.script.events.length);
  });

  test("that cannot be read, and an event that cannot, are refused by name", async () => {
    using watched = new Watched(atWork().script.events);
    await watched.until(() => watched.view !== undefined);
    watched.sessions.breakDown(new Error("The disk is gone."));
    watched.monitor.receive({ type: "readEvent", seq: 3 });
    await watched.until(() => watched.last("refused") !== undefined);
    const message = "Error: The disk is gone.";
    expect(watched.last("refused")).toEqual({ type: "refused", request: "readEvent", seq: 3, message });
  });
});
