/**
 * The one place that decides whether a path is allowed.
 *
 * Every access to a file by an agent, a restore, a plugin or a clean-up goes through it. It answers with a
 * path that is free of symbolic links, so that the answer cannot mean something else when it is used, and
 * `recheck` looks again right before the use. What remains is the moment between that look and the system
 * call: closing it needs `openat` for every name, which Node does not offer.
 */
import { realpathSync } from "node:fs";
import { isAbsolute, join, parse, resolve as resolveLexically } from "node:path";
import { OrchestratorError } from "../errors.ts";
import type { WorkspaceFolder } from "../ports.ts";
import { isProtectedName, touchesBareRepository } from "./protectedPaths.ts";
import { faultOfPathText, isWindowsDevice, segmentsOf } from "./pathText.ts";
import {
  followPath,
  identifyOnDisk,
  isSameOrBelow,
  namesBelow,
  UnresolvablePath,
  type Identify,
  type RealPath,
} from "./realPath.ts";

export interface GuardedPath {
  /** Real path, free of symbolic links; what does not exist yet is appended as it was written. */
  readonly absolute: string;
  readonly folder: WorkspaceFolder;
  /** Real path of `folder`. */
  readonly root: string;
  /** With `/`, relative to the folder (`.` for itself); with several folders the first name is the folder's. */
  readonly workspacePath: string;
  /** Writing it always asks a person. Known for writing only; false for a path resolved to be read. */
  readonly protected: boolean;
}

export interface PathGuardOptions {
  readonly folders: readonly WorkspaceFolder[];
  /** AI_ORCHESTRATOR_HOME: never readable or writable, wherever it lies and however it is reached. */
  readonly home: string;
  /** For tests of what the text of a path alone forbids on another system. */
  readonly platform?: NodeJS.Platform;
  /** For tests of file systems that ignore letter case. */
  readonly identify?: Identify;
}

interface Root {
  readonly folder: WorkspaceFolder;
  readonly real: string;
}

interface Place {
  readonly root: Root;
  readonly names: readonly string[];
}

export class PathGuard {
  readonly folders: readonly WorkspaceFolder[];
  readonly #roots: readonly Root[];
  readonly #home: string;
  readonly #platform: NodeJS.Platform;
  readonly #identify: Identify;

  constructor({ folders, home, platform = process.platform, identify = identifyOnDisk }: PathGuardOptions) {
    this.folders = folders;
    // The folders are pinned: consent was given for where they lead now, not for where a link leads later.
    this.#roots = folders.map((folder) => ({ folder, real: realFolder(folder.path) }));
    this.#home = home;
    this.#platform = platform;
    this.#identify = identify;
  }

