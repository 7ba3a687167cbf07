/** One change of a file at a time: parallel edits of one file wait for each other instead of being lost. */
import { foldName } from "../policy/nameFolding.ts";

/** Shared by all tools of a process that may write the same files. */
export class FileLocks {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when all work given before it for `path` has ended. */
  async hold<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    // Two spellings may be one file; that two files wait for each other harms nobody.
    const key = foldName(path);
    const before = this.#last.get(key);
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    this.#last.set(key, done);
    try {
      await before;
      return await work();
    } finally {
      finish();
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}
