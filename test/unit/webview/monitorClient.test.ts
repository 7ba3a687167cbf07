import { describe, expect, test } from "vitest";
import type { HostMessage, MonitorChanges } from "../../../src/protocol/hostMessage.ts";
import type { Moment } from "../../../src/protocol/monitorModel.ts";
import { MonitorState } from "../../../src/protocol/monitorState.ts";
import type { UiMessage } from "../../../src/protocol/uiMessage.ts";
import { MonitorClient } from "../../../webview/monitorClient.ts";
import type { MonitorView } from "../../../webview/monitorClient.ts";
import { PREVIEW_WORDS } from "../../support/monitorPreview/previewWords.ts";
import { SCENARIOS } from "../../support/monitorPreview/scenarios.ts";
import { FakePage } from "./fakePage.ts";

const AGENT = "analyst_1005";

class Ui {
  readonly page = new FakePage();
  readonly said: UiMessage[] = [];
  readonly drawn: MonitorView[] = [];
  readonly client: MonitorClient;
  remembered: unknown;
  #listener: (message: unknown) => void = () => {};

  constructor() {
    this.client = new MonitorClient(
      {
        post: (message) => this.said.push(message),
        listen: (listener) => (this.#listener = listener),
        remember: (state) => (this.remembered = state),
      },
      this.page,
      (view) => this.drawn.push(view),
    );
    this.client.start();
  }

  get view(): MonitorView | undefined {
    return this.drawn.at(-1);
  }

  hear(message: unknown): void {
    this.#listener(structuredClone(message));
  }

  snapshot(sequence: number, scenario = "approval"): void {
    const state = new MonitorState("session_preview", PREVIEW_WORDS);
    for (const event of SCENARIOS[scenario]?.(this.page.now()).events ?? []) state.apply(event);
    const message: HostMessage = {
      type: "snapshot",
      sequence,
      hostTime: this.page.now() + 5_000,
      readOnly: false,
      canRetry: true,
      opensFiles: true,
      moment: null,
      span: state.span,
      content: state.takeSnapshot(),
    };
    this.hear(message);
  }

  delta(sequence: number, changes: Partial<MonitorChanges> = {}, moment?: Moment): void {
    const place = moment === undefined ? {} : { moment };
    this.hear({ type: "delta", sequence, ...place, changes: { lastSeq: 1000 + sequence, ...changes } });
  }

  text(): string {
    return this.view?.session?.textOf(AGENT).toString() ?? "";
  }

  saidSince(count: number): UiMessage[] {
    return this.said.slice(count);
  }
}

function append(text: string): Partial<MonitorChanges> {
  return { texts: [{ kind: "append", agentId: AGENT, text }] };
}

describe("the UI's end of the conversation", () => {
  test("says that it listens, and draws what it gets once a frame", () => {
    const ui = new Ui();
    expect(ui.said).toEqual([{ type: "ready" }]);
    ui.page.frame();
    expect(ui.view).toMatchObject({ phase: "loading" });
    ui.snapshot(1);
    ui.delta(2, append("one "));
    ui.delta(3, append("two"));
    expect(ui.page.requestedFrames).toBe(1);
    ui.page.frame();
    expect(ui.view).toMatchObject({ phase: "session", clockOffset: 5_000, readOnly: false });
    expect(ui.text().endsWith("one two")).toBe(true);
    expect(ui.drawn).toHaveLength(2);
    expect(ui.remembered).toEqual({ sessionId: "session_preview" });
  });

  test("acknowledges what was drawn, and each only once", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.delta(2);
    ui.page.frame();
    ui.client.dismissRefusal();
    ui.page.frame();
    expect(ui.saidSince(1)).toEqual([{ type: "ack", sequence: 2 }]);
  });

  test("asks for everything again when a message is missing, once, and waits for it", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.delta(3, append("lost"));
    ui.delta(4, append("lost"));
    ui.page.frame();
    expect(ui.said.filter(({ type }) => type === "resnapshot")).toHaveLength(1);
    expect(ui.text()).not.toContain("lost");
    ui.snapshot(5);
    ui.delta(6, append("found"));
    ui.page.frame();
    expect(ui.text().endsWith("found")).toBe(true);
  });

