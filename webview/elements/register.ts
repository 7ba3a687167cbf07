/** Our own elements, by the names the templates use. */
import { AgentCard } from "./agentCard.ts";
import { ApprovalRequest } from "./approvalRequest.ts";
import { ClampedText } from "./clampedText.ts";
import { ElapsedTime } from "./elapsedTime.ts";
import { LiveText } from "./liveText.ts";
import { MonitorRoot } from "./monitorRoot.ts";
import { PlanList } from "./planList.ts";
import { QuestionRequest } from "./questionRequest.ts";
import { SessionHeader } from "./sessionHeader.ts";
import { SessionResult } from "./sessionResult.ts";

declare global {
  interface HTMLElementTagNameMap {
    "agent-card": AgentCard;
    "approval-request": ApprovalRequest;
    "clamped-text": ClampedText;
    "elapsed-time": ElapsedTime;
    "live-text": LiveText;
    "orchestrator-monitor": MonitorRoot;
    "plan-list": PlanList;
    "question-request": QuestionRequest;
    "session-header": SessionHeader;
    "session-result": SessionResult;
  }
}

export function registerElements(): void {
  customElements.define("agent-card", AgentCard);
  customElements.define("approval-request", ApprovalRequest);
  customElements.define("clamped-text", ClampedText);
  customElements.define("elapsed-time", ElapsedTime);
  customElements.define("live-text", LiveText);
  customElements.define("plan-list", PlanList);
  customElements.define("question-request", QuestionRequest);
  customElements.define("session-header", SessionHeader);
  customElements.define("session-result", SessionResult);
  customElements.define("orchestrator-monitor", MonitorRoot);
}
