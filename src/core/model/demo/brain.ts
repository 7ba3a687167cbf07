/** Which of the demo's routines answers a conversation. */
import type { Conversation } from "./conversation.ts";
import type { DemoReply } from "./demoReply.ts";
import { recogniseTask } from "./demoTask.ts";
import { documentationInquiry } from "./documentation.ts";
import { doGeneralTask } from "./generalTask.ts";
import { pursue } from "./inquiry.ts";
import { inventoryInquiry } from "./inventory.ts";
import { openEndsInquiry } from "./openEnds.ts";
import { planNext } from "./plannerBrain.ts";
import { writeReport } from "./reportWriter.ts";
import { taskParts } from "./taskText.ts";

/** The model's next turn: a pure function of the conversation that ends after a few turns. */
export function answer(conversation: Conversation): DemoReply {
  if (conversation.offers("submit_plan") || conversation.callsOf("submit_plan").length > 0)
    return planNext(conversation);
  const task = recogniseTask(conversation.task);
  switch (task?.kind) {
    case "inventory":
      return pursue(inventoryInquiry, conversation);
    case "documentation":
      return pursue(documentationInquiry, conversation);
    case "open-ends":
      return pursue(openEndsInquiry(task.goal), conversation);
    case "report":
      return writeReport(conversation, task.goal, taskParts(task.after));
    case undefined:
      return doGeneralTask(conversation, taskParts(conversation.task));
  }
}
