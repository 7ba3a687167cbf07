/**
 * The environment a command gets: the user's own without secrets, without what would run code of its own,
 * and without programs that agents can write.
 */
import { delimiter, isAbsolute } from "node:path";

/** Names of variables that hold secrets by convention; matched in any letter case. */
const SECRET_NAMES = [
  /^(?:AWS|AZURE|GOOGLE|GCP|GCLOUD)_.*(?:KEY|TOKEN|SECRET|CREDENTIALS?)/,
  /(?:KEY|TOKEN|PAT)S?$/,
  /SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/,
  /(?:^|_)(?:PASS|PWD|AUTH|DSN|COOKIE|JWT)$/,
];

/** Variables of our own: where the model is, where the home is. No secrets, and no business of a command. */
const OWN_NAMES = [/^ANTHROPIC_/, /^AI_ORCHESTRATOR_/];

/** Ends like a secret and is none. */
const HARMLESS_NAMES = new Set(["PWD", "GPG_KEY"]);

/** A URL that carries a password: `postgres://user:password@host/…`. */
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*:[^/?#@\s]+@/i;

/** What makes a shell or a program run code before the command, or belongs to the program that started us. */
const DISTURBING_NAMES = [
  /^(?:BASH_ENV|ENV|BASH_FUNC_.*|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|PS4|CDPATH|OLDPWD)$/,
  /^(?:NPM_|VSCODE_|ELECTRON_)/,
  /^(?:INIT_CWD|NODE_OPTIONS)$/,
];

/** Set for every command: nobody is there to answer a prompt or to turn a page. */
const ADDED = { TERM: "dumb", PAGER: "cat", GIT_PAGER: "cat", GIT_TERMINAL_PROMPT: "0" } as const;

/** True when a variable holds a secret, by its name or by a password in a URL. */
export function isSecretVariable(name: string, value: string): boolean {
  const upper = name.toUpperCase();
  if (URL_WITH_PASSWORD.test(value)) return true;
  return !HARMLESS_NAMES.has(upper) && SECRET_NAMES.some((pattern) => pattern.test(upper));
}

/** Values of all secret variables, to be added to the redactor: a command may print what it finds elsewhere. */
export function secretValues(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && isSecretVariable(name, value) ? [value] : [],
  );
}

/**
 * `environment` for a command. Of `PATH` only absolute folders outside `writable` stay: an agent that could
 * put a `git` into one of them would decide what an approved `git` runs.
 *
 * @param writable real paths of the workspace folders
 */
export function commandEnvironment(
  environment: NodeJS.ProcessEnv,
  writable: readonly string[],
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || isSecretVariable(name, value)) continue;
    if ([...OWN_NAMES, ...DISTURBING_NAMES].some((pattern) => pattern.test(name.toUpperCase()))) continue;
    result[name] = name.toUpperCase() === "PATH" ? safeSearchPath(value, writable) : value;
  }
  return { ...result, ...ADDED };
}

function safeSearchPath(searchPath: string, writable: readonly string[]): string {
  const inside = (folder: string): boolean =>
    writable.some((root) => `${folder}/`.replace(/\/+/g, "/").startsWith(`${root}/`));
  return searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !inside(folder))
    .join(delimiter);
}
