/** Text of a live process, line by line, for tests that wait for something to be said. */

interface Waiter {
  readonly predicate: (line: string) => boolean;
  resolve(line: string): void;
  reject(error: unknown): void;
}

export class LineBuffer {
  readonly #lines: string[] = [];
  #text = "";
  #rest = "";
  #ended = false;
  #waiters: Waiter[] = [];
  #more = Promise.withResolvers<void>();

  /** Everything so far, line ends included. */
  get text(): string {
    return this.#text;
  }

  push(chunk: string): void {
    this.#text += chunk;
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#add(line);
  }

  /** No more will come; who still waits is told what was said instead. */
  end(explanation: () => string): void {
    if (this.#ended) return;
    if (this.#rest !== "") this.#add(this.#rest);
    this.#ended = true;
    this.#more.resolve();
    for (const waiter of this.#waiters)
      waiter.reject(new Error(`The process ended without saying so. ${explanation()}`));
    this.#waiters = [];
  }

  /** The first line that fits, past or future. */
  waitFor(predicate: (line: string) => boolean): Promise<string> {
    const said = this.#lines.find(predicate);
    if (said !== undefined) return Promise.resolve(said);
    if (this.#ended) return Promise.reject(new Error(`The process ended without saying so. It said:\n${this.#text}`));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ predicate, resolve, reject });
    });
  }

  /** Every line from the first on, as they come. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    for (let next = 0; ;) {
      while (next < this.#lines.length) {
        yield this.#lines[next] ?? "";
        next += 1;
      }
      if (this.#ended) return;
      await this.#more.promise;
    }
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#waiters = this.#waiters.filter((waiter) => !settle(waiter, line));
    this.#more.resolve();
    this.#more = Promise.withResolvers<void>();
  }
}

/** Whether the waiter has its answer; a predicate that throws answers too. */
function settle(waiter: Waiter, line: string): boolean {
  try {
    if (!waiter.predicate(line)) return false;
    waiter.resolve(line);
  } catch (error) {
    waiter.reject(error);
  }
  return true;
}
