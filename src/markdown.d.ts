/** Markdown files are bundled as text: prompts and built-in agents live beside the code that uses them. */
declare module "*.md" {
  const text: string;
  export default text;
}
