/**
 * The one list of commands. `npm run manifest` writes package.json's `contributes.commands` from it and a
 * test compares them, so a command is named exactly once.
 */
export interface CommandContribution {
  readonly title: string;
  /** A codicon, for commands that are shown as a button. */
  readonly icon?: string;
  /** When the command can be used; it is greyed out, and missing in the palette, otherwise. */
  readonly enablement?: string;
}

const COULD_RUN = "isWorkspaceTrusted";
const HAS_SESSIONS = "aiOrchestrator.hasSessions";

export const COMMANDS = {
  runGoal: { title: "Run Goal…", icon: "$(play)", enablement: COULD_RUN },
  runGoalOnSelection: { title: "Run Goal on Selection…", enablement: COULD_RUN },
  runDemo: { title: "Run Demo Goal", enablement: COULD_RUN },
  stop: { title: "Stop", icon: "$(debug-stop)", enablement: "aiOrchestrator.isRunning" },
  pause: { title: "Pause", icon: "$(debug-pause)", enablement: "aiOrchestrator.isRunning" },
  continue: { title: "Continue", icon: "$(debug-continue)", enablement: "aiOrchestrator.isRunning" },
  resumeSession: { title: "Resume Session", icon: "$(debug-continue)", enablement: COULD_RUN },
  resumeFromStep: { title: "Resume from Step…", enablement: COULD_RUN },
  editPlan: { title: "Change Plan and Resume…", enablement: COULD_RUN },
  retryStep: { title: "Retry Step", icon: "$(debug-restart)", enablement: COULD_RUN },
  openSnapshot: { title: "Show Changes", icon: "$(diff-multiple)" },
  openChange: { title: "Show Change", icon: "$(diff)" },
  openFileInSnapshot: { title: "Open File as It Was", icon: "$(go-to-file)" },
  compareSnapshots: { title: "Compare Snapshots…", enablement: HAS_SESSIONS },
  compareWithSnapshot: { title: "Compare with Snapshot…" },
  compareWithWorkspace: { title: "Compare with Workspace", icon: "$(compare-changes)", enablement: HAS_SESSIONS },
  restoreSnapshot: { title: "Restore Snapshot…", icon: "$(discard)", enablement: `${COULD_RUN} && ${HAS_SESSIONS}` },
  takeBackChanges: { title: "Take Back Changes…", enablement: COULD_RUN },
  createSnapshot: { title: "Create Snapshot", icon: "$(device-camera)", enablement: `${COULD_RUN} && ${HAS_SESSIONS}` },
  forkFromSnapshot: {
    title: "Fork from Snapshot…",
    icon: "$(repo-forked)",
    enablement: `${COULD_RUN} && ${HAS_SESSIONS}`,
  },
  resumeFromSnapshot: { title: "Resume from Snapshot…", enablement: COULD_RUN },
  pinSnapshot: { title: "Pin Snapshot", icon: "$(pin)" },
  unpinSnapshot: { title: "Unpin Snapshot", icon: "$(pinned)" },
  deleteSnapshots: { title: "Delete Snapshots (Keep Session)…" },
  exportSession: { title: "Export Session…", enablement: HAS_SESSIONS },
  importSession: { title: "Import Session…" },
  deleteSession: { title: "Delete Session…", icon: "$(trash)", enablement: HAS_SESSIONS },
  cleanUp: { title: "Clean Up Old Sessions…", enablement: HAS_SESSIONS },
  doctor: { title: "Check Session Store" },
  openMonitor: { title: "Open Live Monitor", icon: "$(dashboard)" },
  startDashboard: { title: "Start Dashboard", icon: "$(globe)", enablement: "!aiOrchestrator.dashboardRuns" },
  stopDashboard: { title: "Stop Dashboard", enablement: "aiOrchestrator.dashboardRuns" },
  showOutput: { title: "Show Output", icon: "$(output)" },
  reviewPlugin: { title: "Review and Grant Plugin…", icon: "$(shield)", enablement: COULD_RUN },
  revokePlugin: { title: "Take Back Grant of Plugin", enablement: COULD_RUN },
  createPlugin: { title: "Create Plugin…", icon: "$(add)", enablement: COULD_RUN },
  enablePlugin: { title: "Enable Plugin", icon: "$(play)", enablement: COULD_RUN },
  disablePlugin: { title: "Disable Plugin", enablement: COULD_RUN },
  reloadPlugin: { title: "Reload Plugin", icon: "$(refresh)", enablement: COULD_RUN },
  showPluginLog: { title: "Show Plugin Log", icon: "$(output)", enablement: COULD_RUN },
  openPlugin: { title: "Open Plugin File", icon: "$(go-to-file)", enablement: COULD_RUN },
  setApiKey: { title: "Set API Key…" },
  clearApiKey: { title: "Clear API Key…" },
  selectModel: { title: "Select Model…" },
  openSettingsFile: { title: "Open Settings File" },
  refreshSessions: { title: "Refresh", icon: "$(refresh)" },
  loadMoreSessions: { title: "Show More Sessions" },
  copySessionId: { title: "Copy Session Id" },
} as const satisfies Record<string, CommandContribution>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_CATEGORY = "AI Orchestrator";

export function commandId(name: CommandName): string {
  return `aiOrchestrator.${name}`;
}
