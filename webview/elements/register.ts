/** Our own elements, by the names the templates use. */
import { AgentCard } from "./agentCard.ts";
import { ApprovalRequest } from "./approvalRequest.ts";
import { ClampedText } from "./clampedText.ts";
import { ElapsedTime } from "./elapsedTime.ts";
import { EventLog } from "./eventLog.ts";
import { LineChart } from "./lineChart.ts";
import { LinkDialog } from "./linkDialog.ts";
import { PlanGraph } from "./planGraph.ts";
import { PlanView } from "./planView.ts";
import { TimeBar } from "./timeBar.ts";
import { TimeLine } from "./timeLine.ts";
import { ToolCalls } from "./toolCalls.ts";
import { UsageCharts } from "./usageCharts.ts";
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
    "event-log": EventLog;
    "line-chart": LineChart;
    "link-dialog": LinkDialog;
    "plan-graph": PlanGraph;
    "plan-view": PlanView;
    "time-bar": TimeBar;
    "time-line": TimeLine;
    "tool-calls": ToolCalls;
    "usage-charts": UsageCharts;
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
  customElements.define("event-log", EventLog);
  customElements.define("line-chart", LineChart);
  customElements.define("link-dialog", LinkDialog);
  customElements.define("plan-graph", PlanGraph);
  customElements.define("plan-view", PlanView);
  customElements.define("time-bar", TimeBar);
  customElements.define("time-line", TimeLine);
  customElements.define("tool-calls", ToolCalls);
  customElements.define("usage-charts", UsageCharts);
  customElements.define("plan-list", PlanList);
  customElements.define("question-request", QuestionRequest);
  customElements.define("session-header", SessionHeader);
  customElements.define("session-result", SessionResult);
  customElements.define("orchestrator-monitor", MonitorRoot);
}
