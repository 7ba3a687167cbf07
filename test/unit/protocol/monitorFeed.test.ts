import { describe, expect, test } from "vitest";
import type { HostMessage } from "../../../src/protocol/hostMessage.ts";
import { MonitorFeed } from "../../../src/protocol/monitorFeed.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SCENARIOS } from "../../support/monitorPreview/scenarios.ts";
import { SessionScript } from "../../support/monitorPreview/sessionScript.ts";

const NOW = Date.UTC(2026, 0, 1);
const AGENT = "writer_1";

class Host {
  readonly posted: HostMessage[] = [];
  readonly wishes: unknown[] = [];
  readonly rejected: string[] = [];
  readonly session = new SessionScript({ start: NOW });
  readonly state = new MonitorState("session_preview", PREVIEW_WORDS);
  readonly feed: MonitorFeed;
  #applied = 0;

  constructor(options: { readonly readOnly?: boolean } = {}) {
    this.feed = new MonitorFeed({
      post: (message) => this.posted.push(structuredClone(message)),
      now: () => NOW,
      readOnly: options.readOnly ?? false,
      onRejected: (detail) => this.rejected.push(detail),
      wishes: {
        stop: () => this.wishes.push("stop"),
        pause: () => this.wishes.push("pause"),
        continue: () => this.wishes.push("continue"),
        retryStep: (stepId) => this.wishes.push(["retry", stepId]),
        answerApproval: (approvalId, decision) => this.wishes.push([approvalId, decision]),
        answerQuestion: (questionId, text) => this.wishes.push([questionId, text]),
        openFile: (path) => this.wishes.push(path),
        openDiff: (toolUseId, effect) => this.wishes.push([toolUseId, effect]),
        openLink: (url) => this.wishes.push(url),
        openSession: () => this.wishes.push("openSession"),
        showMoment: (time) => this.wishes.push(["moment", time]),
        readLog: (requestId, { direction, seq }) => this.wishes.push([requestId, direction, seq]),
        readEvent: (seq) => this.wishes.push(["event", seq]),
      },
    });
  }

  /** The state takes what the session did, and the host's rhythm comes around. */
  beat(): void {
    this.apply();
    this.feed.flush();
  }

