import { fileURLToPath } from "node:url";

/** A suite that runs inside an extension host, and the window it needs. */
export interface HostSuite {
  /** Name of its file without `.suite.ts`. */
  readonly name: string;
  /** Folder of the extension it is about. */
  readonly extensionFolder: string;
  /** What is open: an empty folder, a workspace with two (`first`, `second`) or with one that is no file, or nothing. */
  readonly opens: "folder" | "twoFolders" | "virtualFolder" | "nothing";
  /** Whether the folder is restricted. */
  readonly restricted: boolean;
}

const product = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const probe = `${product}/test/fixtures/probeExtension`;

/** Every suite there is. Those with the same `restricted` share one running VS Code. */
const hostSuites: readonly HostSuite[] = [
  { name: "probe", extensionFolder: probe, opens: "folder", restricted: false },
  { name: "probeRestricted", extensionFolder: probe, opens: "folder", restricted: true },
  { name: "activation", extensionFolder: product, opens: "folder", restricted: false },
  { name: "running", extensionFolder: product, opens: "folder", restricted: false },
  { name: "twoFolders", extensionFolder: product, opens: "twoFolders", restricted: false },
  { name: "noFolder", extensionFolder: product, opens: "nothing", restricted: false },
  { name: "virtualFolder", extensionFolder: product, opens: "virtualFolder", restricted: false },
  { name: "sessionsView", extensionFolder: product, opens: "folder", restricted: false },
  { name: "snapshots", extensionFolder: product, opens: "folder", restricted: false },
  { name: "restoring", extensionFolder: product, opens: "folder", restricted: false },
  { name: "keptSessions", extensionFolder: product, opens: "folder", restricted: false },
  { name: "monitor", extensionFolder: product, opens: "folder", restricted: false },
  { name: "dashboard", extensionFolder: product, opens: "folder", restricted: false },
  { name: "plugins", extensionFolder: product, opens: "folder", restricted: false },
  { name: "restricted", extensionFolder: product, opens: "folder", restricted: true },
];

/**
 * The suites with these names, in the order of the table; all if none is named.
 *
 * @throws Error naming those that do not exist
 */
export function chooseSuites(names: readonly string[]): readonly HostSuite[] {
  const unknown = names.filter((name) => !hostSuites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const all = hostSuites.map(({ name }) => name).join(", ");
    throw new Error(`There is no suite ${unknown.join(", ")}. Suites: ${all}.`);
  }
  return hostSuites.filter(({ name }) => names.length === 0 || names.includes(name));
}
