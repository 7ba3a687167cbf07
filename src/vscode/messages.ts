/** Puts errors into words and shows them with the next step as a button. */
import * as vscode from "vscode";
import { isOrchestratorError, messageOf, OrchestratorError, toOrchestratorError } from "../core/errors.ts";
import type { ErrorInfo } from "../core/events/event.ts";
import { wordsOf, type MessageCode } from "../core/messages.ts";
import { visibleText } from "../core/policy/visibleText.ts";
import type { Logger } from "../core/ports.ts";
import { createCatalogue } from "./catalogue.ts";
import { withoutLinks } from "./notificationText.ts";

/** What a person can do about a message, as a button. */
export interface NextStep {
  readonly label: string;
  readonly command: string;
}

export class Messages {
  readonly #logger: Logger;
  readonly #catalogue = createCatalogue();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The words of an error, safe to show. */
  words(error: unknown): string {
    const known = toOrchestratorError(error);
    return visibleText(wordsOf(this.#catalogue, known.code, known.params));
  }

  /** The words of a message code; the code itself when there are none. */
  wordsOfCode(code: string, params: Readonly<Record<string, unknown>>): string {
    return Object.hasOwn(this.#catalogue, code)
      ? visibleText(wordsOf(this.#catalogue, code as MessageCode, params))
      : code;
  }

  /** An error as an event carries it, with its code and parameters again. */
  revive(info: ErrorInfo): OrchestratorError {
    if (!Object.hasOwn(this.#catalogue, info.code)) return new OrchestratorError("internal", { detail: info.message });
    return new OrchestratorError(info.code as MessageCode, info.params);
  }

  showError(error: unknown, openMonitor?: () => void): void {
    this.#logger.error(
      messageOf(error),
      error instanceof Error && !isOrchestratorError(error) ? { stack: error.stack } : {},
    );
    const step = nextStep(toOrchestratorError(error).code);
    const buttons = [...(step ? [step.label] : []), ...(openMonitor ? [vscode.l10n.t("Open Monitor")] : [])];
    void this.#offer(this.words(error), buttons, step, openMonitor);
  }

  /** Tells why a wish cannot be fulfilled now, with the way out as a button. */
  showObstacle(words: string, step: NextStep): void {
    const offer = async (): Promise<void> => {
      const choice = await vscode.window.showWarningMessage(withoutLinks(words), step.label);
      if (choice === step.label) await vscode.commands.executeCommand(step.command);
    };
    void offer();
  }

  async #offer(
    words: string,
    buttons: readonly string[],
    step: NextStep | undefined,
    openMonitor: (() => void) | undefined,
  ): Promise<void> {
    const choice = await vscode.window.showErrorMessage(withoutLinks(words), ...buttons);
    if (choice === undefined) return;
    if (step && choice === step.label) await vscode.commands.executeCommand(step.command);
    else openMonitor?.();
  }
}

function nextStep(code: MessageCode): NextStep | undefined {
  switch (code) {
    case "model.noKey":
    case "model.keyRejected":
      return { label: vscode.l10n.t("Set API Key…"), command: "aiOrchestrator.setApiKey" };
    case "model.unknownModel":
      return { label: vscode.l10n.t("Select Model…"), command: "aiOrchestrator.selectModel" };
    case "settings.invalid":
    case "model.invalidBaseUrl":
      return { label: vscode.l10n.t("Open Settings File"), command: "aiOrchestrator.openSettingsFile" };
    default:
      return undefined;
  }
}
