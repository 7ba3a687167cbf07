/** A process of its own that does what the test tells it, function by function. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Call {
  readonly id: number;
  readonly name: string;
  readonly values: readonly unknown[];
}

type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: unknown });

export interface RemoteProcess extends AsyncDisposable {
  readonly pid: number;
  /** Calls a function that the script offers. Rejects with `{ code, params, message }` of what it throws. */
  call(name: string, ...values: readonly unknown[]): Promise<unknown>;
  /** Ends it at once, without a chance to clean up, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a script written for `offer` and waits until it offers its functions. */
export async function startRemote(script: URL, ...values: readonly string[]): Promise<RemoteProcess> {
  const child = fork(fileURLToPath(script), values, { execArgv: [], serialization: "advanced" });
  const exited = once(child, "exit");
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<unknown>();
  pending.set(0, ready);
  child.on("message", (answer: Answer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if ("error" in answer) waiting?.reject(answer.error);
    else waiting?.resolve(answer.result);
  });
  child.on("exit", () => {
    for (const { reject } of pending.values()) reject(new Error("The process has ended."));
    pending.clear();
  });
  let lastId = 0;
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  await ready.promise;
  return {
    pid: child.pid ?? 0,
    call: (name, ...values) => {
      const waiting = Promise.withResolvers<unknown>();
      const call: Call = { id: ++lastId, name, values };
      pending.set(call.id, waiting);
      child.send(call);
      return waiting.promise;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** In the script: what the test may call, by name. The process lives until it is killed. */
export function offer(functions: Readonly<Record<string, (...values: never[]) => unknown>>): void {
  process.on("message", (call: Call) => void answer(call));
  process.send?.({ id: 0, result: undefined });

  async function answer({ id, name, values }: Call): Promise<void> {
    try {
      process.send?.({ id, result: await functions[name]?.(...(values as never[])) });
    } catch (error) {
      const { code, params, message } = error as { code?: string; params?: object; message: string };
      process.send?.({ id, error: { code, params, message } });
    }
  }
}
