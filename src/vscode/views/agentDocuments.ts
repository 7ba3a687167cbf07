import * as vscode from "vscode";
import type { EngineHost } from "../engineHost.ts";

/** Built-in agents as read-only documents, in the users' own file format. */
export class AgentDocuments implements vscode.TextDocumentContentProvider {
  readonly #host: EngineHost;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const name = uri.path.replace(/^\//, "").replace(/\.md$/, "");
    const engine = await this.#host.get();
    const definition = (await engine.agentDefinitions([])).definitions.get(name);
    if (!definition) return vscode.l10n.t("There is no built-in agent {0}.", name);
    return `---\nname: ${definition.name}\ndescription: ${definition.description}\ntools: [${definition.tools.join(", ")}]\n---\n${definition.systemPrompt}\n`;
  }
}
