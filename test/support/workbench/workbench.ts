import type { ConsoleMessage, Frame, Locator, Page } from "playwright-core";
import { colourThemes, type ColourTheme } from "./colourTheme.ts";

/** Six times the interval in which VS Code writes. */
const KEPT_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/** For a command that is not enabled yet. */
const COMMAND_TIMEOUT_MS = 20_000;

/** What a notification says. */
export interface Notification {
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
}

/**
 * One window of VS Code, used as a person with a keyboard or a screen reader would: by the names and
 * roles VS Code gives its parts, which it keeps, and not by its markup, which it changes.
 *
 * Every method waits until what it needs is there and fails after Playwright's time limit if it never is.
 */
export class Workbench {
  readonly page: Page;
  readonly #consoleErrors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message: ConsoleMessage) => {
      if (message.type() === "error") this.#consoleErrors.push(message.text());
    });
    page.on("pageerror", (error) => this.#consoleErrors.push(error.message));
  }

  /** Resolves when the extensions' contributions are in place: commands, views, keys. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(() => performance.getEntriesByName("code/didLoadExtensions").length > 0);
  }

  /** Errors on the browser's console so far, of the page and its webviews. VS Code itself always has a few. */
  consoleErrors(): readonly string[] {
    return this.#consoleErrors;
  }

  /** Opens the palette, types the title and takes the command of exactly that title. */
  async runCommand(title: string): Promise<void> {
    const option = this.#option(title);
    const deadline = performance.now() + COMMAND_TIMEOUT_MS;
    for (;;) {
      await this.typeIntoPalette(title);
      await this.page.getByRole("option").first().waitFor();
      if ((await option.count()) > 0 || performance.now() > deadline) break;
      // The palette offers what was possible when it was opened, which in a window just loaded is not all.
      await this.page.keyboard.press("Escape");
    }
    await option.click();
  }

  /** Opens the palette and types, leaving it open: to see which commands are offered. */
  async typeIntoPalette(text: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.page.getByRole("textbox", { name: "Type the name of a command to run." }).fill(`>${text}`);
  }

  /** Takes the entry of the open quick pick whose label is `label` (its description may follow). */
  async choose(label: string): Promise<void> {
    await this.page.getByRole("option").first().waitFor();
    // A long list holds only the entries in sight; typing brings the wanted one there.
    await this.page.keyboard.insertText(label);
    await this.#option(label).click();
  }

  /** Labels of the open quick pick that are in sight, as a screen reader hears them. */
  async choices(): Promise<string[]> {
    const options = this.page.getByRole("option");
    await options.first().waitFor();
    return await namesOf(options);
  }

  /** Types into the open input box with this name (its title, else its placeholder) and confirms. */
  async answer(inputName: string | RegExp, text: string): Promise<void> {
    const input = this.page.getByRole("textbox", { name: inputName });
    await input.fill(text);
    await input.press("Enter");
  }

  /** Chooses from the menu a click with the other button opens. A menu takes no click in its first moments, but keys. */
  async chooseInMenu(of: Locator, item: string): Promise<void> {
    await of.click({ button: "right" });
    const choice = this.page.getByRole("menuitem", { name: item, exact: true });
    await choice.hover();
    await choice.press("Enter");
  }

  /** The notification that contains `text`: its buttons are found in it by role and name. */
  notification(text: string | RegExp): Locator {
    return this.page.getByRole("dialog", { name: /, notification/ }).filter({ hasText: text });
  }

  /** The notifications that are on the screen now. */
  async notifications(): Promise<Notification[]> {
    const names = await namesOf(this.page.getByRole("dialog", { name: /, notification/ }));
    return names.map(readNotification);
  }

  /** The modal dialog that says `text`. While host tests run, VS Code refuses to show any. */
  modal(text: string | RegExp): Locator {
    return this.page.getByRole("dialog", { name: /^(?:Info|Warning|Error) / }).filter({ hasText: text });
  }

  /** Opens the notification centre, which has them all, also where no toasts are shown (`testDriver`). */
  async showNotifications(): Promise<void> {
    await this.runCommand("Notifications: Show Notifications");
  }

  /** Opens a view container of the activity bar. */
  async openContainer(title: string): Promise<void> {
    const tab = this.page.getByRole("tab", { name: startingWith(title) });
    if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
  }

  /** An entry of a tree view by the label a screen reader hears (its description may follow). */
  treeItem(view: string | RegExp, label: string): Locator {
    return this.page
      .getByRole("tree", { name: view })
      .getByRole("treeitem", { name: startingWith(label) })
      .first();
  }

  /** The visible entries of a tree view from top to bottom, two spaces deeper per level. */
  async treeLabels(view: string | RegExp): Promise<string[]> {
    const items = this.page.getByRole("tree", { name: view }).getByRole("treeitem");
    return await items.evaluateAll((elements) =>
      elements
        .toSorted((a, b) => Number(a.dataset["index"]) - Number(b.dataset["index"]))
        .map((element) => {
          const level = Number(element.getAttribute("aria-level") ?? "1");
          const label = (element.getAttribute("aria-label") ?? "").trim();
          // VS Code tells readers of an entry with buttons so.
          return "  ".repeat(level - 1) + label.replace(/, has actions$/, "");
        }),
    );
  }

  /** Opens a collapsed entry of a tree view. */
  async expand(view: string | RegExp, label: string): Promise<void> {
    const item = this.treeItem(view, label);
    if ((await item.getAttribute("aria-expanded")) === "false") await item.click();
  }

  /** What is in sight of an output channel; the channel must be shown. */
  output(channel: string): Locator {
    return this.page.getByRole("document", { name: `${channel} - Output`, exact: true });
  }

  /** The text in sight of an output channel, which must be shown. Lines follow each other without a break. */
  async outputText(channel: string): Promise<string> {
    // The editor writes blanks as ones that do not break.
    return ((await this.output(channel).textContent()) ?? "").replaceAll("\u00a0", " ");
  }

  /** A button of the status bar by the start of its name. */
  statusBarItem(name: string | RegExp): Locator {
    return this.page.getByRole("status").getByRole("button", { name });
  }

  /**
   * The document inside a webview, once its scripts may run.
   *
   * @param extensionId `publisher.name` of the extension it belongs to
   * @param title of the panel or view when its content was set; any when it is left out. Only one webview of
   *   the extension may be in sight.
   */
  async webview(extensionId: string, title?: string): Promise<Frame> {
    const outer = this.page.locator(`iframe[src*="extensionId=${extensionId}&"]`).filter({ visible: true });
    const titled = title === undefined ? "" : `[title="${title}"]`;
    const inner = outer.contentFrame().locator(`iframe#active-frame${titled}`);
    const element = await inner.elementHandle();
    const frame = await element?.contentFrame();
    if (!frame) throw new Error(`The webview of ${extensionId} was closed while it was opened.`);
    await frame.waitForLoadState();
    return frame;
  }

  /** Changes the theme from the palette. It stays: every window of this VS Code opens with it from now on. */
  async switchTheme(theme: ColourTheme): Promise<void> {
    await this.runCommand("Preferences: Color Theme");
    await this.choose(colourThemes[theme].label);
    await this.themeShown(theme);
  }

  /** Resolves when the window shows this kind of theme. */
  async themeShown(theme: ColourTheme): Promise<void> {
    await this.page.locator(`[role=application].${colourThemes[theme].kind}`).waitFor();
  }

  /** Trusts the open folder, as the person would from the status bar of a restricted window. */
  async trustFolder(): Promise<void> {
    await this.page.getByRole("button", { name: /^Restricted Mode/ }).click();
    await this.page.getByRole("button", { name: "Trust", exact: true }).click();
    await this.page.getByRole("button", { name: /^Restricted Mode/ }).waitFor({ state: "detached" });
    await this.page.keyboard.press("Escape");
  }

  /** Reloads the window as "Developer: Reload Window" does: its extension host starts anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /**
   * Resolves when what the window keeps for its next start holds `text`. VS Code writes it every few seconds
   * while nothing else is to do; a reload before that forgets what was opened last.
   */
  async keptForNextStart(text: string): Promise<void> {
    const deadline = performance.now() + KEPT_TIMEOUT_MS;
    while (!(await this.page.evaluate<string>(`(${READ_KEPT_STATE})()`)).includes(text)) {
      if (performance.now() > deadline) throw new Error(`The window does not keep "${text}" for its next start.`);
      await this.page.waitForTimeout(POLL_MS);
    }
  }

  /** Writes a PNG of the whole window. */
  async screenshot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  /** Closes the window; the last one of its browser profile takes the profile with it. */
  async close(): Promise<void> {
    const context = this.page.context();
    await this.page.close();
    if (context.pages().length === 0) await context.close();
  }

  #option(label: string): Locator {
    return this.page.getByRole("option", { name: startingWith(label) }).first();
  }
}

/** Runs in the page: everything in the databases in which VS Code keeps the state of its windows, as one text. */
const READ_KEPT_STATE = `async () => {
  const answer = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const all = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith("vscode-web-state-db")) continue;
    const database = await answer(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      all.push(...await answer(database.transaction(store).objectStore(store).getAll()));
    database.close();
  }
  return all.join("\\n");
}`;

async function namesOf(locator: Locator): Promise<string[]> {
  return await locator.evaluateAll((elements) => elements.map((element) => element.getAttribute("aria-label") ?? ""));
}

/** Matches the whole label, or its beginning where VS Code adds a description, a key or a hint. */
function startingWith(label: string): RegExp {
  return new RegExp(`^${label.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?:[\\s,(]|$)`);
}

/** "Info: Saved, source: AI Orchestrator, notification, …" is how VS Code names a notification. */
function readNotification(name: string): Notification {
  const [, severity = "", message = ""] =
    /^(Info|Warning|Error): (.*?)(?:, source: .*?)?, notification/s.exec(name) ?? [];
  const lower = severity.toLowerCase();
  if (lower !== "info" && lower !== "warning" && lower !== "error") {
    throw new Error(`VS Code names a notification in a way that is not known here: ${name}`);
  }
  return { severity: lower, message };
}
