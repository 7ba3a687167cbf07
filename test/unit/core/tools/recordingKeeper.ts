/** A keeper that stores nothing and tells what it was asked for. */
import type { Effect, NotCovered } from "../../../../src/core/events/event.ts";
import type { ChangeKeeper, CommandCaller, WatchedCommand } from "../../../../src/core/tools/changeKeeper.ts";

export class RecordingKeeper implements ChangeKeeper {
  readonly asked: string[] = [];
  /** What commands are said to have changed. */
  effects: Effect[] = [];
  /** Thrown instead of storing. */
  failure: Error | undefined;

  async preserve(paths: readonly string[]): Promise<Disposable> {
    this.asked.push(...paths.map((path) => `preserve ${path}`));
    if (this.failure) throw this.failure;
    return { [Symbol.dispose]: () => void this.asked.push(...paths.map((path) => `done ${path}`)) };
  }

  changed(effects: readonly Effect[]): void {
    this.asked.push(...effects.map(({ change, path }) => `${change} ${path}`));
  }

  async watch({ toolUseId }: CommandCaller): Promise<WatchedCommand> {
    this.asked.push("watch");
    if (this.failure) throw this.failure;
    return {
      manifest: `before ${toolUseId}`,
      cancel: () => void this.asked.push("cancel"),
      end: async () => {
        this.asked.push("end");
        return { effects: this.effects, events: [] };
      },
    };
  }

  async notCovered(): Promise<NotCovered> {
    return { outside: true };
  }
}
