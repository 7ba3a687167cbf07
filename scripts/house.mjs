/**
 * The rules of the house that a linter must hold, because goodwill does not (docs/architecture.md):
 * who may import whom, and who may re-export. An oxlint plugin; .oxlintrc.json switches it on.
 *
 * Paths are resolved before they are judged, so that no spelling of a path gets around a rule.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(fileURLToPath(new URL("..", import.meta.url)));

/**
 * One import as the rules see it: of a file of the project (`path`, from the project's folder, with `/`)
 * or of a package or a module of Node (`module`).
 *
 * @typedef {{ path: string, module?: never, typeOnly: boolean } | { path?: never, module: string, typeOnly: boolean }} Target
 *
 * @typedef {object} Layer
 * @property {string[]} files folders (ending in `/`) and files the rule is for
 * @property {string[]} [except] of them, those it is not for
 * @property {(target: Target) => boolean} allows
 * @property {string} rule what a person is told
 */

/** @type {Layer[]} */
const layers = [
  {
    files: ["src/core/"],
    allows: (target) => isIn(target, "src/core/") || (isModule(target) && target.module !== "vscode"),
    rule: "core/ is the engine of every host: it imports neither a host nor vscode.",
  },
  {
    files: ["src/core/events/"],
    allows: (target) => isIn(target, "src/core/events/") || isPackage(target, "zod"),
    rule: "core/events/ may be imported by everybody, so it imports only zod and itself.",
  },
  {
    files: ["src/vscode/"],
    allows: (target) => !isIn(target, "src/cli/"),
    rule: "vscode/ and cli/ are two hosts of one engine and never import each other.",
  },
  {
    files: ["src/cli/"],
    allows: (target) => !isIn(target, "src/vscode/"),
    rule: "vscode/ and cli/ are two hosts of one engine and never import each other.",
  },
  {
    files: ["src/dashboard/"],
    allows: (target) => !isIn(target, "src/vscode/", "src/cli/"),
    rule: "dashboard/ is used by the hosts and does not know them.",
  },
  {
    files: ["src/protocol/"],
    allows: (target) => isIn(target, "src/protocol/", "src/core/events/") || isBrowserPackage(target),
    rule: "protocol/ also runs in a browser: it imports only core/events/ and packages.",
  },
  {
    files: ["webview/"],
    allows: (target) => isIn(target, "webview/", "src/protocol/", "src/core/events/") || isBrowserPackage(target),
    rule: "webview/ runs in a browser: of the project it imports only protocol/ and core/events/.",
  },
  {
    files: ["src/"],
    except: ["src/vscode/", "src/extension.ts"],
    allows: (target) => target.module !== "vscode",
    rule: "Only vscode/ and extension.ts import vscode.",
  },
  {
    files: ["src/"],
    except: ["src/core/store/"],
    allows: (target) => target.module !== "node:sqlite" && target.module !== "sqlite",
    rule: "Only core/store/ touches node:sqlite.",
  },
  {
    files: ["src/"],
    except: ["src/core/model/", "src/core/tools/"],
    allows: (target) => target.typeOnly || !isPackage(target, "@anthropic-ai/sdk"),
    rule: "Only core/model/ talks to a model; elsewhere import types of the SDK with `import type`.",
  },
  {
    files: ["src/core/tools/"],
    allows: (target) =>
      target.typeOnly ||
      !isPackage(target, "@anthropic-ai/sdk") ||
      isPackage(target, "@anthropic-ai/sdk/tools/agent-toolset/node") ||
      isPackage(target, "@anthropic-ai/sdk/helpers"),
    rule: "core/tools/ takes the agent toolset and helpers of the SDK; only core/model/ takes its client.",
  },
  {
    files: ["scripts/"],
    allows: (target) => isIn(target, "scripts/", "esbuild.mjs") || target.module?.startsWith("node:") === true,
    rule: "Set-up runs before anything is installed: scripts/*.mjs import only Node's own modules and each other.",
  },
];

/** @param {Target} target */
function isModule(target) {
  return target.module !== undefined;
}

/**
 * @param {Target} target
 * @param {...string} places
 */
