/**
 * Finds and prepares the modules of a plugin: relative imports, packages in its own folder, TypeScript,
 * CommonJS. Works on texts alone: the sandbox has no files.
 */
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path/posix";
import { init as prepareLexer, parse as lexCommonJs } from "cjs-module-lexer";
import { exports as resolveExports, imports as resolveImports } from "resolve.exports";
import type { transform as Transform } from "sucrase";

/** What a package author offers a module-minded, non-Node consumer first. */
const CONDITIONS = { unsafe: true, conditions: ["import", "module", "default", "require"] } as const;
const SUFFIXES = ["", ".ts", ".mts", ".js", ".mjs", ".cjs", ".cts", ".json"];
const INDEX = [".ts", ".mts", ".js", ".mjs", ".cjs", ".json"];
/** As in TypeScript: a file written `.ts` may be imported as the `.js` it would become. */
const WRITTEN_AS: Readonly<Record<string, string>> = { ".js": ".ts", ".mjs": ".mts", ".cjs": ".cts" };

/** Node's modules, and what a plugin uses in their place. */
const INSTEAD: Readonly<Record<string, string>> = {
  fs: "context.workspace.read and .write",
  "fs/promises": "context.workspace.read and .write",
  http: "context.fetch",
  https: "context.fetch",
  http2: "context.fetch",
  net: "context.fetch",
  tls: "context.fetch",
  dgram: "context.fetch",
  dns: "context.fetch",
  child_process: "context.run",
  timers: "setTimeout",
  "timers/promises": "setTimeout",
  console: "context.logger",
};

/** Modules the loader itself provides. */
export const PROVIDED: Readonly<Record<string, string>> = {
  "ai-orchestrator/plugin": "provided:plugin",
  zod: "provided:zod",
};

let transform: typeof Transform | undefined;

/** Awaited before the first module of TypeScript; whoever has none does not pay for it. */
export async function prepareTypeScript(): Promise<void> {
  const sucrase: { transform?: typeof Transform; default?: { transform: typeof Transform } } = await import("sucrase");
  // A bundle holds a CommonJS package under `default` alone.
  transform = sucrase.transform ?? sucrase.default?.transform;
}

