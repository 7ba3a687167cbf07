/** From what was typed to one well-formed command, or a UsageError that says what to type instead. */
import { OrchestratorError } from "../core/errors.ts";
import type { GivenSettings } from "../core/settings/configFile.ts";
import type { ProviderName } from "../core/settings/providers.ts";
import { FLAGS } from "./flags.ts";
import type { CommandName, Flag, FlagName } from "./flags.ts";
import { GivenFlags } from "./givenFlags.ts";
import { parseSessionReference } from "./sessionReference.ts";
import type { SessionReference } from "./sessionReference.ts";
import { UsageError } from "./usageError.ts";

/** How a run is shown and what it may do, whether it begins or goes on. */
export interface RunFlags {
  readonly streaming: boolean;
  readonly json: boolean;
  readonly workspaces: readonly string[];
  readonly model?: string;
  readonly provider?: string;
  readonly concurrency?: number;
  readonly maxTurns?: number;
  readonly approve: "ask" | "all" | "none";
  readonly trust: boolean;
  readonly verbose: boolean;
}

export interface RunCommand extends RunFlags {
  readonly kind: "run";
  /** `-` means standard input. */
  readonly goal: string;
  readonly session?: string;
}

export interface ResumeCommand extends RunFlags {
  readonly kind: "resume";
  readonly session: SessionReference;
  /** The last step to keep. */
  readonly fromStep?: string;
  /** File with the plan from now on. */
  readonly plan?: string;
  /** Of an earlier version nothing is put back. */
  readonly keepFiles: boolean;
}

export interface ForkCommand extends RunFlags {
  readonly kind: "fork";
  /** The session to fork. */
  readonly parent: string;
  readonly version: string;
  /** Of the fork. */
  readonly session?: string;
  /** The parent's when absent; `-` means standard input. */
  readonly goal?: string;
  /** What to tell the planner and every agent besides. */
  readonly prompt?: string;
  /** File with the plan. */
  readonly plan?: string;
  readonly keepFiles: boolean;
}

/** What to ask of the process that runs a session. */
export interface ControlCommand {
  readonly kind: "stop" | "pause" | "continue" | "answer" | "send";
  readonly session: string;
  readonly verbose: boolean;
  /** Of the question to answer. */
  readonly questionId?: string;
  /** The answer, or what to tell. */
  readonly text?: string;
  /** Whom to tell; everybody at work when absent. */
  readonly agent?: string;
}

/** What to do with sessions that are kept. */
export type SessionCommand = { readonly json: boolean; readonly verbose: boolean } & (
  | { readonly kind: "diff"; readonly session: string; readonly from: string; readonly to: string }
  | { readonly kind: "export"; readonly session: string; readonly file: string }
  | { readonly kind: "import"; readonly file: string }
  | {
      readonly kind: "snapshot";
      readonly session: string;
      readonly workspaces: readonly string[];
      readonly label?: string;
    }
  | { readonly kind: "pin" | "unpin"; readonly session: string; readonly version: string }
  | {
      readonly kind: "delete";
      readonly session: string;
      /** Only what its versions keep of the folders. */
      readonly snapshots: boolean;
      readonly dryRun: boolean;
    }
  | { readonly kind: "cleanup"; readonly days: number; readonly dryRun: boolean }
);

