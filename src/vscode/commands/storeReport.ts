/** What an examination of the session store finds, as a read-only document; opening it again examines again. */
import * as vscode from "vscode";
import { visibleText } from "../../core/policy/visibleText.ts";
import type { DoctorReport } from "../../core/sessions/doctor.ts";
import type { EngineHost } from "../engineHost.ts";
import type { Messages } from "../messages.ts";

export const REPORT_SCHEME = "ai-orchestrator-report";

/** A new address for each examination: VS Code shows a document it has open without asking for it again. */
export function storeReportUri(now: number): vscode.Uri {
  return vscode.Uri.from({ scheme: REPORT_SCHEME, path: "/Session Store.md", query: String(now) });
}

export class StoreReports implements vscode.TextDocumentContentProvider {
  readonly #host: EngineHost;
  readonly #messages: Messages;
  readonly #home: string;

  constructor(options: { readonly host: EngineHost; readonly messages: Messages; readonly home: string }) {
    this.#host = options.host;
    this.#messages = options.messages;
    this.#home = options.home;
  }

  async provideTextDocumentContent(): Promise<string> {
    const head = `# ${vscode.l10n.t("Session store")}\n\n${vscode.l10n.t("Examined {0}.", visibleText(this.#home))}\n`;
    try {
      const engine = await this.#host.get();
      return `${head}\n${this.#body(await engine.doctor())}`;
    } catch (error) {
      return `${head}\n${vscode.l10n.t("The session store cannot be opened.")}\n\n${this.#messages.words(error)}\n`;
    }
  }

  #body({ checks, sessions, events, healthy }: DoctorReport): string {
    const sections = checks.map(({ name, findings }) => {
      const open = findings.some(({ repaired }) => !repaired);
      const counts = name === "sessions" ? ` (${vscode.l10n.t("{0}, with {1} events", sessions, events)})` : "";
      const lines = findings.map(({ message, repaired }) => {
        const words = this.#messages.wordsOfCode(message.code, message.params);
        return `- ${words}${repaired ? ` ${vscode.l10n.t("Repaired.")}` : ""}`;
      });
      return [`## ${open ? "✗" : "✓"} ${checkName(name)}${counts}`, ...(lines.length > 0 ? ["", ...lines] : [])].join(
        "\n",
      );
    });
    const end = healthy
      ? vscode.l10n.t("Everything is in order.")
      : vscode.l10n.t("What is marked ✗ is left for you to look at.");
    return `${[...sections, end].join("\n\n")}\n`;
  }
}

function checkName(name: DoctorReport["checks"][number]["name"]): string {
  switch (name) {
    case "home":
      return vscode.l10n.t("Permissions");
    case "settings":
      return vscode.l10n.t("Settings");
    case "store":
      return vscode.l10n.t("Store");
    case "leases":
      return vscode.l10n.t("Owners of sessions");
    case "sessions":
      return vscode.l10n.t("Sessions");
    case "contents":
      return vscode.l10n.t("Files that snapshots keep");
  }
}