  apply(): void {
    const events = this.session.script.events;
    for (; this.#applied < events.length; this.#applied += 1) {
      const event = events[this.#applied];
      if (event) this.state.apply(event);
    }
  }

  start(): void {
    this.session.create({});
    this.session.agentStarts(AGENT, { agentType: "writer", task: "Write" });
    this.beat();
    this.feed.show(this.state);
    this.feed.receive({ type: "ready" });
  }

  kinds(): string[] {
    return this.posted.map(({ type }) => type);
  }

  textOfDeltas(): string {
    const changes = this.posted.flatMap((message) => (message.type === "delta" ? (message.changes.texts ?? []) : []));
    return changes.map(({ text }) => text).join("");
  }

  get lastSequence(): number {
    const last = this.posted.findLast((message) => message.type === "snapshot" || message.type === "delta");
    return last?.sequence ?? 0;
  }
}

describe("a feed", () => {
  test("is silent until the UI listens, then begins with everything", () => {
    const host = new Host();
    host.feed.show(host.state);
    host.session.create({});
    host.beat();
    expect(host.posted).toEqual([]);
    host.feed.receive({ type: "ready" });
    expect(host.posted).toMatchObject([
      {
        type: "snapshot",
        sequence: 1,
        hostTime: NOW,
        readOnly: false,
        canRetry: true,
        opensFiles: true,
        content: { lastSeq: 1 },
      },
    ]);
    host.beat();
    expect(host.posted).toHaveLength(1);
  });

  test("waits with the snapshot until the host has read the session", () => {
    const host = new Host();
    host.feed.receive({ type: "ready" });
    expect(host.posted).toEqual([]);
    host.feed.show(host.state);
    expect(host.kinds()).toEqual(["snapshot"]);
  });

  test("says when there is no such session, at once or later", () => {
    const host = new Host();
    host.feed.show(null);
    host.feed.receive({ type: "ready" });
    expect(host.posted).toEqual([{ type: "sessionMissing" }]);
    const deleted = new Host();
    deleted.start();
    deleted.feed.show(null);
    deleted.session.writes(AGENT, "late");
    deleted.beat();
    expect(deleted.kinds()).toEqual(["snapshot", "sessionMissing"]);
  });

  test("numbers its messages without gaps and gives everything again when asked", () => {
    const host = new Host();
    host.start();
    host.session.writes(AGENT, "one");
    host.beat();
    host.session.writes(AGENT, "two");
    host.beat();
    host.feed.receive({ type: "resnapshot" });
    expect(host.posted).toMatchObject([
      { type: "snapshot", sequence: 1 },
      { type: "delta", sequence: 2 },
      { type: "delta", sequence: 3 },
      { type: "snapshot", sequence: 4, content: { texts: [{ text: "onetwo" }] } },
    ]);
  });

  test("shows a state that was built again", () => {
    const host = new Host();
    host.start();
    const rebuilt = new MonitorState("session_preview", PREVIEW_WORDS);
    host.feed.show(rebuilt);
    expect(host.posted.at(-1)).toMatchObject({ type: "snapshot", sequence: 2, content: { lastSeq: 0, agents: [] } });
  });

  test("stops posting to a UI that does not keep up, and loses nothing of the end", () => {
    const host = new Host();
    host.start();
    const posted = (): number => host.posted.length;
    for (let count = 0; count < 100; count += 1) {
      host.session.writes(AGENT, "x".repeat(50_000));
      host.beat();
    }
    // A snapshot without text, and text until more than a million characters are on their way.
    expect(posted()).toBe(22);
    host.session.writes(AGENT, "the end");
    host.beat();
    expect(posted()).toBe(22);
    host.feed.receive({ type: "ack", sequence: host.lastSequence });
    expect(posted()).toBe(23);
    expect(host.textOfDeltas().endsWith("xthe end")).toBe(true);
  });

  test("stops posting to a UI that does not keep up with records, too", () => {
    const host = new Host();
    host.start();
    const posted: number[] = [];
    for (let count = 0; count < 10_000; count += 1) {
      host.session.called(AGENT, `call_${count}`, "read", { file_path: "a.md" });
      host.beat();
      posted.push(host.posted.length);
    }
    const count = posted.at(-1) ?? 0;
    expect(count).toBeLessThan(5_000);
    host.feed.receive({ type: "ack", sequence: host.lastSequence });
    expect(host.posted.length).toBe(count + 1);
    const last = host.posted.at(-1);
    expect(last?.type === "delta" && last.changes.calls?.at(-1)?.toolUseId).toBe("call_9999");
  });

  test("fulfils the wishes of the person", () => {
    const host = new Host();
    host.start();
    host.session.asks(question());
    host.session.script.add({
      type: "agent_completed",
      source: AGENT,
      agentId: AGENT,
      result: "",
      outputs: ["docs/a.md"],
    });
    host.session.asksPerson({ agentId: AGENT, questionId: "question_1", question: "Which one?", options: ["This"] });
    host.beat();
    host.feed.receive({ type: "answerApproval", approvalId: "approval_1", decision: "allow_session" });
    host.feed.receive({ type: "answerQuestion", questionId: "question_1", text: "The other one" });
    host.feed.receive({ type: "openFile", path: "docs/a.md" });
    host.feed.receive({ type: "openSession" });
    host.feed.receive({ type: "stop" });
    expect(host.wishes).toEqual([
      ["approval_1", "allow_session"],
      ["question_1", "The other one"],
      "docs/a.md",
      "openSession",
      "stop",
    ]);
    expect(host.rejected).toEqual([]);
  });

  test("holds, goes on, runs a step again and opens what a tool did, and asks for the past", () => {
    const host = new Host();
    host.start();
    host.session.called(AGENT, "call_1", "write", { file_path: "a.md" }, [
      { path: "a.md", change: "modified", before: "b".repeat(64), after: "c".repeat(64) },
    ]);
    host.beat();
    const diff = { type: "openDiff", sessionId: "session_preview", toolUseId: "call_1", path: "a.md" };
    const log = { filter: { group: "all", text: "" }, direction: "before", seq: 9, limit: 10 };
    for (const message of [
      { type: "pause" },
      { type: "continue" },
      diff,
      { type: "openLink", url: "https://example.org/" },
      { type: "showMoment", time: NOW },
      { type: "readLog", requestId: 3, ...log },
      { type: "readEvent", seq: 2 },
      // A step of a session that still runs, and changes that no call made.
      { type: "retryStep", stepId: "write" },
      { ...diff, path: "b.md" },
      { ...diff, toolUseId: "call_2" },
      { ...diff, sessionId: "session_other" },
    ])
      host.feed.receive(message);
    expect(host.wishes).toEqual([
      "pause",
      "continue",
      ["call_1", { path: "a.md", change: "modified", before: "b".repeat(64), after: "c".repeat(64) }],
      "https://example.org/",
      ["moment", NOW],
      [3, "before", 9],
      ["event", 2],
    ]);
    expect(host.rejected).toHaveLength(3);
    const ended = new Host();
    for (const event of SCENARIOS["failed"]?.(NOW).events ?? []) ended.state.apply(event);
    ended.feed.show(ended.state);
    ended.feed.receive({ type: "ready" });
    for (const stepId of ["conventions", "nobody"]) ended.feed.receive({ type: "retryStep", stepId });
    expect(ended.wishes).toEqual([["retry", "conventions"]]);
  });

  test("does nothing that the session does not offer", () => {
    const host = new Host();
    host.start();
    host.feed.receive({ type: "answerApproval", approvalId: "approval_9", decision: "allow" });
    host.feed.receive({ type: "answerQuestion", questionId: "question_9", text: "Yes" });
    host.feed.receive({ type: "openFile", path: "/etc/passwd" });
    expect(host.wishes).toEqual([]);
    const ended = new Host();
    for (const event of SCENARIOS["finished"]?.(NOW).events ?? []) ended.state.apply(event);
    ended.feed.show(ended.state);
    ended.feed.receive({ type: "ready" });
    ended.feed.receive({ type: "stop" });
    expect(ended.wishes).toEqual([]);
  });

  test("lets nobody interfere who may only watch", () => {
    const host = new Host({ readOnly: true });
    host.start();
    host.session.asks(question());
    host.session.asksPerson({ agentId: AGENT, questionId: "question_1", question: "Which one?", options: [] });
    host.beat();
    host.feed.receive({ type: "stop" });
    host.feed.receive({ type: "answerApproval", approvalId: "approval_1", decision: "allow" });
    host.feed.receive({ type: "answerQuestion", questionId: "question_1", text: "Yes" });
    for (const type of ["pause", "continue"]) host.feed.receive({ type });
    host.feed.receive({ type: "retryStep", stepId: "write" });
    expect(host.wishes).toEqual([]);
    expect(host.rejected).toHaveLength(6);
    expect(host.posted[0]).toMatchObject({ readOnly: true, canRetry: false });
  });

  test("reports what does not fit and goes on", () => {
    const host = new Host();
    host.start();
    for (const message of [
      undefined,
      "stop",
      { type: "stop", force: true },
      { type: "rejected", detail: "bad delta" },
    ]) {
      host.feed.receive(message);
    }
    expect(host.wishes).toEqual([]);
    expect(host.rejected).toHaveLength(4);
    host.feed.receive({ type: "stop" });
    expect(host.wishes).toEqual(["stop"]);
  });

  test("tells why a wish was refused, and brings an agent into view after what led to it", () => {
    const host = new Host();
    host.feed.refuse("stop", "Nobody listens yet.");
    host.start();
    host.feed.refuse("answerApproval", "It was answered elsewhere.", { approvalId: "approval_1" });
    host.session.writes(AGENT, "new");
    host.apply();
    host.feed.revealAgent(AGENT);
    expect(host.posted.slice(1)).toMatchObject([
      { type: "refused", request: "answerApproval", approvalId: "approval_1", message: "It was answered elsewhere." },
      { type: "delta", changes: { texts: [{ text: "new" }] } },
      { type: "revealAgent", agentId: AGENT },
    ]);
  });

  test("brings an agent into view that was asked for before there was anything to see", () => {
    const host = new Host();
    host.feed.revealAgent(AGENT);
    host.start();
    host.feed.receive({ type: "ready" });
    expect(host.kinds()).toEqual(["snapshot", "revealAgent", "snapshot"]);
  });
});

function question(): Parameters<SessionScript["asks"]>[0] {
  return {
    agentId: AGENT,
    stepId: "survey",
    approvalId: "approval_1",
    tool: "bash",
    input: { command: "ls" },
    subject: "ls",
    severity: "normal",
    reason: "asks",
  };
}
