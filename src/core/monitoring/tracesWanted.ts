import type { Settings } from "../settings/settings.ts";

/** Has the user, and nobody else, asked for OpenTelemetry spans? */
export function tracesWanted(environment: NodeJS.ProcessEnv, settings: Settings): boolean {
  return environment["AI_ORCHESTRATOR_OTEL"] === "1" || settings.get("otel.enabled");
}
