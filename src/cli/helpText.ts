/** The text of `--help`, made from the table of flags. */
import { EXIT_CODE_WORDS } from "./exitCodes.ts";
import { FLAGS, USAGES, VARIABLES } from "./flags.ts";
import type { Flag } from "./flags.ts";

const WIDTH = 80;

/** `command` is what a person types to start the program, such as `ai-orchestrator`. */
export function helpText(command: string): string {
  return [
    "AI Orchestrator: give a goal; a team of AI agents reaches it in your folder.",
    section(
      "Usage",
      USAGES.map(({ call, does }) => [`${command} ${call}`, does]),
    ),
    section(
      "Options",
      FLAGS.map((flag) => [flagSyntax(flag), flag.description]),
    ),
    section(
      "Environment",
      VARIABLES.map(({ name, description }) => [name, description]),
    ),
    section(
      "Exit codes",
      EXIT_CODE_WORDS.map(({ code, meaning }) => [String(code), meaning]),
    ),
  ].join("\n\n");
}

/** `-w, --workspace DIR`, the way `--help` and docs/cli.md show a flag. */
export function flagSyntax(flag: Flag): string {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  const optional = flag.optionalOperand === undefined ? [] : `[${flag.optionalOperand}]`;
  const words = [flag.value ?? [], flag.operands ?? [], optional].flat();
  return [`${short}--${flag.name}`, ...words].join(" ");
}

/** A title and two columns, the right one wrapped. */
function section(title: string, rows: readonly (readonly [left: string, right: string])[]): string {
  const indent = 4 + Math.max(...rows.map(([left]) => left.length));
  const lines = rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - indent).map((line, index) => (index === 0 ? `  ${left}` : "").padEnd(indent) + line),
  );
  return [`${title}:`, ...lines].join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
