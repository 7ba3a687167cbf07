/** The settings of one host: the user's file, and over it what the host was told for this run. */
import type { GivenSettings } from "./configFile.ts";
import { settingsSchema } from "./settings.ts";
import type { Settings, SettingName, SettingsValues } from "./settings.ts";

/** Settings that bound what a run may take: a layer above can make them smaller, never larger. */
export const LIMITS = [
  "maxConcurrentAgents",
  "maxTurns",
  "maxOutputTokens",
  "agentTimeoutMinutes",
  "agentIdleTimeoutSeconds",
  "maxRetries",
  "approvals.timeoutMinutes",
] as const satisfies readonly SettingName[];
type Limit = (typeof LIMITS)[number];

/** A limit of the host layer that the user's file holds tighter. */
export interface HeldLimit {
  readonly name: Limit;
  readonly asked: number;
  readonly held: number;
}

const DEFAULTS: SettingsValues = settingsSchema.parse({});

/**
 * `base` (config.json) overridden by `over` (flags, a host's own settings).
 *
 * A limit written in `base` holds against a larger one in `over`; a default holds against nothing.
 * Approval rules of both layers apply, so a deny of either stands.
 */
export class LayeredSettings implements Settings {
  readonly #base: { readonly values: GivenSettings };
  readonly #over: GivenSettings;

  /** `base.values` is read at every `get`, so that a reloaded file takes effect. */
  constructor(base: { readonly values: GivenSettings }, over: GivenSettings) {
    this.#base = base;
    this.#over = over;
  }

  get<Name extends SettingName>(name: Name): SettingsValues[Name] {
    return this.#given(name) ?? DEFAULTS[name];
  }

  /** Which limits asked for by the host layer do not take effect. */
  heldLimits(): HeldLimit[] {
    return LIMITS.flatMap((name) => {
      const asked = this.#over[name];
      const held = this.get(name);
      return asked !== undefined && held < asked ? [{ name, asked, held }] : [];
    });
  }

  #given<Name extends SettingName>(name: Name): SettingsValues[Name] | undefined {
    const base = this.#base.values;
    const combined: GivenSettings = {
      ...base,
      ...withoutUndefined(this.#over),
      "approvals.rules": [...(base["approvals.rules"] ?? []), ...(this.#over["approvals.rules"] ?? [])],
      ...Object.fromEntries(LIMITS.map((limit) => [limit, smaller(base[limit], this.#over[limit])])),
    };
    return combined[name];
  }
}

function smaller(base: number | undefined, over: number | undefined): number | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  return Math.min(base, over);
}

function withoutUndefined(settings: GivenSettings): GivenSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
