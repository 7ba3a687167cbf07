import { describe, expect, it } from "vitest";
import type { QuestionAnswer, Questioner, QuestionRequest } from "../../../../src/core/ports.ts";
import { toolNamesOf, toolResultsOf } from "../../../support/modelServerRequests.ts";
import { plan, say, useTool } from "../../../support/modelServerReplies.ts";
import { byAgent } from "../../../support/modelServerScripts.ts";
import { TestEngine } from "../../../support/testEngine.ts";

const script = () =>
  byAgent({
    planner: [
      plan({
        summary: "",
        steps: [{ id: "alpha", title: "Alpha", description: "Do the alpha part.", agentType: "writer", dependsOn: [] }],
      }),
    ],
    steps: {
      "Do the alpha part.": [
        useTool("ask_user", { question: "Which language?", options: ["English", "German"] }),
        say("Done"),
      ],
    },
  });

/** Answers, or waits until it is no longer needed. */
function person(answer: string | undefined, asked: QuestionRequest[] = []): Questioner {
  return {
    ask: (request, signal) => {
      asked.push(request);
      if (answer !== undefined) return Promise.resolve({ answer, by: "user" });
      return new Promise<QuestionAnswer>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    },
  };
}

describe("a question of an agent", () => {
  it("goes to the person, and the answer to the agent and into the log", async () => {
    const asked: QuestionRequest[] = [];
    await using test = await TestEngine.start({ script: script(), questioner: person("Esperanto", asked) });
    const events = await test.run("Goal");
    expect(asked).toMatchObject([
      { agentId: "writer_0000", question: "Which language?", options: ["English", "German"] },
    ]);
    const last = test.server.requests.at(-1);
    expect(last && toolResultsOf(last)).toMatchObject([{ text: "Esperanto", isError: false }]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "question_answered", questionId: "question_1", answer: "Esperanto", by: "user" }),
    );
  });

  it("can be answered from another process", async () => {
    await using test = await TestEngine.start({ script: script(), questioner: person(undefined) });
    const running = await test.engine.orchestrator.start({
      goal: "Goal",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    const answers: unknown[] = [];
    for await (const event of running.events()) {
      if (event.type === "question_answered") answers.push([event.answer, event.by]);
      if (event.type !== "question_asked") continue;
      const send = (payload: object) => test.engine.control.send("session_test", "answer", payload, "elsewhere");
      expect(await send({ questionId: "question_9", text: "x" })).toMatchObject({ accepted: false });
      expect(await send({ questionId: event.questionId, text: "German" })).toEqual({ accepted: true });
      expect(await send({ questionId: event.questionId, text: "English" })).toMatchObject({ accepted: false });
    }
    expect(answers).toEqual([["German", "elsewhere"]]);
  });

  it("is withdrawn when the run is stopped", async () => {
    await using test = await TestEngine.start({ script: script(), questioner: person(undefined) });
    const running = await test.engine.orchestrator.start({
      goal: "Goal",
      sessionId: "session_test",
      workspaceFolders: test.folders,
    });
    const types: string[] = [];
    for await (const event of running.events()) {
      types.push(event.type);
      if (event.type === "question_asked") running.stop("a test");
    }
    expect(types).toContain("question_answered");
    expect(types.at(-1)).toBe("workflow_interrupted");
  });

  it("cannot be asked where there is nobody: the agent has no such tool", async () => {
    await using test = await TestEngine.start({
      script: byAgent({
        planner: [
          plan({
            summary: "",
            steps: [{ id: "alpha", title: "Alpha", description: "Do it.", agentType: "writer", dependsOn: [] }],
          }),
        ],
        steps: { "Do it.": [say("Done")] },
      }),
    });
    await test.run("Goal");
    for (const request of test.server.requests) expect(toolNamesOf(request)).not.toContain("ask_user");
  });
});
