/**
 * Everything the engine can say to a person, as codes with typed parameters.
 *
 * The words live in the hosts' catalogues (cli/catalogue.ts, vscode/catalogue.ts), which the compiler
 * holds complete: a code without words, or words for no code, does not build.
 */
export interface MessageParameters {
  // Goal and workspace
  "goal.empty": Record<never, never>;
  "goal.tooLong": { length: number; limit: number };
  "prompt.tooLong": { length: number; limit: number };
  "newFolder.notEmpty": { path: string };
  /** `file` is the first of `count` that could not be put there. */
  "newFolder.incomplete": { path: string; count: number; file: string; detail: string };
  "workspace.missing": { path: string };
  "workspace.notAFolder": { path: string };
  "workspace.notReadable": { path: string };
  "workspace.notWritable": { path: string };
  "workspace.duplicate": { path: string };
  "workspace.insideHome": { path: string; home: string };
  "workspace.untrusted": { path: string; ignored: string };
  // Home and store
  "home.insideWorkspace": { home: string; path: string };
  "home.notWritable": { home: string; detail: string };
  "node.tooOld": { version: string; required: string };
  "store.newer": { path: string; found: number; supported: number };
  "store.busy": { path: string };
  "store.failed": { detail: string };
  "blob.missing": { hash: string };
  "blob.corrupted": { hash: string };
  "store.damaged": { path: string };
  "store.replaced": { path: string };
  "store.salvaged": { path: string; sessions: number; events: number; incomplete: string };
  "store.backupFailed": { detail: string };
  // Doctor
  "doctor.exposed": { path: string };
  "doctor.damaged": { detail: string };
  "doctor.schema": { detail: string };
  "doctor.lease": { id: string; owner: string };
  "doctor.leftovers": { count: number };
  "doctor.gap": { id: string; count: number; last: number };
  "doctor.event": { id: string; seq: number; detail: string };
  "doctor.contents": { id: string; versions: string; missing: number; corrupted: number };
  "doctor.derived": { id: string; rows: string };
  // Settings
  "settings.invalid": { path: string; detail: string };
  // Sessions
  "session.invalidId": { id: string };
  "session.exists": { id: string };
  "session.unknown": { id: string; nearest: string };
  "session.running": { id: string; owner: string };
  "session.notRunning": { id: string; status: string };
  "session.fenced": { id: string };
  "session.paused": { id: string };
  "session.notPaused": { id: string };
  /** `names` are those of the folders it had elsewhere, or "". */
  "session.noFolder": { id: string; names: string };
  /** One of its folders is not there; `names` are those of all its folders. */
  "session.folderGone": { id: string; path: string; names: string };
  "session.otherFolders": { id: string; count: number; names: string };
  "session.damaged": { id: string; seq: number };
  "session.invalidState": { detail: string };
  "session.invalidTitle": { limit: number };
  "session.invalidTags": { most: number; limit: number };
  "version.invalidLabel": { limit: number };
  "version.unknown": { id: string; version: string; nearest: string };
  /** `kept` names versions that have one. */
  "snapshot.removed": { id: string; version: string; kept: string };
  "snapshot.notCaptured": { id: string; version: string; kept: string };
  "snapshot.noSuchPath": { id: string; version: string; path: string };
  "fork.running": { id: string; version: string; owner: string };
  "fork.complete": { id: string; version: string };
  "cleanup.invalidDays": { days: string };
  /** `command` is its kind, such as `snapshot`. */
  "command.notPossible": { id: string; command: string };
  "command.stale": { id: string };
  "command.unanswered": { id: string; seconds: number };
  // Export and import
  "export.exists": { path: string };
  "export.failed": { path: string; detail: string };
  "export.invalidEvent": { id: string; seq: number; detail: string };
  "import.unreadable": { path: string; detail: string };
  "import.notASession": { path: string };
  "import.newer": { path: string; found: number; supported: number };
  "import.incomplete": { path: string };
  "import.changed": { path: string; line: number };
  "import.invalid": { path: string; line: number; detail: string };
  "import.unsafePath": { path: string; line: number; unsafe: string };
  "import.tooLarge": { path: string; megabytes: number };
  // Model
  "model.noAccess": Record<never, never>;
  "model.noKey": { origin: string };
  "model.keyRejected": { origin: string; status: number };
  "model.unknownProvider": { provider: string; known: string };
  "model.invalidBaseUrl": { url: string };
  "model.unknownModel": { model: string; detail: string };
  "model.unreachable": { origin: string; detail: string };
  "model.rateLimited": { origin: string; detail: string };
  "model.overloaded": { origin: string; detail: string };
  "model.serverError": { origin: string; status: number; detail: string };
  "model.badRequest": { detail: string };
  "model.invalidResponse": { origin: string; detail: string };
  "model.streamBroken": { attempts: number; detail: string };
  "model.refused": { detail: string };
  "model.maxTokens": { limit: number };
  "model.contextFull": Record<never, never>;
  "model.demoUsed": Record<never, never>;
  // Agents
  "agent.unknownType": { agentType: string; known: string };
  "agent.unknown": { id: string; agent: string; known: string };
  /** `agent` is "" when any would have done; `working` names those at work. */
  "agent.notWorking": { id: string; agent: string; working: string };
  /** `known` names the agents the session had, "" when it had none. */
  "monitor.unknownAgent": { id: string; agent: string; known: string };
  "agent.invalidDefinition": { path: string; detail: string };
  "agent.maxTurns": { turns: number };
  "agent.timeout": { minutes: number };
  "agent.idle": { seconds: number };
  "agent.failed": { detail: string };
  // Dashboard
  "dashboard.portTaken": { port: number };
  "dashboard.portNotAllowed": { port: number };
  "session.ownerGone": Record<never, never>;
  // Tools and paths
  "tool.unknown": { tool: string; known: string };
  "tool.invalidInput": { tool: string; detail: string };
  "tool.denied": { tool: string; reason: string };
  "tool.failed": { tool: string; detail: string };
  "tool.serverNotSupported": { tool: string };
  "path.outside": { path: string };
  "path.home": { path: string };
  "path.invalid": { path: string; detail: string };
  "path.unknownFolder": { path: string; folders: string };
  "path.protected": { path: string };
  "path.changed": { path: string };
  // Approvals
  "approval.rule": { tool: string };
  "approval.ruleDenied": { tool: string };
  "approval.timeout": { minutes: number };
  "approval.protectedPath": { path: string };
  "approval.secretFile": { path: string };
  /** Of a command: files in the folders that snapshots leave out, some of them by name, and how many are ignored. */
  "approval.notCovered": { files: number; paths: string; ignored: number };
  "approval.notUndone": { paths: string };
  "approval.tainted": { sources: string };
  "approval.notOpen": { id: string; approval: string };
  "approval.nobodyToAsk": { tool: string };
  "approval.deniedByFlag": { tool: string };
  // Plugins
  "plugin.invalid": { plugin: string; detail: string };
  "plugin.unknown": { plugin: string; known: string };
  "plugin.duplicate": { plugin: string; path: string; other: string };
  "plugin.dependency": { plugin: string; detail: string };
  /** `permissions` is "" when it asks for none. */
  "plugin.notGranted": { plugin: string; permissions: string };
  "plugin.changed": { plugin: string };
  "plugin.failed": { plugin: string; detail: string };
  /** `detail` says why the program switched it off; "" when the user did. */
  "plugin.disabled": { plugin: string; detail: string };
  "plugin.untrusted": { path: string };
  "plugin.denied": { plugin: string; permission: string };
  "permission.filesRead": { pattern: string };
  "permission.filesWrite": { pattern: string };
  "permission.network": { host: string };
  "permission.process": { program: string };
  "permission.agents": Record<never, never>;
  "permission.events": { type: string };
  "permission.node": Record<never, never>;
  // Plan and workflow
  "plan.invalid": { detail: string };
  /** One that a person gave. */
  "plan.notRunnable": { detail: string };
  "plan.missing": Record<never, never>;
  "session.complete": { id: string };
  "step.unknown": { id: string; step: string; known: string };
  "step.outputMissing": { file: string };
  "step.dependencyFailed": { step: string };
  "workflow.stepsFailed": { failed: number; total: number; steps: string };
  "workflow.stopped": { by: string };
  internal: { detail: string };
}

export type MessageCode = keyof MessageParameters;

/** A message before it has words. */
export interface Message<Code extends MessageCode = MessageCode> {
  readonly code: Code;
  readonly params: MessageParameters[Code];
}

/** Words for every code; each host has one. */
export type Catalogue = { readonly [Code in MessageCode]: (params: MessageParameters[Code]) => string };

/** The words of `code` in `catalogue`. */
export function wordsOf(catalogue: Catalogue, code: MessageCode, params: unknown): string {
  const words = catalogue[code] as (params: unknown) => string;
  return words(params);
}
