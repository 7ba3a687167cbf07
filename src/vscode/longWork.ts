import * as vscode from "vscode";
import type { WorkOptions } from "../core/snapshots/snapshotWork.ts";

/** What is done sooner needs no notification, which would be gone before it is read, and push others away. */
const QUICK_MILLISECONDS = 400;

/** Shows what takes long as a notification that can be cancelled; then it resolves with undefined. */
export async function showWork<Result extends object>(
  title: string,
  work: (options: Required<WorkOptions>) => Promise<Result>,
): Promise<Result | undefined> {
  const stop = new AbortController();
  let report: Required<WorkOptions>["onProgress"] = () => {};
  const running = work({ signal: stop.signal, onProgress: (progress) => report(progress) });
  await showIfSlow({ title, cancellable: true }, running, (progress, token) => {
    token.onCancellationRequested(() => stop.abort());
    report = ({ done, total }) =>
      progress.report({ message: total === undefined ? vscode.l10n.t("{0} files", done) : `${done} / ${total}` });
  });
  try {
    return await running;
  } catch (error) {
    if (stop.signal.aborted) return undefined;
    throw error;
  }
}

/** Shows what takes long, and cannot be cancelled any more, as a notification. */
export async function showSettledWork<Result>(title: string, running: Promise<Result>): Promise<Result> {
  await showIfSlow({ title, cancellable: false }, running);
  return running;
}

type Progress = vscode.Progress<{ readonly message?: string }>;

/** Resolves when the work has ended, however it did. */
async function showIfSlow(
  { title, cancellable }: { readonly title: string; readonly cancellable: boolean },
  running: Promise<unknown>,
  onShown: (progress: Progress, token: vscode.CancellationToken) => void = () => {},
): Promise<void> {
  const ended = running.then(
    () => true,
    () => true,
  );
  const { promise: isSlow, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), QUICK_MILLISECONDS);
  const isQuick = await Promise.race([ended, isSlow]);
  clearTimeout(timer);
  if (isQuick) return;
  const location = vscode.ProgressLocation.Notification;
  await vscode.window.withProgress({ location, title, cancellable }, async (progress, token) => {
    onShown(progress, token);
    await ended;
  });
}
