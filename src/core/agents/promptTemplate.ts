/** Fills `{{name}}` placeholders of a prompt file. Values are inserted as they are and never looked at again. */
export function renderPrompt(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`The prompt needs a value for {{${name}}}.`);
      return value;
    })
    .trim();
}
