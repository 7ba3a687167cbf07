/** What a plugin was granted, and how often it made use of each permission: declared against used. */
import { OrchestratorError } from "../errors.ts";
import { coveringPermission, permissionText, readPermissions, type Permission } from "./permissions.ts";

export interface PluginRightsOptions {
  /** The plugin's name, for messages. */
  readonly name: () => string;
  readonly permissions: () => readonly string[];
}

export class PluginRights {
  readonly #options: PluginRightsOptions;
  readonly #used = new Map<string, number>();

  constructor(options: PluginRightsOptions) {
    this.#options = options;
  }

  usesOf(permission: string): number {
    return this.#used.get(permission) ?? 0;
  }

  /** @throws OrchestratorError `plugin.denied` when it was not granted */
  check(wish: Permission): void {
    this.#covering(wish);
  }

  /** Notes that a permission is used. @throws OrchestratorError `plugin.denied` when it was not granted */
  use(wish: Permission): void {
    this.#count(this.#covering(wish));
  }

  /** @throws OrchestratorError `plugin.denied` when it has no permission of this kind at all */
  checkAny(kind: Permission["kind"]): void {
    if ([...this.#granted.values()].some((permission) => permission.kind === kind)) return;
    throw new OrchestratorError("plugin.denied", { plugin: this.#options.name(), permission: kind });
  }

  /** Those of these paths it may read; what lets it see them is used once, however many they are. */
  useToSee(paths: readonly string[]): string[] {
    const granted = this.#granted;
    const used = new Set<string>();
    const seen = paths.filter((pattern) => {
      const permission = coveringPermission(granted, { kind: "files:read", pattern });
      if (permission !== undefined) used.add(permission);
      return permission !== undefined;
    });
    for (const permission of used) this.#count(permission);
    return seen;
  }

  get #granted(): ReadonlyMap<string, Permission> {
    return readPermissions(this.#options.permissions());
  }

  #covering(wish: Permission): string {
    const permission = coveringPermission(this.#granted, wish);
    if (permission !== undefined) return permission;
    throw new OrchestratorError("plugin.denied", { plugin: this.#options.name(), permission: permissionText(wish) });
  }

  #count(permission: string): void {
    this.#used.set(permission, this.usesOf(permission) + 1);
  }
}
