/** A real folder for one test, gone when it is disposed. */
import { chown, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";

export interface TemporaryFolder extends AsyncDisposable {
  /** Real path, symbolic links resolved. */
  readonly path: string;
  /** Absolute path of something inside. */
  join(...parts: string[]): string;
  /** Writes files by their relative path (with `/`), with the folders they need. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  /** Text of a file inside. */
  read(path: string): Promise<string>;
  /** Relative paths (with `/`) of all files inside, hidden ones too, sorted. */
  files(): Promise<string[]>;
}

/** `owner`: user and group id the folder is given to, for processes that run as another user. */
export async function createTemporaryFolder(
  options: { readonly prefix?: string; readonly owner?: number } = {},
): Promise<TemporaryFolder> {
  const created = await mkdtemp(join(tmpdir(), `${options.prefix ?? "ai-orchestrator-test"}-`));
  const path = await realpath(created);
  if (options.owner !== undefined) await chown(path, options.owner, options.owner);
  return new DisposableFolder(path);
}

/** An existing folder with the same helpers; disposing removes it. */
export function folderAt(path: string): TemporaryFolder {
  return new DisposableFolder(path);
}

class DisposableFolder implements TemporaryFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const target = this.join(path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    }
  }

  read(path: string): Promise<string> {
    return readFile(this.join(path), "utf8");
  }

  async files(): Promise<string[]> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(this.path.length + 1)
          .replaceAll(sep, "/"),
      )
      .toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A database that a killed process has just let go of may still be held for a moment on some systems.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
