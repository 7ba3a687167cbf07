import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { chromiumFlags, findChromium } from "../../../scripts/vscode/chromium.mjs";
import {
  startServedWorkbench,
  type ServedWorkbench,
  type ServedWorkbenchOptions,
} from "../../../scripts/vscode/servedWorkbench.mjs";
import { addressOf, type Development, type Place } from "./place.ts";
import { colourThemes, type ColourTheme } from "./colourTheme.ts";
import { Workbench } from "./workbench.ts";

/** What a test may choose of the VS Code it runs in. */
export type VsCodeOptions = Pick<
  ServedWorkbenchOptions,
  "extensionFolders" | "vsixFiles" | "workspaceTrust" | "testDriver" | "settings" | "environment"
>;

/** What a test may choose of one window. */
export interface WindowOptions {
  readonly development?: Development;
  /** Opens the window in the same browser as this one: they share what VS Code keeps in the browser. */
  readonly beside?: Workbench;
  /** Width and height in CSS pixels. Default 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Sees the page before it loads anything. */
  readonly beforeLoad?: (page: Page) => Promise<void>;
}

/**
 * One VS Code server and one browser, with data of their own: no key, address or store of the person who
 * runs the tests is visible in it. All windows share one home of the product, as on a person's machine.
 */
export class VsCodeForTests {
  readonly server: ServedWorkbench;
  /** `AI_ORCHESTRATOR_HOME` of every extension host. */
  readonly home: string;
  readonly #browser: Browser;
  readonly #dataFolder: string;

  constructor(server: ServedWorkbench, browser: Browser, dataFolder: string, home: string) {
    this.server = server;
    this.home = home;
    this.#browser = browser;
    this.#dataFolder = dataFolder;
  }

  /** Opens a window and waits until its extensions are there. */
  async open(place: Place, options: WindowOptions = {}): Promise<Workbench> {
    const context = options.beside?.page.context() ?? (await this.#newBrowserProfile(options));
    const page = await context.newPage();
    await options.beforeLoad?.(page);
    const workbench = new Workbench(page);
    await page.goto(addressOf(this.server, place, options.development));
    await workbench.ready();
    return workbench;
  }

  /** Windows opened or reloaded from now on have this theme. */
  useTheme(theme: ColourTheme): void {
    this.server.changeSettings({ "workbench.colorTheme": colourThemes[theme].setting });
  }

  /** Closes the browser, ends the server and removes all data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server.dispose();
    rmSync(this.#dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #newBrowserProfile(options: WindowOptions): Promise<BrowserContext> {
    return await this.#browser.newContext({ viewport: options.size ?? { width: 1280, height: 800 } });
  }
}

/** Starts a VS Code with a browser to look at it, installing either where it is missing. */
export async function startVsCode(options: VsCodeOptions = {}): Promise<VsCodeForTests> {
  const dataFolder = mkdtempSync(join(tmpdir(), "ai-orchestrator-vscode-"));
  const home = join(dataFolder, "home");
  mkdirSync(home, { mode: 0o700 });
  const server = await startServedWorkbench({
    ...options,
    dataFolder,
    environment: {
      ANTHROPIC_API_KEY: undefined,
      ANTHROPIC_AUTH_TOKEN: undefined,
      ANTHROPIC_BASE_URL: undefined,
      AI_ORCHESTRATOR_HOME: home,
      ...options.environment,
    },
  });
  try {
    const browser = await chromium.launch({ executablePath: await findChromium(), args: [...chromiumFlags] });
    return new VsCodeForTests(server, browser, dataFolder, home);
  } catch (error) {
    await server.dispose();
    throw error;
  }
}
