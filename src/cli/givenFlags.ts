/** What was typed, flag by flag; anything that is none, or that does not go together, is a UsageError. */
import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";
import { nearestName } from "../core/nearestName.ts";
import { FLAGS } from "./flags.ts";
import type { CommandName, Flag, FlagName } from "./flags.ts";
import { UsageError } from "./usageError.ts";

const TABLE: readonly Flag[] = FLAGS;

/** The flags of one call, each known, with a value where it takes one and within its range. */
export class GivenFlags {
  readonly positionals: readonly string[];
  readonly #values = new Map<string, string[]>();

  constructor(argv: readonly string[]) {
    const options: ParseArgsOptionsConfig = {};
    for (const { name, short, value } of TABLE) {
      options[name] = { type: value === undefined ? "boolean" : "string", multiple: true };
      if (short !== undefined) options[name].short = short;
    }
    // Not strict: its errors name no nearest flag, so the tokens are checked here.
    const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
    const positionals: string[] = [];
    for (const token of tokens) {
      if (token.kind === "positional") positionals.push(token.value);
      if (token.kind === "option") this.#add(token.name, token.rawName, token.value, token.inlineValue ?? false);
    }
    this.positionals = positionals;
  }

  has(name: FlagName): boolean {
    return this.#values.has(name);
  }

  values(name: FlagName): string[] {
    return this.#values.get(name) ?? [];
  }

  value(name: FlagName): string | undefined {
    return this.values(name)[0];
  }

  required(name: FlagName): string {
    return this.value(name) ?? "";
  }

  number(name: FlagName): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : Number(value);
  }

  /** The word that follows a command which needs none, within its range. */
  operand(name: FlagName): string | undefined {
    const value = this.value(name) ?? this.positionals[0];
    const flag = TABLE.find((known) => known.name === name);
    if (value === "") throw new UsageError(`${flag?.optionalOperand ?? name} is empty.`);
    if (flag && value !== undefined) checkValue(flag, value);
    return value;
  }

  refuseWhatDoesNotGoWith(command: CommandName): void {
    for (const flag of TABLE) {
      if (!this.#values.has(flag.name) || flag.commands.includes(command)) continue;
      const what = command === "run" ? "running a goal" : `--${command}`;
      throw new UsageError(`--${flag.name} does not go with ${what}.`);
    }
  }

  #add(name: string, rawName: string, value: string | undefined, inline: boolean): void {
    const flag = TABLE.find((known) => known.name === name);
    if (flag === undefined) throw new UsageError(unknownFlag(name, rawName));
    if (flag.value === undefined) {
      if (value !== undefined && flag.optionalOperand === undefined) throw new UsageError(`--${name} takes no value.`);
      this.#values.set(name, value === undefined ? [] : [value]);
      return;
    }
    if (value === undefined || value === "" || (!inline && value.length > 1 && value.startsWith("-"))) {
      throw new UsageError(`--${name} needs a value: --${name} ${flag.value}.`);
    }
    checkValue(flag, value);
    const values = this.values(flag.name as FlagName);
    if (values.length > 0 && flag.repeatable !== true) throw new UsageError(`--${name} is given twice.`);
    this.#values.set(name, [...values, value]);
  }
}

function unknownFlag(name: string, rawName: string): string {
  const nearest = nearestName(
    name,
    TABLE.map((flag) => flag.name),
  );
  const next = nearest === undefined ? "--help lists all flags." : `Did you mean --${nearest}?`;
  return `The flag ${rawName} is not known. ${next}`;
}

function checkValue(flag: Flag, value: string): void {
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    throw new UsageError(`--${flag.name} must be one of ${flag.choices.join(", ")}, not "${value}".`);
  }
  if (flag.range === undefined) return;
  const { minimum, maximum } = flag.range;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
    throw new UsageError(`--${flag.name} must be a whole number from ${minimum} to ${maximum}, not "${value}".`);
  }
}
