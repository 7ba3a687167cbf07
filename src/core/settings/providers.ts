/** Model access a person can choose. In a file of its own, because it is needed before the schemas are loaded. */
export const PROVIDERS = ["auto", "anthropic", "demo"] as const;
export type ProviderName = (typeof PROVIDERS)[number];