  test("starts again with a host that starts again", () => {
    const ui = new Ui();
    ui.snapshot(8);
    ui.page.frame();
    ui.snapshot(1);
    ui.page.frame();
    expect(ui.said.filter(({ type }) => type === "ack")).toEqual([
      { type: "ack", sequence: 8 },
      { type: "ack", sequence: 1 },
    ]);
  });

  test("ignores what does not fit, reports it and asks for a snapshot", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.hear({ type: "delta", sequence: 2, changes: { lastSeq: 1, agents: [{ agentId: "<b>" }] } });
    ui.page.frame();
    expect(ui.said.map(({ type }) => type)).toEqual(["ready", "rejected", "resnapshot", "ack"]);
    expect(ui.view?.session?.agents.map(({ agentId }) => agentId)).not.toContain("<b>");
  });

  test("does not drown its host in reports", () => {
    const ui = new Ui();
    for (let count = 0; count < 100; count += 1) ui.hear({ type: "x".repeat(5_000) });
    const reports = ui.said.filter((message) => message.type === "rejected");
    expect(reports).toHaveLength(5);
    for (const { detail } of reports) expect(detail.length).toBeLessThanOrEqual(1_000);
  });

  test("ignores deltas before the first snapshot", () => {
    const ui = new Ui();
    ui.delta(7, append("early"));
    ui.page.frame();
    expect(ui.view).toMatchObject({ phase: "loading", session: undefined });
    expect(ui.said).toEqual([{ type: "ready" }]);
  });

  test("draws and acknowledges nothing while the page is hidden, and catches up", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.page.frame();
    ui.page.setHidden(true);
    const said = ui.said.length;
    for (let sequence = 2; sequence < 50; sequence += 1) ui.delta(sequence, append("x"));
    expect(ui.page.requestedFrames).toBe(0);
    expect(ui.saidSince(said)).toEqual([]);
    ui.page.setHidden(false);
    ui.page.frame();
    expect(ui.text().endsWith("x".repeat(48))).toBe(true);
    expect(ui.saidSince(said)).toEqual([{ type: "ack", sequence: 49 }]);
  });

  test("says that the session is missing, and shows it when it is there again", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.hear({ type: "sessionMissing" });
    ui.page.frame();
    expect(ui.view).toMatchObject({ phase: "missing", session: undefined });
    ui.snapshot(2);
    ui.page.frame();
    expect(ui.view?.phase).toBe("session");
  });
});

describe("what a person wishes", () => {
  test("is asked of the host once, and shown as under way until it is done", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.answerApproval("approval_1", "allow");
    ui.client.answerApproval("approval_1", "deny");
    ui.page.frame();
    expect(ui.view?.answers).toEqual(new Map([["approval_1", "allow"]]));
    expect(ui.said).toContainEqual({ type: "answerApproval", approvalId: "approval_1", decision: "allow" });
    expect(ui.said).not.toContainEqual({ type: "answerApproval", approvalId: "approval_1", decision: "deny" });
    ui.delta(2, { closedApprovals: ["approval_1"] });
    ui.page.frame();
    expect(ui.view?.answers.size).toBe(0);
    expect(ui.view?.session?.approvals.map(({ approvalId }) => approvalId)).toEqual(["approval_2"]);
  });

  test("an answer to a question is sent once, and is under way until it has arrived", () => {
    const ui = new Ui();
    ui.snapshot(1, "question");
    ui.client.answerQuestion("question_1", "Everybody");
    ui.client.answerQuestion("question_1", "Nobody");
    ui.page.frame();
    expect(ui.view?.replied).toEqual(new Set(["question_1"]));
    const answers = ui.said.filter(({ type }) => type === "answerQuestion");
    expect(answers).toEqual([{ type: "answerQuestion", questionId: "question_1", text: "Everybody" }]);
    ui.hear({ type: "refused", request: "answerQuestion", questionId: "question_1", message: "Not now." });
    ui.page.frame();
    expect(ui.view).toMatchObject({ refusal: "Not now.", replied: new Set() });
    ui.client.answerQuestion("question_1", "Everybody");
    ui.delta(2, { closedQuestions: ["question_1"] });
    ui.page.frame();
    expect(ui.view?.replied.size).toBe(0);
    expect(ui.view?.session?.questions.map(({ questionId }) => questionId)).toEqual(["question_2"]);
  });

  test("can be asked again when it was refused", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.answerApproval("approval_1", "allow");
    ui.hear({ type: "refused", request: "answerApproval", approvalId: "approval_1", message: "Not now." });
    ui.page.frame();
    expect(ui.view).toMatchObject({ refusal: "Not now.", answers: new Map() });
    ui.client.answerApproval("approval_1", "deny");
    ui.page.frame();
    expect(ui.view?.refusal).toBeUndefined();
    expect(ui.said).toContainEqual({ type: "answerApproval", approvalId: "approval_1", decision: "deny" });
  });

  test("a stop is under way until the session has ended", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.stop();
    ui.page.frame();
    expect(ui.view?.isStopping).toBe(true);
    const header = ui.view?.session?.header;
    if (header) ui.delta(2, { header: { ...header, status: "interrupted", endedAt: 5 } });
    ui.page.frame();
    expect(ui.view?.isStopping).toBe(false);
  });

  test("a stop that was refused can be asked again", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.stop();
    ui.hear({ type: "refused", request: "stop", message: "It runs elsewhere." });
    ui.page.frame();
    expect(ui.view).toMatchObject({ isStopping: false, refusal: "It runs elsewhere." });
  });

  test("an agent is brought into view once", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.hear({ type: "revealAgent", agentId: AGENT });
    ui.page.frame();
    expect(ui.view?.reveal).toBe(AGENT);
    ui.delta(2);
    ui.page.frame();
    expect(ui.view?.reveal).toBeUndefined();
  });
});

