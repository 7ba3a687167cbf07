import { strict as assert } from "node:assert";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { note } from "./inHost.ts";
import { productExtension } from "./product.ts";

/** What esbuild tells of a bundle, as far as it is looked at here. */
interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly inputs: Readonly<Record<string, unknown>>;
        readonly imports: readonly { readonly path: string; readonly kind: string }[];
      }
    >
  >;
}

describe("activation", () => {
  it("happens when something of the product is used, and opens nothing", async () => {
    const extension = productExtension();
    assert.equal(extension.isActive, false);
    const before = performance.now();
    const api = await extension.activate();
    note(`activated in ${(performance.now() - before).toFixed(0)} ms`);
    assert.equal(api.apiVersion, 1);
    const home = process.env["AI_ORCHESTRATOR_HOME"] ?? "";
    assert.equal(existsSync(join(home, "store.db")), false, "the engine was opened");
  });

  it("loads neither the engine nor the client of the model", () => {
    const dist = join(productExtension().extensionPath, "dist");
    const { outputs } = JSON.parse(readFileSync(join(dist, "meta.json"), "utf8")) as Metafile;
    const loaded = new Set<string>();
    const load = (name: string): void => {
      if (loaded.has(name) || !outputs[name]) return;
      loaded.add(name);
      for (const { path, kind } of outputs[name].imports) if (kind === "import-statement") load(path);
    };
    load("dist/extension.js");
    const inputs = [...loaded].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
    assert.ok(inputs.includes("src/extension.ts"));
    assert.deepEqual(
      inputs.filter((input) =>
        /^node_modules\/(@anthropic-ai|zod|diff|yaml)\/|^src\/core\/(engine|store\/sqlite)/.test(input),
      ),
      [],
    );
    const bytes = [...loaded].reduce((sum, name) => sum + statSync(join(dist, "..", name)).size, 0);
    note(`extension.js with what it loads at once: ${(bytes / 1000).toFixed(0)} kB, not minified`);
  });

  it("registers every command of the manifest and no other", async () => {
    await productExtension().activate();
    const manifest = productExtension().packageJSON as { contributes: { commands: { command: string }[] } };
    const offered = manifest.contributes.commands.map(({ command }) => command);
    // VS Code adds commands of its own for each view.
    const ofViews = /^aiOrchestrator\.(sessions|agents|plugins)\./;
    const registered = (await vscode.commands.getCommands(true)).filter(
      (command) => command.startsWith("aiOrchestrator.") && !ofViews.test(command),
    );
    assert.deepEqual(registered.toSorted(), offered.toSorted());
  });
});