export interface RestoreCommand {
  readonly kind: "restore";
  readonly session: string;
  /** `v3`, `latest`, `step:ID` or `agent:ID`. */
  readonly what: string;
  /** Only these, of a version. */
  readonly paths: readonly string[];
  readonly workspaces: readonly string[];
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

export interface DoctorCommand {
  readonly kind: "doctor";
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Looking at sessions, here or in a browser. */
export type WatchCommand = { readonly json: boolean; readonly verbose: boolean } & (
  | { readonly kind: "monitor"; readonly session?: string }
  | { readonly kind: "dashboard"; readonly port?: number; readonly control: boolean }
);
export interface PluginsCommand {
  readonly kind: "plugins";
  readonly action: "list" | "grant" | "revoke";
  /** "" for `list`. */
  readonly name: string;
  readonly workspaces: readonly string[];
  readonly approve: "ask" | "all" | "none";
  readonly trust: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

export type Command =
  | RunCommand
  | ResumeCommand
  | ForkCommand
  | ControlCommand
  | SessionCommand
  | WatchCommand
  | RestoreCommand
  | DoctorCommand
  | PluginsCommand
  | { readonly kind: "list"; readonly json: boolean; readonly verbose: boolean }
  | { readonly kind: "show"; readonly session: string; readonly json: boolean; readonly verbose: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

export type EngineCommand = Exclude<Command, { kind: "help" | "version" | "doctor" }>;

/** What the flags of a run set over the user's configuration. */
export function settingsOf(command: RunFlags): GivenSettings {
  return {
    model: command.model,
    provider: command.provider as ProviderName | undefined,
    maxConcurrentAgents: command.concurrency,
    maxTurns: command.maxTurns,
    verbose: command.verbose || undefined,
  };
}

/** Flags that are commands of their own; a call without one runs a goal. */
const COMMAND_FLAGS = (FLAGS as readonly Flag[]).filter(({ name, commands }) =>
  (commands as readonly string[]).includes(name),
);

/** Parses what was typed after the program's name. Throws UsageError or `goal.empty`. */
export function parseArguments(argv: readonly string[]): Command {
  const given = new GivenFlags(argv);
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };
  const kind = chooseCommand(given);
  given.refuseWhatDoesNotGoWith(kind);
  const verbose = given.has("verbose");
  const json = given.has("json");
  switch (kind) {
    case "list":
      return { kind, json, verbose };
    case "show":
      return { kind, session: given.required("show"), json, verbose };
    case "stop":
    case "pause":
    case "continue":
      return { kind, session: given.required(kind), verbose };
    case "answer": {
      const [questionId = "", text = ""] = given.positionals;
      return { kind, session: given.required(kind), questionId, text: notEmpty("ANSWER", text), verbose };
    }
    case "send": {
      const text = notEmpty("TEXT", given.positionals[0] ?? "");
      return { kind, session: given.required(kind), text, ...optional("agent", given.value("agent")), verbose };
    }
    case "diff": {
      const [from = "", to = ""] = given.positionals;
      return { kind, session: given.required(kind), from, to, json, verbose };
    }
    case "export":
      return { kind, session: given.required(kind), file: notEmpty("FILE", given.positionals[0] ?? ""), json, verbose };
    case "import":
      return { kind, file: given.required(kind), json, verbose };
    case "restore":
      return { kind, ...restoreOf(given), json, verbose };
    case "snapshot": {
      const label = optional("label", given.value("label"));
      return { kind, session: given.required(kind), workspaces: given.values("workspace"), ...label, json, verbose };
    }
    case "pin":
    case "unpin":
      return { kind, session: given.required(kind), version: given.positionals[0] ?? "", json, verbose };
    case "delete": {
      const [snapshots, dryRun] = [given.has("snapshots"), given.has("dry-run")];
      if (dryRun && !snapshots) throw new UsageError("--dry-run goes with --delete only together with --snapshots.");
      return { kind, session: given.required(kind), snapshots, dryRun, json, verbose };
    }
    case "cleanup":
      return { kind, days: given.number(kind) ?? 0, dryRun: given.has("dry-run"), json, verbose };
    case "doctor":
      return { kind, json, verbose };
    case "monitor":
      return { kind, ...optional("session", given.operand(kind)), json, verbose };
    case "dashboard": {
      const port = given.operand(kind);
      return {
        kind,
        ...optional("port", port === undefined ? undefined : Number(port)),
        control: given.has("control"),
        json,
        verbose,
      };
    }
    case "plugins":
      return {
        kind,
        action: given.required(kind) as PluginsCommand["action"],
        name: given.positionals[0] ?? "",
        workspaces: given.values("workspace"),
        approve: (given.value("approve") ?? "ask") as PluginsCommand["approve"],
        trust: given.has("trust"),
        json,
        verbose,
      };
    case "resume":
      return {
        kind,
        session: parseSessionReference(given.required(kind)),
        ...optional("fromStep", given.value("from-step")),
        ...optional("plan", given.value("plan")),
        keepFiles: given.has("keep-files"),
        ...runFlags(given),
      };
    case "fork": {
      const [version = "", goal] = given.positionals;
      return {
        kind,
        parent: given.required(kind),
        version: notEmpty("VERSION", version),
        ...optional("goal", goal),
        ...optional("session", given.value("session")),
        ...optional("prompt", given.value("prompt")),
        ...optional("plan", given.value("plan")),
        keepFiles: given.has("keep-files"),
        ...runFlags(given),
      };
    }
    default:
      return runCommand(given);
  }
}

function chooseCommand(given: GivenFlags): CommandName {
  const [first, second] = COMMAND_FLAGS.filter(({ name }) => given.has(name as FlagName));
  if (first !== undefined && second !== undefined) {
    throw new UsageError(`--${first.name} and --${second.name} do not go together. Give one of them.`);
  }
  if (first === undefined) return "run";
  const withoutOperands = first.withoutOperands?.includes(given.value(first.name as FlagName) ?? "") === true;
  const operands = withoutOperands ? [] : (first.operands ?? []);
  const extra = given.positionals[operands.length + (first.optionalOperand === undefined ? 0 : 1)];
  if (extra !== undefined) {
    if (operands.length === 0 && first.optionalOperand === undefined)
      throw new UsageError(`--${first.name} takes no goal, but "${extra}" was given.`);
    throw new UsageError(`"${extra}" is too much: ${syntaxOf(first)}. Put several words in quotes.`);
  }
  const missing = operands[given.positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing: ${syntaxOf(first)}.`);
  return first.name as CommandName;
}

function syntaxOf({ name, value, operands, optionalOperand }: Flag): string {
  return [`--${name}`, value ?? [], operands ?? [], optionalOperand === undefined ? [] : `[${optionalOperand}]`]
    .flat()
    .join(" ");
}

function runCommand(given: GivenFlags): RunCommand {
  const [goal, ...more] = given.positionals;
  if (goal === undefined) throw new UsageError('Give a goal in quotes, such as "Write a README for this project".');
  if (more.length > 0) {
    throw new UsageError(`Put the whole goal in quotes: "${[goal, ...more].join(" ")}".`);
  }
  if (goal.trim() === "") throw new OrchestratorError("goal.empty", {});
  return { kind: "run", goal, ...optional("session", given.value("session")), ...runFlags(given) };
}

function restoreOf(given: GivenFlags): Pick<RestoreCommand, "session" | "what" | "paths" | "workspaces" | "dryRun"> {
  const what = notEmpty("WHAT", given.positionals[0] ?? "");
  const paths = given.values("path").map((path) => path.replace(/^(\.\/)+|\/+$/g, ""));
  if (paths.length > 0 && what.includes(":")) throw new UsageError(`--path goes with a version, not with ${what}.`);
  return {
    session: given.required("restore"),
    what,
    paths,
    workspaces: given.values("workspace"),
    dryRun: given.has("dry-run"),
  };
}

function runFlags(given: GivenFlags): RunFlags {
  return {
    streaming: given.has("streaming"),
    json: given.has("json"),
    workspaces: given.values("workspace"),
    ...optional("model", given.value("model")),
    ...optional("provider", given.value("provider")),
    ...optional("concurrency", given.number("concurrency")),
    ...optional("maxTurns", given.number("max-turns")),
    approve: (given.value("approve") ?? "ask") as RunFlags["approve"],
    trust: given.has("trust"),
    verbose: given.has("verbose"),
  };
}

function notEmpty(name: string, text: string): string {
  if (text.trim() === "") throw new UsageError(`${name} is empty.`);
  return text;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}
