/**
 * Which files hold text that came from outside (web, MCP) or was written by an agent that had read such
 * text. Reading one taints the reader: otherwise a file would wash an injected instruction clean.
 */
export class FileTaint {
  readonly #sources = new Map<string, Set<string>>();

  /** Records that `path` (workspace form; a folder stands for all in it) was written under `sources`. */
  mark(path: string, sources: Iterable<string>): void {
    const known = this.#sources.get(path) ?? new Set();
    for (const source of sources) known.add(source);
    if (known.size > 0) this.#sources.set(path, known);
  }

  /** Sources of everything at, below and above `path`, sorted. */
  of(path: string): string[] {
    const found = new Set<string>();
    for (const [marked, sources] of this.#sources) {
      if (!overlap(marked, path)) continue;
      for (const source of sources) found.add(source);
    }
    return [...found].toSorted();
  }

  /** Sources of every file there is: what a shell command may have read. */
  all(): string[] {
    return this.of(".");
  }
}

function overlap(one: string, other: string): boolean {
  if (one === "." || other === ".") return true;
  const left = one.split("/");
  const right = other.split("/");
  const length = Math.min(left.length, right.length);
  return left.slice(0, length).every((name, index) => name === right[index]);
}
