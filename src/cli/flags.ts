/**
 * Every flag of the terminal, typed once. Parsing, `--help` and docs/cli.md all come from this table or
 * are checked against it. Ranges and choices repeat the settings' own (a test holds them equal), because
 * loading those would make `--help` slow.
 */

/** What a person does with the program; every flag says which of them it goes with. */
export type CommandName =
  | "run"
  | "resume"
  | "fork"
  | "list"
  | "show"
  | "stop"
  | "pause"
  | "continue"
  | "answer"
  | "send"
  | "diff"
  | "restore"
  | "snapshot"
  | "pin"
  | "unpin"
  | "export"
  | "import"
  | "delete"
  | "cleanup"
  | "doctor"
  | "monitor"
  | "dashboard"
  | "plugins"
  | "help"
  | "version";

export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Name of the value in `--help`; a flag without one takes no value. */
  readonly value?: string;
  /** Names of the words that follow the value of a command: `--send S TEXT`. */
  readonly operands?: readonly string[];
  /** Name of a word that may follow a command: `--dashboard [PORT]`. */
  readonly optionalOperand?: string;
  /** Values of a command that no operands follow. */
  readonly withoutOperands?: readonly string[];
  readonly description: string;
  /** The commands this flag goes with; one that is itself a command names only that. */
  readonly commands: readonly CommandName[];
  readonly repeatable?: true;
  readonly choices?: readonly string[];
  /** A whole number within these bounds, both included. */
  readonly range?: { readonly minimum: number; readonly maximum: number };
}

