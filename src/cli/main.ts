#!/usr/bin/env node
/**
 * The terminal host, from what was typed to the exit code. What a run needs is loaded only when there is
 * one (engineCommands.ts), so that `--help` and a mistyped flag answer at once.
 */
import { homedir } from "node:os";
import packageFile from "../../package.json" with { type: "json" };
import { OrchestratorError, toOrchestratorError } from "../core/errors.ts";
import { SecretRedactor } from "../core/policy/redaction.ts";
import { resolveHome } from "../core/settings/home.ts";
import { parseArguments } from "./arguments.ts";
import { UsageError } from "./usageError.ts";
import { catalogueFor, wordsOfError } from "./catalogue.ts";
import { keepCompiledCode } from "./compiledCode.ts";
import { Console } from "./console.ts";
import { ExitCode, exitCodeFor } from "./exitCodes.ts";
import { helpText } from "./helpText.ts";
import { readInvocation } from "./invocation.ts";

/** The first Node with everything the engine calls: `node:sqlite` without a flag, and zstd. */
const REQUIRED_NODE = [22, 15] as const;

const environment = process.env;
const invocation = readInvocation(environment, process.cwd());
const catalogue = catalogueFor(invocation.command);
const redactor = new SecretRedactor();
redactor.add(environment["ANTHROPIC_API_KEY"] ?? "");
const terminal = new Console(process.stdout, process.stderr, (text) => redactor.redact(text));

const exitCode = await carryOut(process.argv.slice(2)).catch(explain);
await terminal.flush();
// Not left to run out: what an agent or a server still holds open must not keep the person waiting.
process.exit(exitCode);

async function carryOut(argv: readonly string[]): Promise<ExitCode> {
  refuseOldNode(process.versions.node);
  const command = parseArguments(argv);
  switch (command.kind) {
    case "help":
      await terminal.print(helpText(invocation.command));
      return ExitCode.COMPLETED;
    case "version":
      await terminal.print(packageFile.version);
      return ExitCode.COMPLETED;
    default: {
      keepCompiledCode(resolveHome({ environment, userHome: homedir(), base: invocation.folder }), packageFile.version);
      const { carryOutDoctor, carryOutWithEngine } = await import("./engineCommands.ts");
      const host = { version: packageFile.version, invocation, catalogue, redactor, console: terminal, process };
      return command.kind === "doctor" ? carryOutDoctor(command, host) : carryOutWithEngine(command, host);
    }
  }
}

function explain(error: unknown): ExitCode {
  if (error instanceof UsageError) {
    terminal.note(error.message);
    return ExitCode.WRONG_USAGE;
  }
  terminal.note(wordsOfError(catalogue, error));
  const { code } = toOrchestratorError(error);
  if (code === "internal" && process.argv.includes("--verbose") && error instanceof Error)
    terminal.note(error.stack ?? "");
  return exitCodeFor(code);
}

function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [requiredMajor, requiredMinor] = REQUIRED_NODE;
  if (major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)) return;
  throw new OrchestratorError("node.tooOld", { version, required: REQUIRED_NODE.join(".") });
}
