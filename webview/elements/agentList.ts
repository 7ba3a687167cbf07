import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AgentRecord } from "../../src/protocol/monitorModel.ts";
import type { MonitorView } from "../monitorClient.ts";
import type { SessionView } from "../sessionView.ts";
import { titlesOf } from "./inbox.ts";

/**
 * A card for every agent: those at work open, those that have ended folded below.
 *
 * @param inUse agents whose cards the person is using: they stay where they are when they end
 */
export function agentList(view: MonitorView, session: SessionView, inUse: ReadonlySet<string>): TemplateResult {
  const isUnfolded = ({ agentId, endedAt }: AgentRecord): boolean => endedAt === null || inUse.has(agentId);
  const unfolded = session.agents.filter(isUnfolded);
  const folded = session.agents.filter((agent) => !isUnfolded(agent));
  const titles = titlesOf(session);
  const card = (agent: AgentRecord): TemplateResult => {
    const text = session.textOf(agent.agentId);
    return html`<agent-card
      .agent=${agent}
      .stepTitle=${agent.stepId === null ? undefined : titles.get(agent.stepId)}
      .text=${text}
      .textEnd=${text.end}
      .calls=${session.callsOf(agent.agentId)}
      .sessionId=${session.header.sessionId}
      .clockOffset=${view.clockOffset}
      .frozenAt=${view.moment?.time ?? null}
      .folds=${!isUnfolded(agent)}
    ></agent-card>`;
  };
  return html`<h2 id="agents-heading">Agents</h2>
    ${session.agents.length === 0 ? html`<p class="quiet">${session.header.endedAt === null ? "None yet." : "None."}</p>` : nothing}
    ${cards("unfolded-agents", unfolded, card)}
    ${folded.length > 0 && unfolded.length > 0 ? html`<h2 class="ended-heading">Finished agents</h2>` : nothing}
    ${cards("folded-agents", folded, card)}`;
}

function cards(
  name: string,
  agents: readonly AgentRecord[],
  card: (agent: AgentRecord) => TemplateResult,
): TemplateResult {
  return html`<div class=${name}>${repeat(agents, ({ agentId }) => agentId, card)}</div>`;
}
