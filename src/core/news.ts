/** Something to wait for; what was told before the wait is not missed. */
export class News {
  #told = Promise.withResolvers<void>();

  tell(): void {
    this.#told.resolve();
  }

  async next(): Promise<void> {
    await this.#told.promise;
    this.#told = Promise.withResolvers();
  }
}