export class PluginModules {
  readonly #files: Readonly<Record<string, string>>;

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files;
  }

  /** Awaited before `source` is called. */
  async prepare(): Promise<void> {
    const paths = Object.keys(this.#files);
    await Promise.all([prepareLexer(), ...(paths.some(isTypeScript) ? [prepareTypeScript()] : [])]);
  }

  /** @throws Error that says what to do when there is no such module */
  resolve(specifier: string, importer: string): string {
    if (specifier.startsWith("./") || specifier.startsWith("../") || specifier === "." || specifier === "..") {
      const found = this.#file(normalize(join(dirname(importer), specifier)));
      if (found !== undefined) return found;
      if (specifier.endsWith(".node")) throw new Error(nativeModule(specifier));
      throw new Error(`${importer} imports ${specifier}, which is not in the plugin's folder`);
    }
    if (specifier.startsWith("#")) {
      const found = this.#ownImport(specifier, importer);
      if (found !== undefined) return found;
    }
    const found = this.#inPackages(specifier, importer);
    if (found !== undefined) return found;
    const provided = PROVIDED[specifier];
    if (provided !== undefined) return provided;
    throw new Error(missing(specifier, importer));
  }

  /** ES module text of a resolved module. */
  source(path: string): string {
    const text = this.#files[path];
    if (text === undefined) throw new Error(`there is no module ${path}`);
    if (path.endsWith(".json")) return `export default ${text.trim() === "" ? "null" : text};`;
    if (!this.isCommonJs(path)) return withoutTypes(path, text);
    const names = [...new Set(lexCommonJs(text).exports)].filter(
      (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default" && !RESERVED.has(name),
    );
    return [
      `import { requireModule } from "ai-orchestrator:commonjs";`,
      `const exported = requireModule(${JSON.stringify(path)});`,
      `export default exported;`,
      ...names.map((name, index) => `const export${index} = exported[${JSON.stringify(name)}];`),
      ...names.map((name, index) => `export { export${index} as ${name} };`),
    ].join("\n");
  }

  /** Text of a CommonJS or JSON module as it is evaluated by `require`. */
  commonJsSource(path: string): string {
    const text = this.#files[path];
    if (text === undefined) throw new Error(`there is no module ${path}`);
    if (path.endsWith(".json")) return `module.exports = ${text};`;
    if (!this.isCommonJs(path)) throw new Error(`${path} is an ES module and cannot be loaded with require; import it`);
    return withoutTypes(path, text);
  }

  isCommonJs(path: string): boolean {
    if (/\.c[jt]s$/.test(path)) return true;
    if (!path.endsWith(".js")) return false;
    return !/^\s*(?:import\b(?!\s*\()|export\b)/m.test(this.#files[path] ?? "");
  }

  #file(path: string): string | undefined {
    const has = (candidate: string): boolean => Object.hasOwn(this.#files, candidate);
    for (const suffix of SUFFIXES) if (has(path + suffix)) return path + suffix;
    const extension = /\.[cm]?js$/.exec(path)?.[0] ?? "";
    const written = WRITTEN_AS[extension];
    if (written !== undefined && has(path.slice(0, -extension.length) + written))
      return path.slice(0, -extension.length) + written;
    const prefix = path === "." ? "" : `${path}/`;
    for (const suffix of INDEX) if (has(`${prefix}index${suffix}`)) return `${prefix}index${suffix}`;
    return undefined;
  }

  #inPackages(specifier: string, importer: string): string | undefined {
    const [, name = "", rest = ""] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(specifier) ?? [];
    for (let folder = dirname(importer); ; folder = dirname(folder)) {
      const home = normalize(join(folder, "node_modules", name));
      const manifest = this.#manifest(home);
      if (manifest !== undefined || this.#file(home) !== undefined)
        return this.#inPackage(home, manifest ?? {}, rest, specifier);
      if (folder === "." || folder === "/") return undefined;
    }
  }

  #inPackage(home: string, manifest: Record<string, unknown>, rest: string, specifier: string): string {
    const targets =
      manifest["exports"] === undefined
        ? [rest === "" ? (manifest["module"] ?? manifest["main"] ?? ".") : rest]
        : (resolveExports(manifest, rest === "" ? "." : `./${rest}`, CONDITIONS) ?? []);
    for (const target of targets) {
      const found = typeof target === "string" ? this.#file(normalize(join(home, target))) : undefined;
      if (found !== undefined) return found;
      if (typeof target === "string" && target.endsWith(".node")) throw new Error(nativeModule(specifier));
    }
    throw new Error(`the package ${specifier} has no JavaScript that can be loaded here`);
  }

  #ownImport(specifier: string, importer: string): string | undefined {
    for (let folder = dirname(importer); ; folder = dirname(folder)) {
      const manifest = this.#manifest(folder);
      const [target] = (manifest && resolveImports(manifest, specifier, CONDITIONS)) ?? [];
      if (target?.startsWith("./")) return this.#file(normalize(join(folder, target)));
      if (target !== undefined) return this.resolve(target, importer);
      if (manifest !== undefined || folder === "." || folder === "/") return undefined;
    }
  }

  #manifest(folder: string): Record<string, unknown> | undefined {
    const text = this.#files[folder === "." ? "package.json" : `${folder}/package.json`];
    if (text === undefined) return undefined;
    try {
      const manifest: unknown = JSON.parse(text);
      return typeof manifest === "object" && manifest !== null ? (manifest as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** JavaScript of a module; line numbers stay. */
export function withoutTypes(path: string, text: string): string {
  if (!isTypeScript(path)) return text;
  if (transform === undefined) throw new Error("TypeScript is not prepared");
  return transform(text, { transforms: ["typescript"], disableESTransforms: true, filePath: path }).code;
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path);
}

const RESERVED = new Set(
  "break case catch class const continue debugger delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await".split(
    " ",
  ),
);

function missing(specifier: string, importer: string): string {
  if (specifier.endsWith(".node")) return nativeModule(specifier);
  if (!isBuiltin(specifier))
    return `${importer} imports the package ${specifier}, which is not in the plugin's folder; install it there (npm install ${specifier})`;
  const name = specifier.replace(/^node:/, "");
  const instead = INSTEAD[name];
  return `${importer} imports ${specifier}, a module of Node, which does not exist in the sandbox; ${
    instead === undefined ? "do without it" : `use ${instead}`
  }, or ask for "runtime": "node" in its package.json`;
}

function nativeModule(specifier: string): string {
  return `${specifier} is a native module, which cannot run in the sandbox; use one in JavaScript, or ask for "runtime": "node" in its package.json`;
}