export const FLAGS = [
  {
    name: "streaming",
    description: "Show every agent live instead of only the result.",
    commands: ["run", "resume", "fork"],
  },
  {
    name: "json",
    description: "Print one JSON object per line and nothing else on standard output.",
    commands: [
      ...(["run", "resume", "fork", "list", "show", "diff", "restore", "snapshot", "pin", "unpin"] as const),
      ...(["export", "import", "delete", "cleanup", "doctor", "monitor", "dashboard", "plugins"] as const),
    ],
  },
  {
    name: "workspace",
    short: "w",
    value: "DIR",
    description:
      "Folder the agents work in (default: the current one, or the session's own). Repeat for several. With --fork or --resume S/v4: a new folder for the files of the version.",
    commands: ["run", "resume", "fork", "restore", "snapshot", "plugins"],
    repeatable: true,
  },
  {
    name: "session",
    value: "ID",
    description: "Id of the new session: letters, digits, _ and -, at most 64 (default: generated).",
    commands: ["run", "fork"],
  },
  {
    name: "model",
    short: "m",
    value: "M",
    description: "Model of the agents.",
    commands: ["run", "resume", "fork"],
  },
  {
    name: "provider",
    value: "P",
    description: "Model access: auto, anthropic or demo. auto takes an API key when there is one.",
    commands: ["run", "resume", "fork"],
    choices: ["auto", "anthropic", "demo"],
  },
  {
    name: "concurrency",
    value: "N",
    description: "How many agents run at the same time, 1 to 64.",
    commands: ["run", "resume", "fork"],
    range: { minimum: 1, maximum: 64 },
  },
  {
    name: "max-turns",
    value: "N",
    description: "Most model turns one agent may take, 1 to 200.",
    commands: ["run", "resume", "fork"],
    range: { minimum: 1, maximum: 200 },
  },
  {
    name: "approve",
    value: "MODE",
    description: "Answer to what agents must ask for: ask (on a terminal, otherwise no), all or none.",
    commands: ["run", "resume", "fork", "plugins"],
    choices: ["ask", "all", "none"],
  },
  {
    name: "trust",
    description: "Trust the folder: load its own agents, plugins and instruction files. Remembered.",
    commands: ["run", "resume", "fork", "plugins"],
  },
  {
    name: "resume",
    value: "S",
    description: "Go on with a session that was interrupted or failed; what is finished is kept.",
    commands: ["resume"],
  },
  {
    name: "from-step",
    value: "STEP",
    description: "Keep everything through this step; what depends on it runs again.",
    commands: ["resume"],
  },
  {
    name: "fork",
    value: "S",
    operands: ["VERSION"],
    optionalOperand: "GOAL",
    description:
      "Begin a session of its own where S was at a version: with its plan and results, or planned anew for another goal.",
    commands: ["fork"],
  },
  {
    name: "plan",
    value: "FILE",
    description:
      "Go on with the plan in FILE, such as what --show S --json prints, edited; what is done and the same stays done.",
    commands: ["resume", "fork"],
  },
  {
    name: "prompt",
    value: "TEXT",
    description: "What to tell the planner and every agent of a fork besides.",
    commands: ["fork"],
  },
  {
    name: "keep-files",
    description: "Going on from a version, leave the files as they are.",
    commands: ["resume", "fork"],
  },
  {
    name: "list",
    description: "List the sessions, newest first.",
    commands: ["list"],
  },
  {
    name: "show",
    value: "S",
    description: "Show a session: goal, plan, agents, outputs, cost and versions.",
    commands: ["show"],
  },
  {
    name: "stop",
    value: "S",
    description: "Stop a running session, whichever process runs it.",
    commands: ["stop"],
  },
  {
    name: "pause",
    value: "S",
    description: "Hold a running session before its next model requests.",
    commands: ["pause"],
  },
  {
    name: "continue",
    value: "S",
    description: "Let a paused session go on.",
    commands: ["continue"],
  },
  {
    name: "answer",
    value: "S",
    operands: ["ID", "ANSWER"],
    description: "Answer a question of an agent: allow, allow-session or deny, or a text where one is asked for.",
    commands: ["answer"],
  },
  {
    name: "send",
    value: "S",
    operands: ["TEXT"],
    description: "Tell the agents at work something; they read it before their next turn.",
    commands: ["send"],
  },
  {
    name: "agent",
    value: "ID",
    description: "Tell only this agent.",
    commands: ["send"],
  },
  {
    name: "diff",
    value: "S",
    operands: ["FROM", "TO"],
    description: "Show what differs between two versions of a session: plan, steps, agents, cost, messages, and files.",
    commands: ["diff"],
  },
  {
    name: "restore",
    value: "S",
    operands: ["WHAT"],
    description:
      "Put the files back to a version, v3, or take back what step:ID or agent:ID did. What others changed stays.",
    commands: ["restore"],
  },
  {
    name: "path",
    value: "PATH",
    description: "Only this file or folder of the version. Repeat for several.",
    commands: ["restore"],
    repeatable: true,
  },
  {
    name: "snapshot",
    value: "S",
    description: "Make a version of a session and its folders as they are now.",
    commands: ["snapshot"],
  },
  {
    name: "label",
    value: "TEXT",
    description: "What to call the version.",
    commands: ["snapshot"],
  },
  {
    name: "pin",
    value: "S",
    operands: ["VERSION"],
    description: "Keep the files of a version when space is short.",
    commands: ["pin"],
  },
  {
    name: "unpin",
    value: "S",
    operands: ["VERSION"],
    description: "Keep them no longer than others.",
    commands: ["unpin"],
  },
  {
    name: "export",
    value: "S",
    operands: ["FILE"],
    description: "Write a session to one file, without known secrets, to be imported elsewhere.",
    commands: ["export"],
  },
  {
    name: "import",
    value: "FILE",
    description: "Take a session from an exported file.",
    commands: ["import"],
  },
  {
    name: "delete",
    value: "S",
    description: "Remove a session for good; files the agents wrote stay.",
    commands: ["delete"],
  },
  {
    name: "snapshots",
    description: "Remove only the files that its versions keep, but for pinned ones; the session stays.",
    commands: ["delete"],
  },
  {
    name: "cleanup",
    value: "DAYS",
    description: "Remove the sessions that nothing happened in for so many days, never a running one.",
    commands: ["cleanup"],
    range: { minimum: 1, maximum: 36_500 },
  },
  {
    name: "dry-run",
    description: "Only show what would be done.",
    commands: ["cleanup", "restore", "delete"],
  },
  {
    name: "doctor",
    description: "Examine settings and sessions, repair what can be, and salvage a damaged store.",
    commands: ["doctor"],
  },
  {
    name: "monitor",
    optionalOperand: "SESSION",
    description: "Show what runs in every window and terminal, with each agent; or one session until it has ended.",
    commands: ["monitor"],
  },
  {
    name: "dashboard",
    optionalOperand: "PORT",
    description: "Serve the dashboard for a browser of this machine (default port: 8080) and print its link.",
    commands: ["dashboard"],
    range: { minimum: 0, maximum: 65_535 },
  },
  {
    name: "control",
    description: "Let the dashboard stop sessions and answer questions, not only show them.",
    commands: ["dashboard"],
  },
  {
    name: "plugins",
    value: "WHAT",
    operands: ["NAME"],
    withoutOperands: ["list"],
    description: "Plugins of the folder: list, grant NAME (shows what it could do, and asks) or revoke NAME.",
    commands: ["plugins"],
    choices: ["list", "grant", "revoke"],
  },
  {
    name: "verbose",
    short: "v",
    description: "Write debug lines to standard error.",
    commands: [
      ...(["run", "list", "show", "stop", "resume", "fork", "pause", "continue"] as const),
      ...(["answer", "send", "diff", "restore", "snapshot", "pin", "unpin", "export"] as const),
      ...(["import", "delete", "cleanup", "doctor", "monitor", "dashboard", "plugins"] as const),
    ],
  },
  {
    name: "help",
    short: "h",
    description: "Show this help.",
    commands: ["help"],
  },
  {
    name: "version",
    description: "Show the version.",
    commands: ["version"],
  },
] as const satisfies readonly Flag[];

