/**
 * Tells a command that is one plain argv from one that needs a shell.
 *
 * What was parsed is what runs: a plain command is matched against rules and executed as exactly this argv,
 * without a shell. Whatever a shell could read in any other way is not plain, quotes included.
 */

/** Letters, digits and marks of no meaning to any shell, wherever they stand in a word. */
const PLAIN_WORD = /^[\p{L}\p{N}\p{M}_@%+=:,./^~-]+$/u;

/** A shell expands a tilde at the start of a word, and some also after `=` and `:`. */
const TILDE_EXPANSION = /(?:^|[=:])~/;

/** Words a shell carries out itself or reads as syntax; as programs they do not exist or do nothing. */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    ". : alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do done elif else " +
    "enable esac eval exec exit export fc fg fi for function getopts hash help history if in jobs let local logout mapfile popd " +
    "pushd read readarray readonly return select set shift shopt source suspend then time times trap type typeset ulimit umask " +
    "unalias unset until wait while"
  ).split(" "),
);

/** The argv of `command`, or undefined when it takes a shell to run it. */
export function plainArgv(command: string): readonly string[] | undefined {
  if (!/^[\x20-\x7e\p{L}\p{N}\p{M}\t]*$/u.test(command)) return undefined;
  const words = command.split(/[ \t]+/).filter((word) => word !== "");
  const [program] = words;
  if (program === undefined || program.includes("=") || SHELL_WORDS.has(program)) return undefined;
  if (words.some((word) => !PLAIN_WORD.test(word) || TILDE_EXPANSION.test(word))) return undefined;
  return words;
}
