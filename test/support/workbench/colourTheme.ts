/** The four kinds of theme VS Code ships: by what its settings, its theme picker and its page call them. */
export const colourThemes = {
  light: { setting: "Light Modern", label: "Light Modern", kind: "vs" },
  dark: { setting: "Dark Modern", label: "Dark Modern", kind: "vs-dark" },
  highContrast: { setting: "Default High Contrast", label: "Dark High Contrast", kind: "hc-black" },
  highContrastLight: { setting: "Default High Contrast Light", label: "Light High Contrast", kind: "hc-light" },
} as const;

export type ColourTheme = keyof typeof colourThemes;
