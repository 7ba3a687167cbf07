/** Records that are open for a while, oldest first, and which of them the UI does not know of yet. */
export class OpenRecords<Item> {
  readonly #open = new Map<string, Item>();
  readonly #changed = new Set<string>();

  get all(): Item[] {
    return [...this.#open.values()];
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  add(id: string, item: Item): void {
    this.#open.set(id, item);
    this.#changed.add(id);
  }

  /** The one that was open, if it was. */
  close(id: string): Item | undefined {
    const item = this.#open.get(id);
    if (this.#open.delete(id)) this.#changed.add(id);
    return item;
  }

  /** What came and what went since the last call, or undefined when nothing did. */
  takeChanges(): { readonly added: Item[]; readonly closed: string[] } | undefined {
    if (this.#changed.size === 0) return undefined;
    const added = [...this.#changed].flatMap((id) => this.#open.get(id) ?? []);
    const closed = [...this.#changed].filter((id) => !this.#open.has(id));
    this.#changed.clear();
    return { added, closed };
  }
}
