/** Ours and the peer's work, one after the other, round after round; who begins changes with each round. */
import { parseArgs } from "node:util";

export interface Times {
  readonly ours: number[];
  readonly peer: number[];
}

export interface Turns {
  /** Each gives its figure. */
  readonly ours: () => Promise<number>;
  readonly peer: () => Promise<number>;
  /** Called once before both. */
  readonly prepareRound?: (round: number) => Promise<void>;
  /** Called before each of them. */
  readonly prepareTurn?: (round: number) => Promise<void>;
}

/** Says on standard error how it goes on. */
export async function inTurn(work: string, rounds: number, turns: Turns): Promise<Times> {
  const times: Times = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    await turns.prepareRound?.(round);
    const order = ["ours", "peer"] as const;
    for (const who of round % 2 === 0 ? order : order.toReversed()) {
      await turns.prepareTurn?.(round);
      times[who].push(await turns[who]());
    }
    const [ours, peer] = [times.ours.at(-1), times.peer.at(-1)];
    process.stderr.write(`${work}, ${round + 1} of ${rounds}: ours ${ours?.toFixed(1)}, peer ${peer?.toFixed(1)}\n`);
  }
  return times;
}

/** Milliseconds that something takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** `--rounds N` and what else was typed. */
export function readCommand(usualRounds: number): { readonly rounds: number; readonly positionals: readonly string[] } {
  const { values, positionals } = parseArgs({ options: { rounds: { type: "string" } }, allowPositionals: true });
  const rounds = Number(values.rounds ?? usualRounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds needs a whole number of at least 1, not "${values.rounds}".`);
  }
  return { rounds, positionals };
}
