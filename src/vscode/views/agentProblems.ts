/** Agent files that cannot be used, as problems in the editor. */
import * as vscode from "vscode";
import type { OrchestratorError } from "../../core/errors.ts";

export class AgentProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection("ai-orchestrator");

  /** Replaces what was shown before. */
  show(problems: readonly OrchestratorError[]): void {
    this.#collection.clear();
    for (const problem of problems) {
      if (problem.code !== "agent.invalidDefinition") continue;
      const { path, detail } = problem.params as { path: string; detail: string };
      const words = vscode.l10n.t("This agent cannot be used: {0}.", detail);
      const atTheTop = new vscode.Range(0, 0, 0, Number.MAX_SAFE_INTEGER);
      const diagnostic = new vscode.Diagnostic(atTheTop, words, vscode.DiagnosticSeverity.Warning);
      diagnostic.source = "AI Orchestrator";
      this.#collection.set(vscode.Uri.file(path), [diagnostic]);
    }
  }

  dispose(): void {
    this.#collection.dispose();
  }
}
