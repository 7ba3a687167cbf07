/** The newest of what was sent to a page, to be sent once more when its connection broke. */

export interface Sent {
  /** From 1, without gaps. */
  readonly number: number;
  readonly data: string;
}

export class Outbox {
  readonly #limit: number;
  #sent: Sent[] = [];
  #characters = 0;
  #last = 0;

  /** @param limit characters that are kept; the newest is kept whatever its length */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get last(): number {
    return this.#last;
  }

  add(data: string): Sent {
    const sent = { number: ++this.#last, data };
    this.#sent.push(sent);
    this.#characters += data.length;
    while (this.#characters > this.#limit && this.#sent.length > 1)
      this.#characters -= this.#sent.shift()?.data.length ?? 0;
    return sent;
  }

  /** Everything after `number`; undefined when not all of it is there any more, or never was. */
  after(number: number): readonly Sent[] | undefined {
    const first = this.#sent[0]?.number ?? this.#last + 1;
    if (!Number.isInteger(number) || number < first - 1 || number > this.#last) return undefined;
    return this.#sent.filter((sent) => sent.number > number);
  }
}