describe("a moment of the past", () => {
  const moment = (time: number) => ({ time, openQuestions: 0 });

  test("is asked for once until it is there, and then the last that was wanted meanwhile", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.page.frame();
    const said = ui.said.length;
    for (const time of [10, 20, 30]) ui.client.showMoment(time);
    expect(ui.saidSince(said)).toEqual([{ type: "showMoment", time: 10 }]);
    ui.delta(2, {}, moment(10));
    expect(ui.saidSince(said)).toEqual([
      { type: "showMoment", time: 10 },
      { type: "showMoment", time: 30 },
    ]);
    ui.delta(3, {}, moment(30));
    ui.page.frame();
    expect(ui.view).toMatchObject({ moment: { time: 30 }, wantedMoment: undefined });
    ui.client.showMoment(null);
    ui.snapshot(4);
    ui.page.frame();
    expect(ui.view).toMatchObject({ moment: null, wantedMoment: undefined });
  });

  test("that is there already is not asked for, because there is no answer to it", () => {
    const ui = new Ui();
    ui.snapshot(1);
    const said = ui.said.length;
    ui.client.showMoment(null);
    ui.client.showMoment(10);
    ui.client.showMoment(null);
    ui.delta(2, {}, moment(10));
    ui.snapshot(3);
    ui.client.showMoment(20);
    ui.delta(4, {}, moment(20));
    ui.client.showMoment(20);
    ui.page.frame();
    expect(ui.view).toMatchObject({ moment: { time: 20 }, wantedMoment: undefined });
    expect(ui.saidSince(said).filter(({ type }) => type === "showMoment")).toEqual(
      [10, null, 20].map((time) => ({ type: "showMoment", time })),
    );
  });

  test("is asked for again of a host that began anew and does not know of it", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.showMoment(10);
    ui.client.showMoment(20);
    const said = ui.said.length;
    ui.snapshot(1);
    expect(ui.saidSince(said)).toEqual([{ type: "showMoment", time: 20 }]);
    ui.delta(2, {}, moment(20));
    ui.page.frame();
    expect(ui.view).toMatchObject({ moment: { time: 20 }, wantedMoment: undefined });
  });

  test("that is refused leaves what is shown", () => {
    const ui = new Ui();
    ui.snapshot(1);
    ui.client.showMoment(10);
    ui.hear({ type: "refused", request: "showMoment", message: "It cannot be read." });
    ui.page.frame();
    expect(ui.view).toMatchObject({ moment: null, wantedMoment: undefined, refusal: "It cannot be read." });
  });
});