function isIn(target, ...places) {
  const { path: file } = target;
  return file !== undefined && places.some((place) => contains(place, file));
}

/**
 * @param {Target} target
 * @param {string} name
 */
function isPackage(target, name) {
  return target.module === name || target.module?.startsWith(`${name}/`) === true;
}

/** @param {Target} target */
function isBrowserPackage(target) {
  return target.module !== undefined && target.module !== "vscode" && !target.module.startsWith("node:");
}

/**
 * @param {string} place
 * @param {string} file
 */
function contains(place, file) {
  return place.endsWith("/") ? file.startsWith(place) : file === place;
}

/**
 * @typedef {{ source: { value: unknown } | null }} WithSource
 * @typedef {WithSource & { importKind: string, specifiers: { importKind?: string, local: { name: string } }[] }} ImportDeclaration
 * @typedef {WithSource & { exportKind: string, specifiers: { local: { name?: string } }[] }} ExportDeclaration
 * @typedef {{ body: ({ type: "ImportDeclaration" } & ImportDeclaration | { type: "other" })[] }} Program
 * @typedef {{ filename: string, report: (problem: { node: object, message: string }) => void }} Context
 */

/** @param {string} filename */
function projectPath(filename) {
  return path.relative(root, filename).split(path.sep).join("/");
}

/** @param {Context} context */
function createLayers(context) {
  const file = projectPath(context.filename);
  const own = layers.filter(
    ({ files, except = [] }) =>
      files.some((place) => contains(place, file)) && !except.some((place) => contains(place, file)),
  );
  if (file.startsWith("scripts/") && !file.endsWith(".mjs")) return {};
  const check = (/** @type {object} */ node, /** @type {unknown} */ specifier, /** @type {boolean} */ typeOnly) => {
    if (typeof specifier !== "string") return;
    /** @type {Target} */
    const target = specifier.startsWith(".")
      ? { path: projectPath(path.resolve(path.dirname(context.filename), specifier)), typeOnly }
      : { module: specifier, typeOnly };
    for (const { allows, rule } of own) {
      if (!allows(target)) context.report({ node, message: `${rule} (${file} imports ${specifier})` });
    }
  };
  return {
    ImportDeclaration(/** @type {ImportDeclaration} */ node) {
      const { specifiers } = node;
      const everyIsType = specifiers.length > 0 && specifiers.every(({ importKind }) => importKind === "type");
      check(node, node.source?.value, node.importKind === "type" || everyIsType);
    },
    ExportNamedDeclaration(/** @type {ExportDeclaration} */ node) {
      check(node, node.source?.value, node.exportKind === "type");
    },
    ExportAllDeclaration(/** @type {ExportDeclaration} */ node) {
      check(node, node.source?.value, node.exportKind === "type");
    },
    ImportExpression(/** @type {WithSource} */ node) {
      check(node, node.source?.value, false);
    },
    TSImportType(/** @type {WithSource} */ node) {
      check(node, node.source?.value, true);
    },
    TSImportEqualsDeclaration(
      /** @type {{ importKind: string, moduleReference: { expression?: { value: unknown } } }} */ node,
    ) {
      check(node, node.moduleReference.expression?.value, node.importKind === "type");
    },
  };
}

/** @param {Context} context */
function createNoReexport(context) {
  const file = projectPath(context.filename);
  if (file === "src/api.ts") return {};
  const imported = new Set();
  const report = (/** @type {object} */ node) => {
    context.report({ node, message: `Import from the file that defines it: only src/api.ts re-exports. (${file})` });
  };
  return {
    Program(/** @type {Program} */ program) {
      for (const statement of program.body) {
        if (statement.type !== "ImportDeclaration") continue;
        for (const { local } of statement.specifiers) imported.add(local.name);
      }
    },
    ExportAllDeclaration: report,
    ExportNamedDeclaration(/** @type {ExportDeclaration} */ node) {
      if (node.source || node.specifiers.some(({ local }) => imported.has(local.name))) report(node);
    },
  };
}

// An oxlint plugin is the default export of its file.
// oxlint-disable-next-line import/no-default-export
export default {
  meta: { name: "house" },
  rules: { layers: { create: createLayers }, "no-reexport": { create: createNoReexport } },
};