  /**
   * The real place of `inputPath`: absolute, or relative to the folder, or with several folders beginning
   * with a folder's name. Creating counts as writing.
   *
   * @throws OrchestratorError `path.invalid` (the text, a loop, a file used as a folder), `path.outside`,
   * `path.home`, `path.unknownFolder`.
   */
  async resolve(inputPath: string, access: "read" | "write"): Promise<GuardedPath> {
    const fault = faultOfPathText(inputPath, this.#platform);
    if (fault !== undefined) throw new OrchestratorError("path.invalid", { path: inputPath, detail: fault });
    const real = await this.#follow(inputPath);
    const absolute = join(real.existing, ...real.missing);
    if (await this.#isHome(absolute)) throw new OrchestratorError("path.home", { path: inputPath });
    const place = await this.#placeOf(absolute);
    if (place === undefined) throw new OrchestratorError("path.outside", { path: inputPath });
    if (access === "write") this.#refuseDeviceNames(inputPath, real.missing);
    return {
      absolute: join(place.root.real, ...place.names),
      folder: place.root.folder,
      root: place.root.real,
      workspacePath: this.#workspacePath(place),
      protected: access === "write" && (await this.#isProtected(absolute, place)),
    };
  }

  /**
   * Looks again, right before the use, whether a path still is what was decided on.
   *
   * @throws OrchestratorError `path.changed` when a link or another folder took its place meanwhile.
   */
  async recheck(path: GuardedPath): Promise<void> {
    const now = await this.resolve(path.absolute, "read").catch(() => undefined);
    if (now?.absolute !== path.absolute) throw new OrchestratorError("path.changed", { path: path.workspacePath });
  }

  /**
   * How a path is shown to people and models: the workspace path of an absolute one, never where the folder
   * lies on this machine. Of a path outside every folder only the last name is shown.
   */
  display(absolute: string): string {
    const names = segmentsOf(absolute, this.#platform);
    for (const root of this.#rootsByDepth()) {
      for (const start of [root.real, resolveLexically(root.folder.path)]) {
        const rootNames = segmentsOf(start, this.#platform);
        if (rootNames.every((name, index) => name === names[index])) {
          return this.#workspacePath({ root, names: names.slice(rootNames.length).filter((name) => name !== "") });
        }
      }
    }
    return `…/${names.at(-1) ?? ""}`;
  }

  /** The real path of AI_ORCHESTRATOR_HOME when it lies below the real folder `absolute`: searches leave it out. */
  async homeBelow(absolute: string): Promise<string | undefined> {
    const home = await this.#realHome();
    return (await namesBelow(absolute, home, this.#identify, this.#platform)) === undefined ? undefined : home;
  }

  /** The real path of one of the guard's folders, where commands run. */
  rootOf(folder: WorkspaceFolder): string {
    const root = this.#roots.find((candidate) => candidate.folder.name === folder.name);
    if (root === undefined)
      throw new OrchestratorError("path.unknownFolder", {
        path: folder.name,
        folders: this.folders.map(({ name }) => name).join(", "),
      });
    return root.real;
  }

  async #follow(inputPath: string): Promise<RealPath> {
    const { start, names } = this.#startOf(inputPath);
    try {
      return await followPath(start, names, this.#platform);
    } catch (error) {
      // Why something outside cannot be followed would tell what is there.
      const reached = error instanceof UnresolvablePath ? await this.#placeOf(error.reached) : undefined;
      if (reached === undefined) throw new OrchestratorError("path.outside", { path: inputPath }, { cause: error });
      throw new OrchestratorError(
        "path.invalid",
        { path: inputPath, detail: (error as Error).message },
        { cause: error },
      );
    }
  }

  #startOf(inputPath: string): { start: string; names: string[] } {
    if (isAbsolute(inputPath)) {
      const { root } = parse(inputPath);
      return { start: root, names: segmentsOf(inputPath.slice(root.length), this.#platform) };
    }
    const names = segmentsOf(inputPath, this.#platform).filter((name) => name !== "." && name !== "");
    // A shell would expand it to the user's own folder; nobody who writes it means a folder of that name.
    if (names[0] === "~") throw new OrchestratorError("path.outside", { path: inputPath });
    const [only, ...others] = this.#roots;
    if (only !== undefined && others.length === 0) return { start: only.real, names };
    const named = this.#roots.find((root) => root.folder.name === names[0]);
    if (named !== undefined) return { start: named.real, names: names.slice(1) };
    if (names[0] === "..") throw new OrchestratorError("path.outside", { path: inputPath });
    const folders = this.folders.map((folder) => folder.name).join(", ");
    throw new OrchestratorError("path.unknownFolder", { path: inputPath, folders });
  }

  async #placeOf(absolute: string): Promise<Place | undefined> {
    for (const root of this.#rootsByDepth()) {
      const names = await namesBelow(root.real, absolute, this.#identify, this.#platform);
      if (names !== undefined) return { root, names };
    }
    return undefined;
  }

  /** Of folders within each other the inner one owns a path. */
  #rootsByDepth(): Root[] {
    return this.#roots.toSorted((left, right) => right.real.length - left.real.length);
  }

  async #isHome(absolute: string): Promise<boolean> {
    return isSameOrBelow(await this.#realHome(), absolute, this.#identify, this.#platform);
  }

  /** Followed each time: the home may be created, or a link to it turned, while the program runs. */
  async #realHome(): Promise<string> {
    const lexical = resolveLexically(this.#home);
    const { root } = parse(lexical);
    try {
      const real = await followPath(root, segmentsOf(lexical.slice(root.length), this.#platform), this.#platform);
      return join(real.existing, ...real.missing);
    } catch {
      return lexical;
    }
  }

  async #isProtected(absolute: string, place: Place): Promise<boolean> {
    if (isProtectedName(place.names)) return true;
    // A workspace folder inside `.git` does not make what lies there harmless.
    if (segmentsOf(absolute, this.#platform).includes(".git")) return true;
    return touchesBareRepository(place.root.real, place.names);
  }

  #refuseDeviceNames(inputPath: string, missing: readonly string[]): void {
    const device = missing.find(isWindowsDevice);
    if (device === undefined) return;
    throw new OrchestratorError("path.invalid", {
      path: inputPath,
      detail: `${device} is the name of a Windows device`,
    });
  }

  #workspacePath({ root, names }: Place): string {
    const all = this.#roots.length > 1 ? [root.folder.name, ...names] : names;
    return all.length === 0 ? "." : all.join("/");
  }
}

/** A folder that is not there has no real path yet; what is created there later counts only if it is no link. */
function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolveLexically(path);
  }
}
