import { onTestFinished } from "vitest";
import type { Frame, Locator } from "playwright-core";
import type { Place } from "./place.ts";
import { type Product, productId, type ProductOptions, startProduct } from "./product.ts";
import { openForTest } from "./testWindow.ts";
import type { WindowOptions } from "./vscodeForTests.ts";
import type { Workbench } from "./workbench.ts";

/** Names of the product's views, as VS Code gives them to their trees. */
export const sessionsView = /^Sessions/;
export const agentsView = /^Agents/;

/** Starts the product for the running test; its windows are closed before it is. */
export async function productForTest(options?: ProductOptions): Promise<Product> {
  const product = await startProduct(options);
  onTestFinished(() => product[Symbol.asyncDispose]());
  return product;
}

/** Opens a window of the product for the running test, in its workspace if nothing else is said. */
export async function openProduct(
  product: Product,
  options: WindowOptions & { readonly place?: Place } = {},
): Promise<Workbench> {
  const { place = { folder: product.workspace.path }, ...rest } = options;
  return await openForTest(product.vscode, place, rest);
}

/** Gives a goal as a person would. */
export async function runGoal(workbench: Workbench, goal: string): Promise<void> {
  await workbench.runCommand("AI Orchestrator: Run Goal…");
  await workbench.answer("Run Goal", goal);
}

/** The live monitor that is in sight. */
export async function monitorOf(workbench: Workbench): Promise<Frame> {
  const frame = await workbench.webview(productId);
  await frame.locator("session-header h1").waitFor({ state: "attached" });
  return frame;
}

/** The visible entries of the Sessions view; what differs from run to run is left out. */
export async function sessionLabels(workbench: Workbench): Promise<string[]> {
  return (await workbench.treeLabels(sessionsView)).map(withoutFigures);
}

/** A session's title, status and steps without its cost and duration. */
export function withoutFigures(label: string): string {
  return label.replace(/ · (?:[<≥]? ?\$[\d.]+|demo) · (?:< )?\d+ (?:s|min)$/, "");
}

/** The notification of the run's progress. */
export function progressOf(workbench: Workbench, goal: string): Locator {
  return workbench.notification(new RegExp(`${goal}: (?:planning|\\d+ of \\d+ steps)`));
}

/** What the monitor's content policy blocked, of all that the browser's console called an error. */
export function blockedByPolicy(workbench: Workbench): string[] {
  return workbench.consoleErrors().filter((error) => error.includes("Content Security Policy"));
}
