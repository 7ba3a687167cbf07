import type { Engine } from "./engine.ts";

/** Calls `listener` when something in the store changed, whoever changed it. */
export function onDidChange(
  engine: Pick<Engine, "sessions" | "onDidChangeElsewhere">,
  listener: () => void,
): Disposable {
  const elsewhere = engine.onDidChangeElsewhere(listener);
  const here = engine.sessions.onDidCommit(listener);
  return {
    [Symbol.dispose]: () => {
      elsewhere[Symbol.dispose]();
      here[Symbol.dispose]();
    },
  };
}
