/** The peer: a repository beside the user's, as other agents keep one for their checkpoints. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

const OUTPUT_BYTES = 64 * 1024 * 1024;

export class ShadowGit {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string, folder: string) {
    this.#directory = directory;
    this.#environment = {
      PATH: process.env["PATH"],
      GIT_DIR: directory,
      GIT_WORK_TREE: folder,
      // Nothing of the user's own settings, such as signing or hooks.
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
    };
  }

  /** Begins anew. Collecting by itself would disturb whatever is measured next, so it is off. */
  create(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    this.#run("init", "--quiet");
    const settings = { "user.name": "bench", "user.email": "bench@example.com", "gc.auto": "0" };
    for (const [name, value] of Object.entries(settings)) this.#run("config", name, value);
  }

  /** `git add -A && git commit`. */
  commit(): void {
    this.#run("add", "--all");
    this.#run("commit", "--quiet", "--allow-empty", "--no-verify", "--message", "checkpoint");
  }

  /** The last commit. */
  head(): string {
    return this.#run("rev-parse", "HEAD").trim();
  }

  /** How many files the last commit has. */
  files(): number {
    return this.#run("ls-files").split("\n").length - 1;
  }

  checkout(commit: string): void {
    this.#run("checkout", "--quiet", commit, "--", ".");
  }

  collect(): void {
    this.#run("gc", "--quiet", "--prune=now");
  }

  /** Of everything it keeps, as the disk sees it. */
  megabytes(): number {
    return Number(execFileSync("du", ["-sk", this.#directory], { encoding: "utf8" }).split("\t")[0]) / 1024;
  }

  #run(...args: string[]): string {
    return execFileSync("git", args, {
      env: this.#environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: OUTPUT_BYTES,
    });
  }
}
