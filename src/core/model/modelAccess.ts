/** Which model endpoint is used, decided from settings, environment and secrets at the moment of use. */
import { OrchestratorError } from "../errors.ts";
import type { SecretSource } from "../ports.ts";
import { PROVIDERS, type ProviderName } from "../settings/providers.ts";
import type { Settings } from "../settings/settings.ts";

export const ANTHROPIC_BASE_URL = "https://api.anthropic.com";
/** Never looked up: the demo model's own `fetch` answers. `.invalid` is reserved by RFC 2606. */
export const DEMO_BASE_URL = "http://demo.invalid";

export interface ModelAccess {
  readonly provider: Exclude<ProviderName, "auto">;
  readonly baseUrl: string;
  /** Scheme, host and port: what a key belongs to. */
  readonly origin: string;
  /** True for the built-in demo model, which hosts label as not an AI. */
  readonly demo: boolean;
  /** Does the provider run search_web and fetch_web itself? */
  readonly hasServerTools: boolean;
}

export interface ModelAccessSources {
  readonly settings: Settings;
  readonly secrets: SecretSource;
  readonly environment: NodeJS.ProcessEnv;
}

const DEMO: ModelAccess = {
  provider: "demo",
  baseUrl: DEMO_BASE_URL,
  origin: DEMO_BASE_URL,
  demo: true,
  hasServerTools: false,
};

/**
 * `anthropic` needs a key only for the provider's own origin; servers on other origins (gateways, local
 * model servers) may do without. `auto` is `anthropic` when there is a key or another origin, else the demo.
 *
 * @param wanted the provider of one run, instead of the setting
 * @throws OrchestratorError `model.noKey`, `model.invalidBaseUrl`, `model.unknownProvider`
 */
export async function resolveModelAccess(
  { settings, secrets, environment }: ModelAccessSources,
  wanted?: ProviderName,
): Promise<ModelAccess> {
  const provider: string = wanted ?? settings.get("provider");
  if (!PROVIDERS.includes(provider as ProviderName)) {
    throw new OrchestratorError("model.unknownProvider", { provider, known: PROVIDERS.join(", ") });
  }
  if (provider === "demo") return DEMO;
  const { baseUrl, origin } = endpointOf(environment, settings);
  const official = origin === ANTHROPIC_BASE_URL;
  const key = await secrets.apiKey(origin);
  if (!key && official) {
    if (provider === "auto") return DEMO;
    throw new OrchestratorError("model.noKey", { origin });
  }
  return { provider: "anthropic", baseUrl, origin, demo: false, hasServerTools: official };
}

/** The server the environment names, else the one of the settings, else the provider's own. */
export function endpointOf(environment: NodeJS.ProcessEnv, settings: Settings): { baseUrl: string; origin: string } {
  const given = environment["ANTHROPIC_BASE_URL"] || settings.get("baseUrl") || ANTHROPIC_BASE_URL;
  const origin = originOf(given);
  // Local servers are often named with the `/v1` that the client adds by itself.
  return { baseUrl: given.replace(/\/+$/, "").replace(/\/v1$/, ""), origin };
}

function originOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) {
    throw new OrchestratorError("model.invalidBaseUrl", { url: baseUrl });
  }
  return url.origin;
}
