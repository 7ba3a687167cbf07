/** `--dashboard [PORT]`: serves the dashboard until it is interrupted. */
import type { DashboardServer } from "../dashboard/dashboardServer.ts";
import type { Console } from "./console.ts";
import type { ExitCode } from "./exitCodes.ts";
import type { Interruption } from "./interruption.ts";

export interface ServeOptions {
  readonly server: DashboardServer;
  readonly control: boolean;
  readonly json: boolean;
  readonly console: Console;
  readonly interruption: Interruption;
}

/** @throws OrchestratorError `dashboard.portTaken`, `dashboard.portNotAllowed` */
export async function serveDashboard({
  server,
  control,
  json,
  console,
  interruption,
}: ServeOptions): Promise<ExitCode> {
  const link = await server.start();
  if (json) await console.printJson({ url: link, control });
  else {
    await console.print(link);
    console.note(
      control
        ? "Open this link in a browser of this machine. Whoever has it sees every session and may stop and answer them. Ctrl-C ends it."
        : "Open this link in a browser of this machine. Whoever has it sees every session; --control would let it stop and answer them. Ctrl-C ends it.",
    );
  }
  const { signal } = interruption;
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }
  await server.stop();
  return interruption.exitCode ?? 0;
}