export type FlagName = (typeof FLAGS)[number]["name"];

/** Ways to call the program, for `--help` and docs/cli.md. */
export const USAGES: readonly { readonly call: string; readonly does: string }[] = [
  { call: '--streaming "GOAL"', does: "run a goal and show every agent live" },
  { call: '"GOAL"', does: "run a goal and print only the result" },
  { call: "- < FILE", does: "read the goal from standard input" },
  { call: "--resume S", does: "go on with a session; S is an id, or ID/latest, or ID/v4" },
  { call: '--fork S v3 "GOAL"', does: "begin a session of its own where another one was" },
  { call: "--list", does: "list the sessions" },
  { call: "--show S", does: "look at a session" },
  { call: "--monitor", does: "watch what runs" },
  { call: "--dashboard", does: "serve the dashboard for a browser" },
  { call: "--stop S", does: "stop a running session" },
  { call: "--pause S", does: "hold a running session" },
  { call: "--continue S", does: "let a paused session go on" },
  { call: "--answer S ID allow", does: "answer a question of an agent" },
  { call: '--send S "TEXT"', does: "tell the agents of a running session something" },
  { call: "--diff S v1 v2", does: "compare two versions of a session" },
  { call: "--restore S v3", does: "put the files back to a version" },
  { call: "--snapshot S", does: "make a version of the folders as they are" },
  { call: "--export S FILE", does: "write a session to one file" },
  { call: "--import FILE", does: "take a session from such a file" },
  { call: "--delete S", does: "remove a session" },
  { call: "--cleanup 7", does: "remove the sessions nothing happened in for 7 days" },
  { call: "--plugins list", does: "list the plugins of the folder" },
  { call: "--plugins grant NAME", does: "look at what a plugin may do, and allow it" },
  { call: "--doctor", does: "examine and repair what is kept" },
];

/** Environment variables the program reads, for `--help` and docs/cli.md. */
export const VARIABLES: readonly { readonly name: string; readonly description: string }[] = [
  { name: "ANTHROPIC_API_KEY", description: "Key of the model server. Without one the built-in demo model is used." },
  {
    name: "ANTHROPIC_BASE_URL",
    description: "Another server that speaks the Messages API; the key is sent only there.",
  },
  { name: "AI_ORCHESTRATOR_HOME", description: "Folder of sessions and configuration (default: ~/.ai-orchestrator)." },
  { name: "AI_ORCHESTRATOR_OTEL", description: "1: tell OpenTelemetry what sessions do, without what is said." },
  { name: "NO_COLOR", description: "Any value: no colours." },
];
