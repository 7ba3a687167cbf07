import * as vscode from "vscode";
import type { WorkOptions } from "../core/snapshots/snapshotWork.ts";

/** Shows what takes long as a notification that can be cancelled; then it resolves with undefined. */
export async function showWork<Result extends object>(
  title: string,
  work: (options: Required<WorkOptions>) => Promise<Result>,
): Promise<Result | undefined> {
  const stop = new AbortController();
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const cancelling = token.onCancellationRequested(() => stop.abort());
      try {
        return await work({
          signal: stop.signal,
          onProgress: ({ done, total }) =>
            progress.report({
              message: total === undefined ? vscode.l10n.t("{0} files", done) : `${done} / ${total}`,
            }),
        });
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      } finally {
        cancelling.dispose();
      }
    },
  );
}
