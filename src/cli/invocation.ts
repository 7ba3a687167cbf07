/** How and where the program was called: npm changes both the command to type and the working folder. */
import path from "node:path";

export interface Invocation {
  /** What a person types to call the program again. */
  readonly command: string;
  /** The folder the command was typed in. */
  readonly folder: string;
  readonly underNpm: boolean;
}

/**
 * npm runs a script in the package's folder and puts the one the person was in into `INIT_CWD`. The
 * variable alone says little: everything started from an npm script inherits it.
 */
export function readInvocation(environment: NodeJS.ProcessEnv, currentFolder: string): Invocation {
  const packageFile = environment["npm_package_json"];
  const underNpm = packageFile !== undefined && path.dirname(packageFile) === currentFolder;
  if (!underNpm) return { command: "ai-orchestrator", folder: currentFolder, underNpm };
  return { command: "npm start --", folder: environment["INIT_CWD"] || currentFolder, underNpm };
}
