/** The monitor in a page: puts its parts together and starts it. */
// oxlint-disable-next-line import/no-unassigned-import -- it is imported for what it does, and first
import "./zodWithoutEval.ts";
import { Announcer } from "./announcer.ts";
import { BrowserPage } from "./browserPage.ts";
import type { MonitorEventName, MonitorEvents } from "./elements/events.ts";
import { registerElements } from "./elements/register.ts";
import { MonitorClient } from "./monitorClient.ts";
import { registerToolkit } from "./toolkit.ts";
import { VsCodeConnection } from "./vsCodeConnection.ts";

registerToolkit();
registerElements();

const root = document.querySelector("orchestrator-monitor");
if (!root) throw new Error("The page has no place for the monitor.");

const page = new BrowserPage();
const announcer = new Announcer(page, (text) => {
  root.announcement = text;
});
const client = new MonitorClient(new VsCodeConnection(), page, (view) => {
  root.view = view;
  if (view.session) announcer.note(view.session, view.moment);
});

function on<Name extends MonitorEventName>(name: Name, handle: (detail: MonitorEvents[Name]) => void): void {
  root?.addEventListener(name, (event) => handle((event as CustomEvent<MonitorEvents[Name]>).detail));
}

on("answer-approval", ({ approvalId, decision }) => client.answerApproval(approvalId, decision));
on("answer-question", ({ questionId, text }) => client.answerQuestion(questionId, text));
on("wish", (message) => client.wish(message));
on("show-moment", ({ time }) => client.showMoment(time));
on("filter-log", (filter) => client.filterLog(filter));
on("read-detail", ({ seq }) => client.readDetail(seq));
on("stop-session", () => client.stop());
on("dismiss-refusal", () => client.dismissRefusal());
client.start();
